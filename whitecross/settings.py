"""Settings. The environment is read here and nowhere else; `.env.example` names every variable.

Without DATABASE_URL the project runs on an embedded PostgreSQL and is a development installation: DEBUG is on and
a known key signs its cookies. With DATABASE_URL nothing is assumed: DEBUG is off and SECRET_KEY must be given.
"""

import logging
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from core.content_security import ADMIN_PAGE
from whitecross.environment import StrictEnvironment
from whitecross.log_configuration import log_configuration

BASE_DIR = Path(__file__).resolve().parent.parent

environ.Env.read_env(BASE_DIR / ".env", overwrite=False)
env = StrictEnvironment()

# --- Installation -----------------------------------------------------------------------------------------------------

VAR_DIR = BASE_DIR / env.str("WHITECROSS_VAR", default="var")

_database_url = env.str("DATABASE_URL", default="")
DEBUG = env.bool("DEBUG", default=not _database_url)

if DEBUG:
    SECRET_KEY = env.str("SECRET_KEY", default="development-only-" + "0" * 40)
else:
    SECRET_KEY = env.str("SECRET_KEY", default="")
    if not SECRET_KEY:
        raise ImproperlyConfigured("SECRET_KEY is not set. Outside DEBUG it must be: 50 random characters or more.")
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured(
            "SECRET_KEY is too short. Outside DEBUG it should have 50 random characters or more."
        )

# Keys of before, which still open what they signed: for as long as it takes to pass to a new key.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.time_zone("TIME_ZONE", default="America/New_York")
USE_I18N = True
USE_TZ = True

# --- Database ---------------------------------------------------------------------------------------------------------


def _database(url: str) -> dict[str, Any]:
    """The database that DATABASE_URL names, or the embedded one when it is empty."""
    if not url:
        return {"ENGINE": "whitecross.embedded_postgres", "NAME": "whitecross", "DATA_DIR": VAR_DIR / "postgres"}
    if not url.startswith(("postgres://", "postgresql://", "pgsql://")):
        raise ImproperlyConfigured(
            "DATABASE_URL must name a PostgreSQL database: postgres://user:password@host:5432/database"
        )
    try:
        database: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError:
        database = {}
    if "@" in (database.get("HOST") or "") or "/" in (database.get("NAME") or "") or not database:
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read. It should be postgres://user:password@host:5432/database; "
            "special characters in the password must be percent-encoded, and the port is a number."
        )
    if not database.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL names no database. It should end in /database: postgres://user:password@host:5432/database"
        )
    database["ENGINE"] = "whitecross.postgresql"
    pool_size = env.int("DATABASE_POOL", default=0)
    if pool_size:
        database["OPTIONS"] = database.get("OPTIONS", {}) | {"pool": {"min_size": 1, "max_size": pool_size}}
        return database | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
    return database | {"CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}


# The session's time zone decides which day CURRENT_DATE is: the schools' day, not that of Greenwich.
DATABASES = {"default": _database(_database_url) | {"TIME_ZONE": TIME_ZONE}}

# How long a migration may wait for a lock on a live table before it gives up and changes nothing.
MIGRATION_LOCK_TIMEOUT = env.duration("MIGRATION_LOCK_TIMEOUT", default="3s")

# --- Applications -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "core",
    "health",
    "medications",
    "incidents",
    "configuration",
    "audit",
    "chart",
    "finding",
    "home",
    "demo",
    "whitecross.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    # The outermost, so that they speak for every answer: errors, refused hosts and static files included.
    "core.proxies.TrustedProxyMiddleware",
    "core.request_log.RequestLogMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "core.content_security.PolicyByKindMiddleware",
    "whitecross.response_headers.ResponseHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Before the sessions' middleware: the session is read and saved inside the request's transaction as well.
    "core.middleware.ActorMiddleware",
    "audit.middleware.DenialMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "whitecross.urls"
WSGI_APPLICATION = "whitecross.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "whitecross" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- People -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["core.authentication.RoleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

# --- Web --------------------------------------------------------------------------------------------------------------

# A cookie with this prefix is taken by browsers only if it is Secure, for this host alone and for all of its paths.
_COOKIE_PREFIX = "" if DEBUG else "__Host-"
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Not Strict: somebody who is logged in and comes by a link from an e-mail would seem to be logged out.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

SECURE_CSP = ADMIN_PAGE
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0 if DEBUG else 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Proxies in front, by address or network. Of these alone it is believed for whom they ask, and whether by https.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
_PROXY_SSL_HEADER = env.str("PROXY_SSL_HEADER", default="")
SECURE_PROXY_SSL_HEADER = (
    (f"HTTP_{_PROXY_SSL_HEADER.upper().replace('-', '_')}", "https") if _PROXY_SSL_HEADER else None
)

# A message names what was saved. Django's usual storage would leave that readable in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Photographs of students. No address leads to them: a page that shows one carries it.
MEDIA_ROOT = env.str("FILE_STORE", default=str(VAR_DIR / "files"))
STATICFILES_DIRS = [BASE_DIR / "whitecross" / "static"]

CSRF_FAILURE_VIEW = "whitecross.error_pages.csrf_failure"
DEFAULT_EXCEPTION_REPORTER = "whitecross.error_reports.DiscreetExceptionReporter"

# --- Logging: values of rows never reach it, so statements are not logged, not even in DEBUG --------------------------

LOGGING = log_configuration(
    level=env.log_level("LOG_LEVEL", default="WARNING"),
    style=env.one_of("LOG_FORMAT", ("json", "text"), default="text" if DEBUG else "json"),
)
logging.captureWarnings(True)

from whitecross.admin_menu import UNFOLD  # noqa: E402, F401
