"""Who asks: the address of the connection, or what a trusted proxy says, and nobody else."""

from ipaddress import ip_network

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import RequestFactory

from audit.models import AuditLog
from whitecross.proxies import TrustedProxies

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8::1")]


def passed_on(peer, **claims):
    """The environ that the application sees, of a request from `peer`."""
    seen: list[dict[str, object]] = []

    def application(environ, start_response):
        seen.append(environ)
        return []

    environ = RequestFactory().get("/", REMOTE_ADDR=peer, headers=claims).environ
    TrustedProxies(application, PROXIES)(environ, None)
    return seen[0]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # Nobody in front: what the client says of itself is nothing.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "10.0.0.1", "203.0.113.9"),
        # One proxy, which adds the address of whom it serves at the end.
        ("10.0.0.7", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "8.8.8.8, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.7", "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.7", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", "2001:db8::99", "2001:db8::99"),
        # Two of them.
        ("10.0.0.7", "1.1.1.1, 198.51.100.1, 10.0.0.8", "198.51.100.1"),
        # Nothing, or nonsense: the proxy itself.
        ("10.0.0.7", "", "10.0.0.7"),
        ("10.0.0.7", "198.51.100.1, unknown", "10.0.0.7"),
        ("10.0.0.7", "'; DROP TABLE students --", "10.0.0.7"),
        ("10.0.0.7", "8.8.8.8,,", "10.0.0.7"),
        ("nonsense", "198.51.100.1", "nonsense"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxy_of_ours(peer, forwarded, client):
    assert passed_on(peer, **{"X-Forwarded-For": forwarded})["REMOTE_ADDR"] == client


def test_nobody_but_a_proxy_says_that_a_request_came_by_https_or_for_another_host():
    claims = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "attacker.example", "Forwarded": "for=1.1.1.1"}

    stranger, proxy = passed_on("203.0.113.9", **claims), passed_on("10.0.0.7", **claims)

    assert (stranger["wsgi.url_scheme"], proxy["wsgi.url_scheme"]) == ("http", "https")
    for environ in (stranger, proxy):
        assert {name for name in environ if "FORWARDED" in name} == set()


@pytest.fixture
def site():
    """The site behind the proxies; requests leave the test's connection open."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield TrustedProxies(get_wsgi_application(), PROXIES)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.django_db
def test_the_audit_log_has_the_clients_address_behind_a_proxy_and_the_connections_otherwise(site):
    for peer in ("10.0.0.7", "203.0.113.9"):
        request = RequestFactory().post("/admin/login/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": "198.51.100.1"})
        site(request.environ, lambda *_: None)  # refused, for it has no token; and a refusal is written down

    found = {str(each) for each in AuditLog.objects.exclude(ip_address=None).values_list("ip_address", flat=True)}
    assert found == {"198.51.100.1", "203.0.113.9"}
