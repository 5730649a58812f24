"""Who asks, where a proxy asks for them: believed only of the proxies that the settings name."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

UNIX = "unix"

# What a proxy says of the request that it passes on. Of anybody else it is a claim, and is taken away.
_CLAIMS = (
    "HTTP_FORWARDED",
    *("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PROTO"),
    *("HTTP_X_FORWARDED_SSL", "HTTP_X_REAL_IP", "HTTP_X_SCHEME"),
)


class TrustedProxyMiddleware:
    """Puts the client's address in REMOTE_ADDR behind a trusted proxy, and takes away what others claim.

    From the last address of X-Forwarded-For backwards, the client is the first that is no trusted proxy: what stands
    before it the client may have written. An address that is none ends the search at the proxy that passed it on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        names = settings.TRUSTED_PROXIES
        self.networks = [ipaddress.ip_network(name) for name in names if name != UNIX]
        self.trusts_sockets = UNIX in names

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        peer = request.META.get("REMOTE_ADDR", "")
        if self._is_trusted(peer):
            request.META["REMOTE_ADDR"] = self._client(peer, request.META.get("HTTP_X_FORWARDED_FOR", ""))
        else:
            for name in (*_CLAIMS, *filter(None, [(settings.SECURE_PROXY_SSL_HEADER or [None])[0]])):
                request.META.pop(name, None)
        return self.get_response(request)

    def _client(self, peer: str, forwarded: str) -> str:
        client = peer
        for text in reversed(forwarded.split(",")):
            address = _address(text)
            if address is None:
                break
            client = address
            if not self._is_trusted(client):
                break
        return client

    def _is_trusted(self, peer: str) -> bool:
        if not peer:
            return self.trusts_sockets
        try:
            address = ipaddress.ip_address(peer.split("%", maxsplit=1)[0])
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self.networks)


def _address(text: str) -> str | None:
    """An address as proxies write it, with or without brackets and port, in its plain form; None if it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text.split("%", maxsplit=1)[0]))
    except ValueError:
        return None
