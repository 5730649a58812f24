"""Who asks: the address of the connection, or what a trusted proxy says, and nobody else."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from core.proxies import TrustedProxyMiddleware

PROXIES = ["10.0.0.0/8", "2001:db8::1", "unix"]


@pytest.fixture
def asked(settings):
    """`asked(peer, **headers)` - the request as the next middleware sees it."""
    settings.TRUSTED_PROXIES = PROXIES
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.USE_X_FORWARDED_HOST = True

    def ask(peer, **headers):
        seen = []
        middleware = TrustedProxyMiddleware(lambda request: seen.append(request) or HttpResponse())
        middleware(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))
        return seen[0]

    return ask


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # Nobody in front: what the client says of itself is nothing.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1", "203.0.113.9"),
        ("", "198.51.100.1", "198.51.100.1"),
        # One proxy, which adds the address of whom it serves at the end.
        ("10.0.0.7", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "8.8.8.8, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.7", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", "2001:db8::99", "2001:db8::99"),
        # Two of them.
        ("10.0.0.7", "1.1.1.1, 198.51.100.1, 10.0.0.8", "198.51.100.1"),
        ("10.0.0.7", "10.0.0.9, 10.0.0.8", "10.0.0.9"),
        # With ports, in brackets.
        ("10.0.0.7", "198.51.100.1:50000", "198.51.100.1"),
        ("10.0.0.7", "[2001:db8::99]:443", "2001:db8::99"),
        # Nothing, or nonsense: the proxy itself.
        ("10.0.0.7", "", "10.0.0.7"),
        ("10.0.0.7", "198.51.100.1, unknown", "10.0.0.7"),
        ("10.0.0.7", "'; DROP TABLE students --", "10.0.0.7"),
        ("10.0.0.7", "8.8.8.8,,", "10.0.0.7"),
        ("nonsense", "198.51.100.1", "nonsense"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy_of_ours(peer, forwarded, client, asked):
    assert asked(peer, **{"X-Forwarded-For": forwarded}).META["REMOTE_ADDR"] == client


def test_nobody_but_a_proxy_says_that_a_request_came_by_https_or_for_another_host(asked):
    claims = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "attacker.example", "Forwarded": "for=1.1.1.1"}

    stranger, proxy = asked("203.0.113.9", **claims), asked("10.0.0.7", **claims)

    assert (stranger.is_secure(), proxy.is_secure()) == (False, True)
    assert "HTTP_X_FORWARDED_HOST" not in stranger.META
    assert "HTTP_FORWARDED" not in stranger.META


def test_a_header_that_the_settings_name_is_taken_from_strangers_as_well(asked, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_MY_PROXY_TLS", "https")

    assert not asked("203.0.113.9", **{"X-My-Proxy-TLS": "https"}).is_secure()
    assert asked("10.0.0.7", **{"X-My-Proxy-TLS": "https"}).is_secure()


@pytest.mark.django_db
def test_without_trusted_proxies_the_audit_log_has_the_connections_address(client):
    from audit.models import AuditLog

    client.post(
        "/admin/login/",
        {"username": "nobody@example.org", "password": "x"},
        REMOTE_ADDR="203.0.113.9",
        headers={"X-Forwarded-For": "198.51.100.1"},
    )

    assert {str(each) for each in AuditLog.objects.values_list("ip_address", flat=True)} == {"203.0.113.9"}
