"""Codes: what they open, once, and for whom; and the minutes between the two steps."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from accounts.models import AuthenticatorApp, LoginAttempt, RecoveryCode
from accounts.second_factor import authenticator, recovery
from core.models import User
from tests.accounts.log_in.logging_in import (
    HOME,
    LOG_IN,
    SECOND,
    code_now,
    first_step,
    is_logged_in,
    second_step,
    with_app,
)
from tests.factories.accounts import AuthenticatorAppFactory
from tests.factories.core import UserFactory
from tests.schema.rows import query

pytestmark = pytest.mark.django_db


def test_the_password_alone_opens_nothing(visitor, nurse):
    with_app(nurse)

    response = first_step(visitor, nurse.email)

    assert response["Location"] == SECOND
    assert not is_logged_in(visitor)
    assert "_auth_user_id" not in visitor.session
    assert LoginAttempt.objects.count() == 0


def test_a_code_opens(visitor, nurse):
    secret = with_app(nurse)
    first_step(visitor, nurse.email, next="/admin/core/student/")

    response = second_step(visitor, code_now(secret))

    assert response["Location"] == "/admin/core/student/"
    assert is_logged_in(visitor)
    assert visitor.session["second_factor"]["method"] == "authenticator"
    assert time.time() - visitor.session["second_factor"]["at"] < 60
    assert "pending_log_in" not in visitor.session


def test_a_code_with_a_space_in_it_opens(visitor, nurse):
    secret = with_app(nurse)
    first_step(visitor, nurse.email)
    code = code_now(secret)

    assert second_step(visitor, f" {code[:3]} {code[3:]} ").status_code == 302


@pytest.mark.parametrize(("steps", "opens"), [(-3, False), (-1, True), (1, True), (3, False)])
def test_a_clock_may_be_half_a_minute_wrong(visitor, nurse, steps, opens):
    secret = with_app(nurse)
    first_step(visitor, nurse.email)
    if (left := 30 - time.time() % 30) < 5:
        time.sleep(left)  # the code is shown and looked at in the same half minute

    second_step(visitor, code_now(secret, steps=steps))

    assert is_logged_in(visitor) is opens


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "000000\0", "a" * 41, "-" * 16]
)
def test_what_is_no_code_opens_nothing(visitor, nurse, code):
    with_app(nurse)
    first_step(visitor, nurse.email)

    assert second_step(visitor, code).status_code == 200
    assert not is_logged_in(visitor)


def test_a_code_of_somebody_else_opens_nothing(visitor, nurse):
    with_app(nurse)
    theirs = with_app(UserFactory.create())
    first_step(visitor, nurse.email)

    second_step(visitor, code_now(theirs))

    assert not is_logged_in(visitor)


def test_a_code_opens_once(nurse):
    secret = with_app(nurse)
    code = code_now(secret)
    first, second = Client(), Client()
    for visitor in (first, second):
        first_step(visitor, nurse.email)
        second_step(visitor, code)

    assert (is_logged_in(first), is_logged_in(second)) == (True, False)


def test_a_code_of_before_the_last_one_opens_nothing(visitor, nurse):
    secret = with_app(nurse)
    assert authenticator.take_code(nurse, code_now(secret, steps=1))

    first_step(visitor, nurse.email)
    second_step(visitor, code_now(secret))

    assert not is_logged_in(visitor)


def test_an_app_that_is_not_confirmed_yet_is_not_asked_for(visitor, nurse):
    AuthenticatorAppFactory.create(user=nurse, confirmed_at=None)

    first_step(visitor, nurse.email)

    assert is_logged_in(visitor)


def test_a_recovery_code_opens_once(visitor, nurse):
    with_app(nurse)
    code = recovery.make_codes(nurse)[3]
    first_step(visitor, nurse.email)

    second_step(visitor, code)

    assert is_logged_in(visitor)
    assert visitor.session["second_factor"]["method"] == "recovery code"
    assert recovery.codes_left(nurse) == 9
    again = Client()
    first_step(again, nurse.email)
    second_step(again, code)
    assert not is_logged_in(again)


def test_a_recovery_code_may_be_misread_a_little(nurse):
    codes = recovery.make_codes(nurse)
    for code, spelt in (
        (codes[0], codes[0].upper()),
        (codes[1], codes[1].replace("-", " ")),
        (codes[2], codes[2].replace("-", "").replace("0", "O").replace("1", "l")),
    ):
        assert recovery.take_code(nurse, spelt), code


def test_new_recovery_codes_take_the_place_of_the_old(nurse):
    old = recovery.make_codes(nurse)
    new = recovery.make_codes(nurse)

    assert RecoveryCode.objects.count() == 10
    assert len({*old, *new}) == 20
    assert not recovery.take_code(nurse, old[0])
    assert recovery.take_code(nurse, new[0])


def test_of_a_recovery_code_only_its_hash_is_kept(nurse):
    codes = recovery.make_codes(nurse)

    rows = str(query("SELECT * FROM recovery_codes")) + str(query("SELECT * FROM audit_logs"))
    assert not any(code in rows or code.replace("-", "") in rows for code in codes)


# --- Between the steps ------------------------------------------------------------------------------------------------


def change_session(visitor, **changes):
    session = visitor.session
    session["pending_log_in"] = session["pending_log_in"] | changes
    session.save()


@pytest.mark.parametrize(("seconds", "opens"), [(290, True), (301, False), (-10, False)])
def test_the_second_step_waits_five_minutes(visitor, nurse, seconds, opens):
    secret = with_app(nurse)
    first_step(visitor, nurse.email)
    change_session(visitor, at=int(time.time()) - seconds)

    response = second_step(visitor, code_now(secret))

    assert response["Location"] == (HOME if opens else LOG_IN)
    assert is_logged_in(visitor) is opens


def test_without_the_first_step_there_is_no_second(visitor, nurse):
    with_app(nurse)

    assert visitor.get(SECOND)["Location"] == LOG_IN
    assert second_step(visitor, "000000")["Location"] == LOG_IN


def test_somebody_deactivated_between_the_steps_does_not_come_in(visitor, nurse):
    secret = with_app(nurse)
    first_step(visitor, nurse.email)
    User.objects.filter(pk=nurse.pk).update(is_active=False)

    second_step(visitor, code_now(secret))

    assert not is_logged_in(visitor)


def test_a_password_changed_between_the_steps_must_be_shown_anew(visitor, nurse):
    secret = with_app(nurse)
    first_step(visitor, nurse.email)
    nurse.set_password("another password altogether")
    nurse.save()

    assert second_step(visitor, code_now(secret))["Location"] == LOG_IN
    assert not is_logged_in(visitor)


def test_each_step_gives_the_session_another_key(visitor, nurse):
    secret = with_app(nurse)
    session = visitor.session
    session["planted"] = True
    session.save()
    keys = [session.session_key]
    visitor.cookies["sessionid"] = keys[0]

    first_step(visitor, nurse.email)
    keys.append(visitor.cookies["sessionid"].value)
    second_step(visitor, code_now(secret))
    keys.append(visitor.cookies["sessionid"].value)

    assert len(set(keys)) == 3
    for old in keys[:2]:
        thief = Client()
        thief.cookies["sessionid"] = old
        assert not is_logged_in(thief)
        assert thief.get(SECOND)["Location"] == LOG_IN


def test_a_code_is_not_sent_from_another_site(nurse):
    visitor = Client(enforce_csrf_checks=True)

    assert second_step(visitor, "000000").status_code == 403


# --- At once ----------------------------------------------------------------------------------------------------------


def shown_at_once(nurse, code, number):
    """How many of so many browsers come in that show the same code at the same moment."""
    visitors = [Client(REMOTE_ADDR=f"192.0.2.{place}") for place in range(number)]
    for visitor in visitors:
        assert first_step(visitor, nurse.email)["Location"] == SECOND

    def show(visitor):
        try:
            return second_step(visitor, code).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as threads:
        statuses = list(threads.map(show, visitors))
    assert sorted(statuses) == [200] * (number - 1) + [302]
    return sum(map(is_logged_in, visitors))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_show_the_same_code_at_once_one_comes_in():
    nurse = UserFactory.create()
    secret = with_app(nurse)

    assert shown_at_once(nurse, code_now(secret), 2) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_show_the_same_recovery_code_at_once_one_comes_in():
    nurse = UserFactory.create()
    with_app(nurse)
    code = recovery.make_codes(nurse)[0]

    assert shown_at_once(nurse, code, 2) == 1
    assert recovery.codes_left(nurse) == 9


@pytest.mark.django_db(transaction=True)
def test_a_code_is_taken_once_even_where_no_lock_makes_the_requests_wait():
    """The conditional update alone, without the lockout's queue before it."""
    nurse = UserFactory.create()
    secret = with_app(nurse)
    code = code_now(secret)

    def take(_):
        try:
            return authenticator.take_code(nurse, code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(take, range(8))) == [False] * 7 + [True]
    assert AuthenticatorApp.objects.get().last_used_step > 0


def test_a_million_codes_are_not_tried_in_five_guesses(visitor, nurse):
    secret = with_app(nurse)
    right = {code_now(secret, steps=steps) for steps in (-1, 0, 1, 2)}
    wrong = (f"{number:06}" for number in range(1_000_000) if f"{number:06}" not in right)
    first_step(visitor, nurse.email)

    statuses = [second_step(visitor, next(wrong)).status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]
    assert first_step(visitor, nurse.email).status_code == 429
    assert second_step(visitor, code_now(secret)).status_code == 302
    assert not is_logged_in(visitor)
