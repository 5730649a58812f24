"""Who a visitor is when a reverse proxy stands between: believed of the proxies we know, and of nobody else."""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
type Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


class TrustedProxies:
    """Puts the visitor's address and scheme in place of the proxy's, if a proxy of `networks` has forwarded.

    Of X-Forwarded-For it takes the last address that is no proxy's: those before it are what the visitor says. From
    anybody else the headers are dropped, so that nothing behind can believe them by mistake.
    """

    def __init__(self, application: Application, networks: Sequence[Network]) -> None:
        self._application = application
        self._networks = networks

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        forwarded = {name: environ.pop(name, "") for name in _FORWARDED}
        if self._is_proxy(environ.get("REMOTE_ADDR", "")):
            visitor = self._visitor(forwarded["HTTP_X_FORWARDED_FOR"])
            if visitor is not None:
                environ["REMOTE_ADDR"] = visitor
            scheme = forwarded["HTTP_X_FORWARDED_PROTO"].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return self._application(environ, start_response)

    def _visitor(self, addresses: str) -> str | None:
        """The last address of the list that is no proxy's; None if there is none, or one of them is no address."""
        for text in reversed(addresses.split(",")):
            address = _address(text)
            if address is None:
                return None
            if not self._is_proxy(address):
                return address
        return None

    def _is_proxy(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(ipaddress.ip_address(address) in network for network in self._networks)


def _address(text: str) -> str | None:
    try:
        found = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
