"""How a test logs in by the pages, step by step."""

import time

import pyotp
from django.test import Client
from django.urls import reverse

from core.models import User
from tests.factories.accounts import AuthenticatorAppFactory
from tests.factories.core import PASSWORD

LOG_IN = "/admin/login/"
HOME = "/admin/"
SECOND = reverse("login_second_factor")
WRONG = "not the password"


def first_step(client: Client, email: str, password: str = PASSWORD, **more):
    """Send the first form."""
    return client.post(LOG_IN, {"username": email, "password": password, **more})


def second_step(client: Client, code: str):
    """Send a code."""
    return client.post(SECOND, {"code": code})


def is_logged_in(client: Client) -> bool:
    """Whether the browser sees the home page."""
    return client.get(HOME).status_code == 200


def with_app(user: User) -> str:
    """Give the user an authenticator app, and return its secret."""
    app = AuthenticatorAppFactory.create(user=user, shared=(secret := pyotp.random_base32()))
    assert app.confirmed_at is not None
    return secret


def code_now(secret: str, *, steps: int = 0) -> str:
    """The code that an app shows now, or some steps of 30 seconds later."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)
