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

_database_url = env.secret("DATABASE_URL", default="")
DEBUG = env.bool("DEBUG", default=not _database_url)

if DEBUG:
    SECRET_KEY = env.secret("SECRET_KEY", default="development-only-" + "0" * 40)
else:
    SECRET_KEY = env.secret("SECRET_KEY", default="")
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


# Seconds, but for the last, after which a server that does not answer at all is given up (its machine or network is
# gone; a server that merely went down says so). What DATABASE_URL says in its place wins.
_NOTICE_A_LOST_SERVER: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# Seconds. A request that gets no connection in time is answered by 503. The pool asks again for a server that is away
# after a second, not after ever longer ones, so that work goes on when it is back.
_POOL: dict[str, Any] = {"timeout": 4.0, "max_lifetime": 1800.0, "max_idle": 300.0, "reconnect_timeout": 1.0}


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
    database["OPTIONS"] = _NOTICE_A_LOST_SERVER | database.get("OPTIONS", {})
    pool_size = env.int("DATABASE_POOL", default=0)
    if pool_size:
        database["OPTIONS"]["pool"] = _POOL | {"min_size": 1, "max_size": pool_size}
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
    "accounts",
    "emergency",
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
    # Before all others: a probe needs no session, no transaction, no host name and no https.
    "whitecross.probes.ProbeMiddleware",
    # The outermost, so that they speak for every answer: errors, refused hosts and static files included.
    "core.request_log.RequestLogMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "core.content_security.PolicyByKindMiddleware",
    "whitecross.response_headers.ResponseHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    *([] if DEBUG else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    # Before the sessions' middleware: the session is read and saved inside the request's transaction as well.
    "core.middleware.ActorMiddleware",
    "audit.middleware.DenialMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionLimitMiddleware",
    "accounts.middleware.RequirementMiddleware",
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
# The longest that any link in an e-mail may hold; the configuration says how long each does (`accounts.tokens`).
PASSWORD_RESET_TIMEOUT = 30 * 24 * 60 * 60
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

# --- Second factor ----------------------------------------------------------------------------------------------------

# Keys that encrypt what authenticator apps share with us. The first encrypts, the others still decrypt.
SECOND_FACTOR_KEYS = [key.strip() for key in env.secret("SECOND_FACTOR_KEYS", default="").split(",") if key.strip()]
# The site to which passkeys are bound: one of ALLOWED_HOSTS, or a domain above it. Empty: the host of the request.
WEBAUTHN_RP_ID = env.str("WEBAUTHN_RP_ID", default="")

# --- E-mail -----------------------------------------------------------------------------------------------------------

# The address under which people reach this installation, for links in e-mails: a request may claim any.
PUBLIC_ADDRESS = env.str("PUBLIC_ADDRESS", default="http://localhost:8000" if DEBUG else "")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="White Cross <white-cross@localhost>")
MAILERS = {"default": env.mailer("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25")}

# --- Web --------------------------------------------------------------------------------------------------------------

# `accounts.middleware` says when a session is over; the cookie goes with the browser.
SESSION_ENGINE = "accounts.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
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

# A message names what was saved. Django's usual storage would leave that readable in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

STATIC_URL = "static/"
# Outside DEBUG each static file has a hash of its content in its name, is compressed once, and may be kept for ever.
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Photographs of students. No address leads to them: a page that shows one carries it.
MEDIA_ROOT = env.str("FILE_STORE", default=str(VAR_DIR / "files"))
STATICFILES_DIRS = [BASE_DIR / "whitecross" / "static"]

CSRF_FAILURE_VIEW = "whitecross.error_pages.csrf_failure"
DEFAULT_EXCEPTION_REPORTER = "whitecross.error_reports.DiscreetExceptionReporter"

# --- Server: read by whitecross/server.py, gunicorn's configuration ---------------------------------------------------

WEB_BIND = env.str("WEB_BIND", default="127.0.0.1:8000")
WEB_WORKERS = env.int("WEB_WORKERS", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=4)
WEB_MAX_REQUESTS = env.int("WEB_MAX_REQUESTS", default=20_000)
WEB_GRACEFUL_SECONDS = env.int("WEB_GRACEFUL_SECONDS", default=30)
SERVER_LOG_LEVEL = env.log_level("SERVER_LOG_LEVEL", default="INFO")
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", default="")

# --- Logging: values of rows never reach it, so statements are not logged, not even in DEBUG --------------------------

LOGGING = log_configuration(
    level=env.log_level("LOG_LEVEL", default="WARNING"),
    style=env.one_of("LOG_FORMAT", ("json", "text"), default="text" if DEBUG else "json"),
)
logging.captureWarnings(True)

from whitecross.admin_menu import UNFOLD  # noqa: E402, F401
