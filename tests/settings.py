"""The project's own settings, with what a test run needs in the environment."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only-" + "0" * 50)
os.environ.setdefault("SECOND_FACTOR_KEYS", "dGVzdHMtb25seS0wMDAwMDAwMDAwMDAwMDAwMDAwMDA=")
# Once a test has asked for a browser, Playwright's event loop runs in the thread of all later tests of the process, and
# Django would refuse them their database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["DEBUG"] = "False"
os.environ["SECURE_SSL_REDIRECT"] = "False"
os.environ["PUBLIC_ADDRESS"] = "https://records.example.org"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"

from whitecross import settings
from whitecross.settings import *  # noqa: F403

# Hashing is slow on purpose; tests that log in do not need it to be.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
# The browsers of tests come by http, where a cookie of the secure kind would be refused.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "sessionid", "csrftoken"

# Tests serve the files as they lie in the source; tests/deployment collects them and serves them as production does.
MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("whitenoise.")]
STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
