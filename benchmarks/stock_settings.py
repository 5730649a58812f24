"""Settings of the stock admin: ours without Unfold, without the guard's middleware, without our templates."""

from whitecross.settings import *  # noqa: F403 - the product's settings, and then what differs
from whitecross.settings import INSTALLED_APPS as OURS

_NOT_STOCK = ("unfold", "whitecross", "demo", "finding", "chart", "home")
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    *(name for name in OURS if name.split(".")[0] not in _NOT_STOCK),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
ROOT_URLCONF = "benchmarks.stock_urls"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
