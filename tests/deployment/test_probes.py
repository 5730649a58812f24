"""What a load balancer asks: whether the process lives, and whether it can serve."""

import pytest

from tests.deployment.serving import FORWARDED, Served, until
from whitecross.readiness import NO_DATABASE, NO_ROLES, PENDING, Readiness

pytestmark = pytest.mark.slow


def test_both_answer_whatever_host_the_probe_names_and_without_https(web: Served) -> None:
    for path in ("/healthz", "/readyz"):
        for headers in ({}, {"Host": "10.1.2.3:8000"}, {"Host": "nonsense_!"}, FORWARDED):
            status, named, body = web.get(path, **headers)

            assert (status, body) == (200, b"ok\n")
            assert named["cache-control"] == "no-store"
            assert "set-cookie" not in named
            assert "location" not in named


def test_other_pages_keep_asking_for_host_and_https(web: Served) -> None:
    assert web.get("/admin/login/", Host="10.1.2.3")[0] == 400
    assert web.get("/admin/login/", Host="localhost")[0] == 301
    assert web.get("/healthz/", Host="localhost")[0] == 301


def test_only_a_get_is_answered(web: Served) -> None:
    assert web.get("/healthz", "HEAD")[0] == 200
    assert web.get("/readyz", "HEAD")[0] == 200
    assert web.get("/readyz", "POST")[0] == 405


def test_no_probe_is_logged(web: Served) -> None:
    before = web.written()

    for method in ("GET", "HEAD") * 3:
        web.get("/healthz", method)
        web.get("/readyz", method)

    assert web.written() == before


def test_a_health_probe_asks_nothing_of_the_database(installation, web: Served) -> None:
    """With the database stopped the process still lives; it is no reason to kill it."""
    installation.cluster.stop()
    try:
        until(lambda: web.get("/readyz")[::2] == (503, f"{NO_DATABASE}\n".encode()), 30)

        assert web.get("/readyz")[1]["retry-after"] == "5"
        assert web.get("/healthz")[0] == 200
    finally:
        installation.cluster.start()
    assert until(lambda: web.get("/readyz")[0] == 200, 30) < 5


def test_a_pending_migration_is_a_reason_and_a_newer_database_is_none(installation, web: Served) -> None:
    owner = installation.cluster.execute
    row = "app = 'core' AND name = '0002_performance_indexes'"
    try:
        owner("owner", f"UPDATE django_migrations SET name = '9999_of_a_later_version' WHERE {row}")
        until(lambda: web.get("/readyz")[::2] == (503, f"{PENDING}\n".encode()), 30)
    finally:
        owner(
            "owner",
            "UPDATE django_migrations SET name = '0002_performance_indexes' WHERE name = '9999_of_a_later_version'",
        )
    owner("owner", "INSERT INTO django_migrations (app, name, applied) VALUES ('core', '9999_later', now())")
    until(lambda: web.get("/readyz")[0] == 200, 30)
    owner("owner", "DELETE FROM django_migrations WHERE name = '9999_later'")


# A nurse's role is reached by the emergency's as well; a web without that could open no record in an emergency.
@pytest.mark.parametrize("role", ["whitecross_counselor", "whitecross_nurse_emergency"])
def test_a_login_that_may_not_take_a_role_is_a_reason(installation, web: Served, role: str) -> None:
    superuser = installation.cluster.execute
    superuser("postgres", f"REVOKE {role} FROM whitecross_web")
    try:
        until(lambda: web.get("/readyz")[::2] == (503, f"{NO_ROLES}\n".encode()), 30)
    finally:
        installation.cluster.create_logins()
    until(lambda: web.get("/readyz")[0] == 200, 30)


def test_the_database_is_asked_at_most_once_a_second() -> None:
    asked = []
    now = [100.0]
    readiness = Readiness(lambda: asked.append(now[0]), lambda: now[0])

    for moment in (100.0, 100.2, 100.9, 101.0, 101.5, 102.0):
        now[0] = moment
        assert readiness.missing() is None

    assert asked == [100.0, 101.0, 102.0]


def test_an_error_of_our_own_does_not_keep_others_from_asking() -> None:
    def fail() -> str:
        raise RuntimeError("a mistake of ours")

    readiness = Readiness(fail)

    for _ in range(2):
        with pytest.raises(RuntimeError):
            readiness.missing()
