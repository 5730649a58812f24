"""What may be done once, sent by several at the same moment: a link, and what one keeps to log in by."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuthenticatorApp, LoginAttempt, RecoveryCode
from accounts.tokens import invitation_tokens, key_in_link, reset_tokens
from core.models import User, UserRole
from tests.accounts.links import NEW_PASSWORD, is_in, logged_in, open_link, set_password, with_cookie
from tests.accounts.log_in.device import Device
from tests.accounts.log_in.logging_in import code_now, second_step, with_app
from tests.factories.core import PASSWORD, UserFactory, home_school

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 4
PASSKEY = reverse("login_passkey")


def at_once(what: Callable[[int], Any]) -> list[Any]:
    """What it gives, done so many times at the same moment."""
    start = threading.Barrier(MANY)

    def run(number: int) -> Any:
        try:
            start.wait()
            return what(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(run, range(MANY)))


def invitation_of(user: User) -> str:
    user.set_unusable_password()
    user.invited_at = timezone.now()
    user.save()
    user.refresh_from_db()
    return f"/account/invitation/{key_in_link(user)}/{invitation_tokens.make_token(user)}/"


def reset_of(user: User) -> str:
    return f"/account/forgotten/{key_in_link(user)}/{reset_tokens.make_token(user)}/"


@pytest.mark.parametrize("link_of", [invitation_of, reset_of])
def test_of_those_who_use_a_link_at_once_one_sets_the_password(link_of):
    user = UserFactory.create()
    path = link_of(user)
    browsers = [Client() for _ in range(MANY)]
    shown = [open_link(browser, path) for browser in browsers]

    answers = at_once(lambda number: set_password(browsers[number], shown[number], f"{NEW_PASSWORD} {number}"))

    (winner,) = (number for number, answer in enumerate(answers) if answer.status_code == 302)
    assert all("holds no longer" in answer.content.decode() for answer in answers if answer.status_code != 302)
    assert User.objects.get(pk=user.pk).check_password(f"{NEW_PASSWORD} {winner}")


@pytest.mark.parametrize("role", UserRole)
def test_an_app_that_is_begun_in_several_windows_at_once_is_one(role):
    user = UserFactory.create(role=role, school=home_school())
    browsers = [logged_in(user) for _ in range(MANY)]

    answers = at_once(lambda number: browsers[number].post("/admin/account/second-factor/", {"action": "begin"}))

    assert {answer.status_code for answer in answers} == {302}
    assert AuthenticatorApp.objects.count() == 1


def test_of_recovery_codes_made_in_several_windows_at_once_the_last_ten_hold():
    user = UserFactory.create()
    secret = with_app(user)
    browsers = []
    for number in range(MANY):
        browsers.append(logged_in(user))
        AuthenticatorApp.objects.update(last_used_step=0)
        assert second_step(browsers[number], code_now(secret)).status_code == 302

    answers = at_once(lambda number: browsers[number].post("/admin/account/recovery-codes/"))

    assert {answer.status_code for answer in answers} == {200}
    assert RecoveryCode.objects.count() == 10


@pytest.mark.parametrize("step", ["password", "password before a code", "passkey"])
def test_who_clicks_twice_is_logged_in_once_and_sees_no_error(step):
    """The first click gives the session another key; the others find none under theirs."""
    user, device = UserFactory.create(school=home_school()), Device(counts=False)
    first = Client()
    options = first.get(PASSKEY).context["passkey_options"]
    if step == "password before a code":
        with_app(user)
    elif step == "passkey":
        browser = logged_in(user)
        made = device.made(browser.get("/admin/account/passkeys/").context["passkey_options"])
        browser.post("/admin/account/passkeys/", {"action": "add", "name": "Mine", "passkey": made})
    windows = [with_cookie(first.cookies["sessionid"].value) for _ in range(MANY)]
    path, sent = "/admin/login/", {"username": user.email, "password": PASSWORD}
    if step == "passkey":
        path, sent = PASSKEY, {"passkey": device.signed(options, user)}
    before = LoginAttempt.objects.count()

    answers = at_once(lambda number: windows[number].post(path, sent))

    assert {answer.status_code for answer in answers} == {302}
    assert not any(answer.cookies.get("sessionid") and not answer.cookies["sessionid"].value for answer in answers)
    is_one_step = step != "password before a code"
    assert sum(is_in(window) for window in windows) == int(is_one_step)
    assert LoginAttempt.objects.count() == before + int(is_one_step)
