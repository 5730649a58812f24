"""Whose word about a visitor is believed."""

import ipaddress
from typing import Any

import pytest

from whitecross.proxies import TrustedProxies

NETWORKS = [ipaddress.ip_network(text) for text in ("10.0.0.7", "172.16.0.0/12", "::1")]


def seen(**environ: str) -> dict[str, Any]:
    """What the application sees of a request with these variables."""
    found: dict[str, Any] = {}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.update(environ)
        return []

    TrustedProxies(application, NETWORKS)({"wsgi.url_scheme": "http", **environ}, None)
    return found


@pytest.mark.parametrize(
    ("peer", "forwarded", "visitor"),
    [
        ("10.0.0.7", "203.0.113.7", "203.0.113.7"),
        ("172.20.1.1", "203.0.113.7, 10.0.0.7", "203.0.113.7"),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("::ffff:10.0.0.7", "::ffff:203.0.113.7", "203.0.113.7"),
        # What stands before the last address that is no proxy's was said by the visitor.
        ("10.0.0.7", "192.0.2.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.7", "203.0.113.7, nonsense", "10.0.0.7"),
        ("10.0.0.7", "", "10.0.0.7"),
        ("10.0.0.7", "10.0.0.7", "10.0.0.7"),
        ("10.0.0.8", "203.0.113.7", "10.0.0.8"),
        ("203.0.113.9", "10.0.0.7", "203.0.113.9"),
        ("", "203.0.113.7", ""),
    ],
)
def test_the_visitors_address_is_taken_from_a_proxy_we_know(peer: str, forwarded: str, visitor: str) -> None:
    assert seen(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)["REMOTE_ADDR"] == visitor


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        ("10.0.0.7", "https", "https"),
        ("10.0.0.7", "HTTPS", "https"),
        ("10.0.0.7", "https,http", "http"),
        ("10.0.0.7", "javascript", "http"),
        ("203.0.113.9", "https", "http"),
    ],
)
def test_https_is_taken_from_a_proxy_we_know(peer: str, said: str, scheme: str) -> None:
    assert seen(REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO=said)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize("peer", ["10.0.0.7", "203.0.113.9"])
def test_nothing_behind_can_believe_the_headers_by_mistake(peer: str) -> None:
    names = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")

    found = seen(REMOTE_ADDR=peer, **dict.fromkeys(names, "203.0.113.7"))

    assert [name for name in names if name in found] == []
