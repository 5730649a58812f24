"""E-mail and password: who comes in, who learns what, and where it leads."""

import re
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.contrib.auth.hashers import get_hasher
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import LoginAttempt
from core.models import User, UserRole
from tests.accounts.log_in.logging_in import (
    HOME,
    LOG_IN,
    WRONG,
    code_now,
    first_step,
    is_logged_in,
    second_step,
    with_app,
)
from tests.factories.core import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
_CHANGING = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")\w+')


def seen(response):
    """A page without what differs each time: the token, and the address that was typed."""
    return _CHANGING.sub("", response.content.decode())


def test_whoever_knows_the_password_comes_in(visitor, nurse):
    response = first_step(visitor, nurse.email)

    assert response["Location"] == HOME
    assert is_logged_in(visitor)
    assert LoginAttempt.objects.get().succeeded is True


def test_capitals_and_spaces_in_the_address_do_not_matter(visitor, nurse):
    first_step(visitor, f" {nurse.email.upper()} ")

    assert is_logged_in(visitor)


def test_a_wrong_password_an_unknown_and_an_inactive_account_read_alike(visitor, nurse):
    gone = UserFactory.create(is_active=False)
    answers = {
        kind: first_step(visitor, email, password)
        for kind, email, password in (
            ("wrong", nurse.email, WRONG),
            ("unknown", "nobody@example.org", WRONG),
            ("inactive", gone.email, PASSWORD),
        )
    }
    pages = {
        kind: seen(response).replace(nurse.email, "").replace("nobody@example.org", "").replace(gone.email, "")
        for kind, response in answers.items()
    }

    assert {response.status_code for response in answers.values()} == {200}
    assert pages["wrong"] == pages["unknown"] == pages["inactive"]
    assert "do not belong together" in pages["wrong"]
    assert "staff account" not in pages["wrong"]
    assert not is_logged_in(visitor)


def test_a_wrong_password_an_unknown_and_an_inactive_account_cost_the_same_work(visitor, nurse):
    gone = UserFactory.create(is_active=False)
    hasher = type(get_hasher())
    work = {}
    for kind, email, password in (
        ("wrong", nurse.email, WRONG),
        ("unknown", "nobody@example.org", WRONG),
        ("inactive", gone.email, PASSWORD),
    ):
        # The real hasher does its work and is only watched.
        watched = patch.object(hasher, "encode", autospec=True, side_effect=hasher.encode)
        with watched as encode, CaptureQueriesContext(connection) as queries:
            first_step(visitor, email, password)
        work[kind] = (encode.call_count, len(queries))

    assert work["wrong"][0] == 1
    assert work["wrong"] == work["unknown"] == work["inactive"]


def test_what_was_typed_is_kept_nowhere(visitor, nurse):
    first_step(visitor, "my secret password in the wrong box", WRONG)

    attempt = LoginAttempt.objects.get()
    assert attempt.user is None
    assert attempt.failure_reason == "UNKNOWN"
    assert b"secret" not in bytes(attempt.account_mark)
    assert "secret" not in str(LoginAttempt.objects.values())


@pytest.mark.parametrize(
    ("reason", "active", "email"),
    [("PASSWORD", True, None), ("INACTIVE", False, None), ("UNKNOWN", True, "nobody@example.org")],
)
def test_why_it_failed_is_kept_for_administrators(visitor, reason, active, email):
    user = UserFactory.create(is_active=active)

    first_step(visitor, email or user.email, WRONG)

    attempt = LoginAttempt.objects.get()
    assert (attempt.failure_reason, attempt.ip_address, attempt.user) == (
        reason,
        "127.0.0.1",
        None if email else user,
    )


def test_an_empty_form_is_no_guess(visitor, nurse):
    visitor.post(LOG_IN, {"username": nurse.email})
    visitor.post(LOG_IN, {})

    assert LoginAttempt.objects.count() == 0


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "https:evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http://testserver@evil.example/",
        " //evil.example",
        "///evil.example",
    ],
)
@pytest.mark.parametrize("sent", ["form", "address"])
@pytest.mark.parametrize("has_app", [False, True])
def test_a_log_in_leads_to_no_other_site(visitor, nurse, elsewhere, sent, has_app):
    secret = with_app(nurse) if has_app else None
    address = LOG_IN if sent == "form" else f"{LOG_IN}?{urlencode({'next': elsewhere})}"
    data = {"username": nurse.email, "password": PASSWORD} | ({"next": elsewhere} if sent == "form" else {})

    response = visitor.post(address, data)
    if secret:
        response = second_step(visitor, code_now(secret))

    assert response["Location"] == HOME


def test_a_log_in_leads_to_the_page_that_was_asked_for(visitor, nurse):
    response = first_step(visitor, nurse.email, next="/admin/core/student/")

    assert response["Location"] == "/admin/core/student/"


def test_more_fields_than_the_form_has_change_nothing(visitor, nurse):
    first_step(
        visitor,
        nurse.email,
        role="ADMIN",
        is_superuser="on",
        is_staff="on",
        school="",
        must_change_password="",
        second_factor="authenticator",
        pending_log_in="x",
    )

    found = User.objects.get(pk=nurse.pk)
    assert (found.role, found.is_superuser, found.school_id) == (UserRole.NURSE, False, nurse.school_id)
    assert "second_factor" not in visitor.session


def test_a_planted_session_key_is_not_the_one_that_is_logged_in(visitor, nurse):
    session = visitor.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    visitor.cookies["sessionid"] = planted

    first_step(visitor, nurse.email)

    assert visitor.cookies["sessionid"].value != planted
    visitor.cookies["sessionid"] = planted
    assert not is_logged_in(visitor)


@override_settings(ALLOWED_HOSTS=["testserver"])
def test_another_host_is_refused(visitor, nurse):
    assert visitor.get(LOG_IN, headers={"host": "evil.example"}).status_code == 400


def test_a_form_of_another_site_is_refused(nurse):
    visitor = Client(enforce_csrf_checks=True)

    assert first_step(visitor, nurse.email).status_code == 403
    assert LoginAttempt.objects.count() == 0
