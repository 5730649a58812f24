"""Wrong combinations of settings, each a system check with an id. What follows from the database: database_checks.py.

Those that hold everywhere are asked at every command; those of a real installation by `check --deploy`.
"""

import ipaddress
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils.csp import CSP

EMBEDDED = "whitecross.embedded_postgres"

# What must stand before what, and why.
MIDDLEWARE_ORDER = (
    ("whitecross.probes.ProbeMiddleware", "core.request_log.RequestLogMiddleware", "each probe would be logged"),
    (
        "core.request_log.RequestLogMiddleware",
        "django.middleware.csp.ContentSecurityPolicyMiddleware",
        "an answer of the middleware before it would not be logged",
    ),
    (
        "django.middleware.csp.ContentSecurityPolicyMiddleware",
        "core.content_security.PolicyByKindMiddleware",
        "every page would have the same policy",
    ),
    (
        "whitecross.response_headers.ResponseHeadersMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "a refused host would be answered without headers",
    ),
    (
        "django.middleware.security.SecurityMiddleware",
        "core.middleware.ActorMiddleware",
        "a request by http would reach the database before it is sent to https",
    ),
    (
        "core.middleware.ActorMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "the session would be saved outside the request's transaction",
    ),
    ("core.middleware.ActorMiddleware", "audit.middleware.DenialMiddleware", "a refusal would be written by nobody"),
    (
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "nobody would be logged in",
    ),
    (
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "accounts.middleware.SessionLimitMiddleware",
        "no session would end by its age",
    ),
    (
        "accounts.middleware.SessionLimitMiddleware",
        "accounts.middleware.RequirementMiddleware",
        "a session that is over would be asked for a second factor",
    ),
    (
        "core.middleware.ActorMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "a form that is refused would be answered outside the request's transaction",
    ),
)

_SHORTEST_KEY, _FEWEST_CHARACTERS = 50, 10
_KNOWN_KEYS = ("development-only-", "django-insecure-", "tests-only-", "only-for-this-run-")
_NOT_SENT = ("console", "dummy", "locmem", "filebased")


