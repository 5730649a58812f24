"""Log-ins and links as a person has them."""

import re
from datetime import UTC

from django.test import Client

from accounts.models import UserSession
from accounts.sessions import stored_key
from core.models import User
from tests.factories.core import PASSWORD

NEW_PASSWORD = "a wholly new passphrase"


def logged_in(user: User, password: str = PASSWORD, **environment: str) -> Client:
    """A browser in which the user has logged in by the log-in page."""
    client = Client()
    client.defaults |= environment
    answer = client.post("/admin/login/", {"username": user.email, "password": password})
    assert answer.status_code == 302, answer.content
    return client


def is_in(client: Client) -> bool:
    """Whether the browser is logged in."""
    return client.get("/admin/account/").status_code == 200


def session_of(client: Client) -> UserSession:
    """The row of the browser's session, its moments in UTC: what lies between them is then no wall clock's."""
    row = UserSession.objects.get(session_key=stored_key(client.cookies["sessionid"].value))
    for name in ("created_at", "last_activity_at", "expire_date"):
        setattr(row, name, getattr(row, name).astimezone(UTC))
    return row


def link_in(letter) -> str:
    """The path of the link in a letter."""
    (link,) = re.findall(r"https?://\S+", letter.body)
    return re.sub(r"^https?://[^/]+", "", link)


def open_link(client: Client, path: str):
    """Follow a link as a browser does: to the address without the token."""
    return client.get(path, follow=True)


def set_password(client: Client, page, password: str = NEW_PASSWORD):
    """Fill in the form of two new passwords on a page, and send it."""
    return client.post(page.redirect_chain[-1][0], {"new_password1": password, "new_password2": password})


def with_cookie(value: str | None) -> Client:
    """A browser with a cookie that somebody got hold of."""
    client = Client()
    client.cookies["sessionid"] = value or ""
    return client
