"""Passkeys that a forger makes: by another's challenge, id, site or handle. A real browser is in tests/browser."""

import secrets
from typing import Any

import pytest
import webauthn
from django.test import Client
from django.urls import reverse

from accounts.models import LoginAttempt, Passkey
from tests.accounts.log_in.device import Device
from tests.accounts.log_in.logging_in import SECOND, first_step, is_logged_in
from tests.factories.accounts import PasskeyFactory
from tests.factories.core import UserFactory
from tests.schema.rows import execute

pytestmark = pytest.mark.django_db

PASSKEYS = "/admin/account/passkeys/"
ALONE = reverse("login_passkey")


@pytest.fixture
def colleague():
    return UserFactory.create()


def logged_in(user):
    browser = Client()
    assert first_step(browser, user.email).status_code == 302
    return browser


def asked(browser, path=PASSKEYS):
    """What the page tells the browser to ask of the device."""
    return browser.get(path).context["passkey_options"]


def add(browser, answer):
    return browser.post(PASSKEYS, {"action": "add", "name": "Mine", "passkey": answer})


def test_a_passkey_that_was_added_opens_the_log_in_alone(visitor, nurse):
    device, browser = Device(), logged_in(nurse)
    add(browser, device.made(asked(browser)))

    visitor.post(ALONE, {"passkey": device.signed(asked(visitor, ALONE), nurse)})

    assert is_logged_in(visitor)


def test_the_id_of_a_colleague_s_passkey_is_refused_in_words(nurse, colleague):
    """Nobody sees the passkeys of others, so the form cannot ask whether there is one: the database says so."""
    theirs = PasskeyFactory.create(user=colleague)
    browser = logged_in(nurse)

    answer = add(browser, Device(bytes(theirs.credential_id)).made(asked(browser)))

    assert (answer.status_code, Passkey.objects.count()) == (200, 1)
    assert "known already" in answer.content.decode()


@pytest.mark.parametrize(("length", "is_kept"), [(1023, True), (1024, False), (5000, False)])
def test_an_id_is_as_long_as_the_standard_says_and_no_longer(nurse, length, is_kept):
    browser = logged_in(nurse)

    answer = add(browser, Device(secrets.token_bytes(length)).made(asked(browser)))

    assert (answer.status_code, Passkey.objects.count()) == (200, int(is_kept))


@pytest.mark.parametrize("wrong", ["challenge of another", "challenge of a log-in", "used", "origin", "domain"])
def test_what_was_not_made_here_and_now_is_not_added(nurse, colleague, wrong):
    browser, other = logged_in(nurse), logged_in(colleague)
    options = asked(browser)
    answer = Device().made(options)
    if wrong == "challenge of another":
        answer = Device().made(asked(other))
    elif wrong == "challenge of a log-in":
        answer = Device().made(asked(browser, ALONE))
    elif wrong == "used":
        add(browser, "{}")  # an answer, by which the challenge is spent
    elif wrong == "origin":
        answer = Device().made(options, origin="http://evil.example")
    else:
        answer = Device().made(options, domain="evil.example")

    assert add(browser, answer).status_code == 200
    assert not Passkey.objects.exists()


@pytest.mark.parametrize("wrong", ["handle", "key", "locked", "challenge", "origin", "domain"])
def test_a_passkey_opens_nothing_but_the_account_it_is_of(visitor, nurse, colleague, wrong):
    device, browser = Device(), logged_in(nurse)
    add(browser, device.made(asked(browser)))
    options, whose = asked(visitor, ALONE), nurse
    more: dict[str, Any] = {}
    if wrong == "handle":
        whose = colleague
    elif wrong == "key":
        device = Device(device.credential_id)
    elif wrong == "locked":
        more = {"flags": 0x01}  # there was somebody, but nobody has said who
    elif wrong == "challenge":
        options = asked(Client(), ALONE)
    else:
        more = {wrong: "http://evil.example" if wrong == "origin" else "evil.example"}

    answer = visitor.post(ALONE, {"passkey": device.signed(options, whose, **more)})

    assert answer.status_code == 200
    assert not is_logged_in(visitor)
    assert list(LoginAttempt.objects.filter(succeeded=False).values_list("failure_reason", flat=True)) == ["PASSKEY"]


def test_the_second_step_takes_no_passkey_of_somebody_else(visitor, nurse, colleague):
    theirs = Device()
    add(browser := logged_in(colleague), theirs.made(asked(browser)))
    add(browser := logged_in(nurse), Device().made(asked(browser)))
    first_step(visitor, nurse.email)

    for whose in (nurse, colleague):
        visitor.post(SECOND, {"passkey": theirs.signed(asked(visitor, SECOND), whose)})

    assert not is_logged_in(visitor)
    assert LoginAttempt.objects.filter(failure_reason="PASSKEY", user=nurse).count() == 2


def test_a_passkey_that_signs_elsewhere_meanwhile_is_refused(visitor, nurse, monkeypatch):
    """A copy of a device counts as the device does: of two answers of one count at once, one comes in."""
    device, browser = Device(), logged_in(nurse)
    add(browser, device.made(asked(browser)))
    verify = webauthn.verify_authentication_response

    def while_the_other_is_looked_at(**given):
        verified = verify(**given)
        assert execute("UPDATE passkeys SET sign_count = sign_count + 1") == 1
        return verified

    monkeypatch.setattr(webauthn, "verify_authentication_response", while_the_other_is_looked_at)
    answer = visitor.post(ALONE, {"passkey": device.signed(asked(visitor, ALONE), nurse)})

    assert answer.status_code == 200
    assert not is_logged_in(visitor)