@register(Tags.security)
def check_debug_is_local(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """E001: variables and settings of a page that failed belong on no server that others reach."""
    if settings.DEBUG and not is_local(_database()):
        return [
            Error(
                "DEBUG is on, and the database is on another machine.",
                hint="DEBUG is for trying things out on one machine. Where real records are, set DEBUG=False.",
                id="whitecross.E001",
            )
        ]
    return []


@register(Tags.security)
def check_middleware(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """E009: a missing middleware, or one in the wrong place."""
    order = {name: place for place, name in enumerate(settings.MIDDLEWARE)}
    found: dict[str, CheckMessage] = {}
    for name in (name for first, then, _ in MIDDLEWARE_ORDER for name in (first, then)):
        if name not in order:
            found[name] = Error(
                f"MIDDLEWARE lacks {name}.",
                hint="Put it back where whitecross/settings.py has it.",
                id="whitecross.E009",
            )
    for first, then, why in MIDDLEWARE_ORDER:
        if first in order and then in order and order[first] > order[then]:
            found[first + then] = Error(
                f"In MIDDLEWARE, {first} stands after {then}: {why}.",
                hint=f"Put {first} before {then}.",
                id="whitecross.E009",
            )
    return list(found.values())


@register(Tags.security)
def check_statements_are_not_logged(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """E032: a statement in the log is health information in the log."""
    loggers = settings.LOGGING.get("loggers", {})
    for name in ("django.db.backends", "django.db", "django"):
        if level := loggers.get(name, {}).get("level"):
            if level in ("DEBUG", "NOTSET"):
                return [
                    Error(
                        f"LOGGING lets {name} log at {level}, where it logs statements with their values.",
                        hint="Set its level to INFO or above.",
                        id="whitecross.E032",
                    )
                ]
            return []
    return []


@register(Tags.security, deploy=True)
def check_hosts(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E002: with any host allowed, links in e-mails lead where an attacker wants."""
    if settings.DEBUG:
        return
    if not settings.ALLOWED_HOSTS or any(host.strip() in ("*", ".") for host in settings.ALLOWED_HOSTS):
        yield Error(
            "ALLOWED_HOSTS is empty, or allows every host.",
            hint="Name the hosts under which the site is reached: ALLOWED_HOSTS=health.example.org",
            id="whitecross.E002",
        )


@register(Tags.security, deploy=True)
def check_addresses(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E003, E004: what is sent by http can be read and changed on its way."""
    if settings.DEBUG:
        return
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if urlsplit(origin).scheme != "https" or "*" in origin:
            yield Error(
                f"CSRF_TRUSTED_ORIGINS trusts {origin}.",
                hint="Name whole origins with https: CSRF_TRUSTED_ORIGINS=https://health.example.org",
                id="whitecross.E003",
            )
    public = getattr(settings, "PUBLIC_ADDRESS", "")
    if public and urlsplit(public).scheme != "https":
        yield Error(
            "PUBLIC_ADDRESS, to which links in e-mails lead, is not https.",
            hint="PUBLIC_ADDRESS=https://health.example.org",
            id="whitecross.E004",
        )


@register(Tags.security, deploy=True)
def check_tls_to_the_database(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E005, W005: what goes to a database on another machine, and whether it is that machine."""
    if is_local(_database()):
        return
    mode = _database().get("OPTIONS", {}).get("sslmode", "prefer")
    hint = "Add ?sslmode=verify-full&sslrootcert=/path/of/the/authority.crt to DATABASE_URL."
    if mode in ("disable", "allow", "prefer"):
        yield Error(
            f"The connection to the database need not be encrypted: sslmode is {mode}.", hint=hint, id="whitecross.E005"
        )
    elif mode != "verify-full":
        yield Warning(
            f"The connection to the database is encrypted, but to whatever server answers: sslmode is {mode}.",
            hint=hint,
            id="whitecross.W005",
        )


@register(Tags.security, deploy=True)
def check_cookies(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E008: a cookie that goes by http, or that a neighbouring host may set, is a session to be stolen or given."""
    if settings.DEBUG:
        return
    for kind in ("SESSION_COOKIE", "CSRF_COOKIE"):
        named = str(getattr(settings, f"{kind}_NAME")).startswith("__Host-")
        secure, httponly = getattr(settings, f"{kind}_SECURE"), getattr(settings, f"{kind}_HTTPONLY")
        whole = getattr(settings, f"{kind}_PATH") == "/" and not getattr(settings, f"{kind}_DOMAIN")
        if not (named and secure and httponly and whole and getattr(settings, f"{kind}_SAMESITE") in ("Lax", "Strict")):
            yield Error(
                f"The cookie of {kind} is not as safe as it can be.",
                hint=f"Its name should begin with __Host-, with {kind}_SECURE and {kind}_HTTPONLY on, {kind}_SAMESITE "
                f'"Lax", {kind}_PATH "/" and no {kind}_DOMAIN.',
                id="whitecross.E008",
            )


@register(Tags.security, deploy=True)
def check_mail(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """W010: invitations and links for a new password that nobody gets, or that anybody who reads the log gets."""
    if settings.DEBUG:
        return
    for name, mailer in getattr(settings, "MAILERS", {}).items():
        backend = str(mailer.get("BACKEND", ""))
        if any(f".{kind}." in backend for kind in _NOT_SENT):
            yield Warning(
                f"E-mail is not sent: the BACKEND of MAILERS['{name}'] is {backend}.",
                hint="Set EMAIL_URL to the server that sends it, so that invitations arrive and are in no log.",
                id="whitecross.W010",
            )


@register(Tags.security, deploy=True)
def check_database_is_a_server(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E011: the embedded server has one login, which owns everything, and no password."""
    if not settings.DEBUG and _database()["ENGINE"] == EMBEDDED:
        yield Error(
            "The embedded PostgreSQL is for development.",
            hint="Set DATABASE_URL to a server of PostgreSQL 15 to 18.",
            id="whitecross.E011",
        )


@register(Tags.security, deploy=True)
def check_keys(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E012: who guesses a key that signs, signs."""
    if settings.DEBUG:
        return
    for name, key in [
        ("SECRET_KEY", settings.SECRET_KEY),
        *(("SECRET_KEY_FALLBACKS", k) for k in settings.SECRET_KEY_FALLBACKS),
    ]:
        if len(key) < _SHORTEST_KEY or len(set(key)) < _FEWEST_CHARACTERS or key.startswith(_KNOWN_KEYS):
            yield Error(
                f"A key of {name} can be guessed.",
                hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(50))"',
                id="whitecross.E012",
            )


@register(Tags.security, deploy=True)
def check_photographs_are_not_served(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E013: what lies in a folder of static files is everybody's."""
    store = Path(settings.MEDIA_ROOT).resolve()
    for folder in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS):
        served = Path(folder).resolve()
        if store.is_relative_to(served) or served.is_relative_to(store):
            yield Error(
                f"FILE_STORE, the photographs of students, and {served}, which everybody is served, lie in each other.",
                hint="Set FILE_STORE to a folder of its own.",
                id="whitecross.E013",
            )


@register(Tags.security, deploy=True)
def check_https(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """W014: without these a first visit by http can be answered by somebody else."""
    if settings.DEBUG:
        return
    half_a_year = 15_768_000
    if half_a_year > settings.SECURE_HSTS_SECONDS:
        yield Warning(
            "Browsers are not told for long to use https only.",
            hint="SECURE_HSTS_SECONDS=31536000, once https works.",
            id="whitecross.W014",
        )


@register(Tags.security, deploy=True)
def check_time_zone(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """W015: in Greenwich it is tomorrow while a school's evening doses are given."""
    zone = zoneinfo.ZoneInfo(settings.TIME_ZONE).key
    if zone in ("UTC", "GMT", "UCT", "Zulu", "Greenwich", "Universal") or zone.startswith("Etc/"):
        yield Warning(
            f"TIME_ZONE is {zone}, where no school is: it decides which day a dose is due.",
            hint="Set the schools' time zone, such as America/Chicago.",
            id="whitecross.W015",
        )


@register(Tags.security, deploy=True)
def check_policy(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E016: a policy that lets scripts of others run."""
    policy = settings.SECURE_CSP or {}
    scripts = policy.get("script-src", policy.get("default-src", ["*"]))
    loose = {CSP.UNSAFE_INLINE, CSP.UNSAFE_HASHES, "*", "https:", "http:", "data:", "blob:"} & {*map(str, scripts)}
    lacking = [
        name
        for name in ("default-src", "base-uri", "object-src", "form-action", "frame-ancestors")
        if name not in policy
    ]
    if loose or lacking:
        yield Error(
            "SECURE_CSP lets pages run, load or send what it should not: "
            + "; ".join([*(f"script-src has {word}" for word in sorted(loose)), *(f"no {name}" for name in lacking)]),
            hint="SECURE_CSP = core.content_security.ADMIN_PAGE",
            id="whitecross.E016",
        )


@register(Tags.security, deploy=True)
def check_hashes(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E017: the first hasher makes the hashes."""
    if not settings.DEBUG and not settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher"):
        yield Error(
            "Passwords are not hashed with Argon2.",
            hint="Let PASSWORD_HASHERS begin with django.contrib.auth.hashers.Argon2PasswordHasher.",
            id="whitecross.E017",
        )


@register(Tags.security, deploy=True)
def check_proxies(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E018, E019: whom the site believes for whom they ask, and that they ask by https."""
    if any(network.prefixlen == 0 for network in settings.TRUSTED_PROXIES):
        yield Error(
            "TRUSTED_PROXIES trusts every address, so anybody may claim to come from any other.",
            hint="Name the proxy's own address or network.",
            id="whitecross.E019",
        )
    if settings.SECURE_PROXY_SSL_HEADER or settings.USE_X_FORWARDED_HOST or settings.USE_X_FORWARDED_PORT:
        yield Error(
            "SECURE_PROXY_SSL_HEADER, USE_X_FORWARDED_HOST or USE_X_FORWARDED_PORT believes headers of anybody.",
            hint="Leave them out: whitecross.proxies believes the proxies that TRUSTED_PROXIES names.",
            id="whitecross.E018",
        )


@register(Tags.security, deploy=True)
def check_nothing_in_cookies(app_configs: Any, **_: Any) -> Iterator[CheckMessage]:
    """E030, E031: messages name what was saved; a session that is only signed outlives its end."""
    if settings.MESSAGE_STORAGE != "django.contrib.messages.storage.session.SessionStorage":
        yield Error(
            "Messages, which name what was saved, may be kept in a cookie.",
            hint='MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"',
            id="whitecross.E030",
        )
    if any(word in settings.SESSION_ENGINE for word in ("signed_cookies", "file", ".cache")):
        yield Error(
            "Sessions are not kept in the database alone, and so cannot be ended at once by whoever ends them.",
            hint='SESSION_ENGINE = "django.contrib.sessions.backends.db"',
            id="whitecross.E031",
        )


def is_local(database: dict[str, Any]) -> bool:
    """Whether the database is on this machine: the embedded one, a socket, or an address of the machine itself."""
    hosts = str(database.get("HOST") or "").split(",")
    return database["ENGINE"] == EMBEDDED or all(_is_here(host.strip()) for host in hosts)


def _is_here(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _database() -> dict[str, Any]:
    database: dict[str, Any] = settings.DATABASES["default"]
    return database
