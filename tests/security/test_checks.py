"""Each wrong combination of settings has a check of its own id; a right one has none."""

import os
import re
import subprocess
import sys
from copy import deepcopy
from ipaddress import ip_network
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as project
from django.core.checks import run_checks
from django.db import connection, connections

from core.content_security import ADMIN_PAGE
from tests.scratch import ROOT, server_url

# Checks of models ask for the server's version; the logins made here are the server's, as in tests/operations.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("logins")]

KEY = "fH3-k9_Qw7Zr2Lm5Xc8Vb1Nn4Ty6Uj0Pp-s_DgEaRiOoKlMtWqYz"
REMOTE = {"ENGINE": "whitecross.postgresql", "HOST": "db.example.org", "NAME": "whitecross", "OPTIONS": {}}
RIGHT = {
    "DEBUG": False,
    "TRUSTED_PROXIES": [ip_network("10.0.0.7")],
    "SECRET_KEY": KEY,
    "SECRET_KEY_FALLBACKS": [],
    "ALLOWED_HOSTS": ["health.example.org"],
    "CSRF_TRUSTED_ORIGINS": ["https://health.example.org"],
    "PUBLIC_ADDRESS": "https://health.example.org",
    "SESSION_COOKIE_NAME": "__Host-sessionid",
    "CSRF_COOKIE_NAME": "__Host-csrftoken",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
    "MAILERS": {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}},
    "DATABASES": {"default": REMOTE | {"OPTIONS": {"sslmode": "verify-full"}}},
}


def without(name):
    return [each for each in project.MIDDLEWARE if each != name]


def swapped(first, then):
    order = list(project.MIDDLEWARE)
    one, two = order.index(first), order.index(then)
    order[one], order[two] = order[two], order[one]
    return order


def database(**options):
    return {"default": REMOTE | {"OPTIONS": options}}


def mailers(kind):
    return {"default": {"BACKEND": f"django.core.mail.backends.{kind}.EmailBackend"}}


ACTOR = "core.middleware.ActorMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
POLICY = "django.middleware.csp.ContentSecurityPolicyMiddleware"

WRONG = [
    ("E001", {"DEBUG": True}),
    ("E002", {"ALLOWED_HOSTS": []}),
    ("E002", {"ALLOWED_HOSTS": ["health.example.org", "*"]}),
    ("E003", {"CSRF_TRUSTED_ORIGINS": ["http://health.example.org"]}),
    ("E003", {"CSRF_TRUSTED_ORIGINS": ["https://*.example.org"]}),
    ("E004", {"PUBLIC_ADDRESS": "http://health.example.org"}),
    ("E005", {"DATABASES": database()}),
    ("E005", {"DATABASES": database(sslmode="disable")}),
    ("E005", {"DATABASES": database(sslmode="prefer")}),
    ("W005", {"DATABASES": database(sslmode="require")}),
    ("W005", {"DATABASES": database(sslmode="verify-ca")}),
    ("E008", {"SESSION_COOKIE_SECURE": False}),
    ("E008", {"SESSION_COOKIE_NAME": "sessionid"}),
    ("E008", {"SESSION_COOKIE_HTTPONLY": False}),
    ("E008", {"SESSION_COOKIE_DOMAIN": ".example.org"}),
    ("E008", {"SESSION_COOKIE_SAMESITE": "None"}),
    ("E008", {"CSRF_COOKIE_SECURE": False}),
    ("E008", {"CSRF_COOKIE_PATH": "/admin/"}),
    ("E009", {"MIDDLEWARE": without(ACTOR)}),
    ("E009", {"MIDDLEWARE": without(POLICY)}),
    ("E009", {"MIDDLEWARE": without("core.request_log.RequestLogMiddleware")}),
    ("E009", {"MIDDLEWARE": without("django.middleware.csrf.CsrfViewMiddleware")}),
    ("E009", {"MIDDLEWARE": swapped(ACTOR, SESSIONS)}),
    ("E009", {"MIDDLEWARE": swapped(ACTOR, "audit.middleware.DenialMiddleware")}),
    ("W010", {"MAILERS": mailers("console")}),
    ("W010", {"MAILERS": mailers("dummy")}),
    ("E011", {"DATABASES": {"default": {"ENGINE": "whitecross.embedded_postgres", "NAME": "whitecross"}}}),
    ("E012", {"SECRET_KEY": "development-only-" + KEY}),
    ("E012", {"SECRET_KEY": "a" * 60}),
    ("E012", {"SECRET_KEY": KEY[:49]}),
    ("E012", {"SECRET_KEY_FALLBACKS": ["short"]}),
    ("E013", {"MEDIA_ROOT": str(Path(project.STATIC_ROOT) / "photographs")}),
    ("E013", {"MEDIA_ROOT": str(Path(project.STATICFILES_DIRS[0]) / "photographs")}),
    ("E013", {"MEDIA_ROOT": str(Path(project.STATIC_ROOT).parent)}),
    ("W014", {"SECURE_HSTS_SECONDS": 0}),
    ("W014", {"SECURE_HSTS_SECONDS": 3600}),
    ("W015", {"TIME_ZONE": "UTC"}),
    ("W015", {"TIME_ZONE": "Etc/GMT+5"}),
    ("E016", {"SECURE_CSP": {}}),
    ("E016", {"SECURE_CSP": ADMIN_PAGE | {"script-src": ["'self'", "'unsafe-inline'"]}}),
    ("E016", {"SECURE_CSP": {name: words for name, words in ADMIN_PAGE.items() if name != "base-uri"}}),
    ("E017", {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}),
    ("E018", {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}),
    ("E018", {"USE_X_FORWARDED_HOST": True}),
    ("E019", {"TRUSTED_PROXIES": [ip_network("0.0.0.0/0")]}),
    ("E019", {"TRUSTED_PROXIES": [ip_network("10.0.0.1"), ip_network("::/0")]}),
    ("E030", {"MESSAGE_STORAGE": "django.contrib.messages.storage.fallback.FallbackStorage"}),
    ("E031", {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"}),
    ("E031", {"SESSION_ENGINE": "django.contrib.sessions.backends.cache"}),
    ("E032", {"LOGGING": {"loggers": {"django": {"level": "DEBUG"}}}}),
    ("E032", {"LOGGING": {"loggers": {"django": {"level": "INFO"}, "django.db.backends": {"level": "DEBUG"}}}}),
]


@pytest.fixture
def found(monkeypatch):
    """`found(SETTING=value)` - our checks' messages by id, in a right installation with these settings."""

    def look(**wrong):
        for name, value in {**deepcopy(RIGHT), **wrong}.items():
            # Not by the fixture `settings`, whose signals would set up logging anew.
            monkeypatch.setattr(project, name, value, raising=False)
        messages = run_checks(include_deployment_checks=True)
        return {str(each.id).removeprefix("whitecross."): each for each in messages if "whitecross." in str(each.id)}

    return look


def test_a_right_installation_has_nothing_wrong(found):
    assert found() == {}


@pytest.mark.parametrize(
    ("code", "wrong"), WRONG, ids=lambda value: value if isinstance(value, str) else ",".join(value)
)
def test_a_wrong_combination_is_named_and_what_would_be_right_is_said(code, wrong, found):
    messages = found(**wrong)

    assert set(messages) == {code}
    assert messages[code].hint
    assert messages[code].is_serious() is code.startswith("E")
    assert KEY not in str(messages[code])


@pytest.mark.parametrize("host", ["", "localhost", "127.0.0.1", "[::1]", "/run/postgresql"])
def test_a_database_of_this_machine_needs_no_tls(host, found):
    assert found(DATABASES={"default": REMOTE | {"HOST": host}}) == {}


def test_every_check_has_a_test():
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "whitecross").glob("*checks.py"))
    ids = set(re.findall(r'id="whitecross\.([EW]\d+)"', text))

    assert ids == {code for code, _ in WRONG} | {"E006", "W006", "E007"}


def test_every_check_is_in_the_documentation():
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "whitecross").glob("*checks.py"))
    table = (ROOT / "docs/security.md").read_text(encoding="utf-8")

    assert set(re.findall(r'id="whitecross\.([EW]\d+)"', text)) == set(re.findall(r"^\| ([EW]\d+) \|", table, re.M))


@pytest.mark.django_db(databases=["default"])
def test_the_web_does_not_run_as_the_owner_of_the_tables():
    messages = run_checks(include_deployment_checks=True, databases=["default"])

    assert "whitecross.E006" in {message.id for message in messages}


@pytest.mark.django_db
def test_a_pool_is_no_larger_than_the_server(monkeypatch):
    options = connections["default"].settings_dict["OPTIONS"]
    monkeypatch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)
    monkeypatch.setitem(options, "pool", {"min_size": 1, "max_size": 100_000})

    messages = run_checks(include_deployment_checks=True, databases=["default"])
    monkeypatch.setitem(options, "pool", {"min_size": 1, "max_size": 2})
    fewer = run_checks(include_deployment_checks=True, databases=["default"])

    assert "whitecross.E007" in {message.id for message in messages}
    assert "whitecross.E007" not in {message.id for message in fewer}


@pytest.fixture
def web_login(transactional_db):
    """The URL of the tests' database for a login that owns nothing and may take the web's roles."""
    name = "checked_web_login"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE IF EXISTS {name}")
        cursor.execute(f"CREATE ROLE {name} LOGIN NOINHERIT PASSWORD 'only-a-test'")
        cursor.execute(
            "SELECT format('GRANT %I TO " + name + "', rolname) FROM pg_roles WHERE rolname ~ '^whitecross_'"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
    url = server_url(str(connection.settings_dict["NAME"]))
    yield re.sub(r"//[^@]*@", f"//{name}:only-a-test@", url), name
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(f"DROP ROLE {name}".encode())


_OF_TESTS = {"DEBUG", "SECURE_SSL_REDIRECT", "DJANGO_ALLOW_ASYNC_UNSAFE"}


def deployed(url, **environment):
    """`check --deploy` of an installation whose environment is this, warnings being failures."""
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", "--database", "default"],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if name not in _OF_TESTS},
            "DJANGO_SETTINGS_MODULE": "whitecross.settings",
            "DATABASE_URL": url,
            "SECRET_KEY": KEY,
            "ALLOWED_HOSTS": "health.example.org",
            "CSRF_TRUSTED_ORIGINS": "https://health.example.org",
            "PUBLIC_ADDRESS": "https://health.example.org",
            **environment,
        },
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )


def test_a_production_installation_is_clean(web_login):
    url, _ = web_login

    done = deployed(url, TRUSTED_PROXIES="10.0.0.7")

    assert done.stderr == ""
    assert done.returncode == 0
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize("privilege", ["BYPASSRLS", "CREATEDB"])
def test_a_login_with_more_than_it_needs_is_named(privilege, web_login):
    url, name = web_login
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if privilege == "BYPASSRLS" and not cursor.fetchone()[0]:
            pytest.skip("only a superuser gives that away: so it does on the embedded server")
        cursor.execute(f"ALTER ROLE {name} {privilege}")

    done = deployed(url)

    assert done.returncode == 1
    assert ("whitecross.E006" if privilege == "BYPASSRLS" else "whitecross.W006") in done.stderr
