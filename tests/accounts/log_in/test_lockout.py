"""Guessing, over accounts and over addresses, one after the other and all at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.utils import timezone

from accounts.declared_settings import ACCOUNT_FAILURES, ADDRESS_FAILURES, LOCKOUT_MINUTES
from accounts.models import LoginAttempt, LoginFailure
from audit.models import AuditLog
from configuration.changing import put
from core.acting import acting_as
from core.models import UserRole
from tests.accounts.log_in.logging_in import WRONG, code_now, first_step, is_logged_in, second_step, with_app
from tests.factories.accounts import PasskeyFactory
from tests.factories.core import PASSWORD, UserFactory, home_school
from tests.schema.rows import execute, query


def guess(visitor, email, times, password=WRONG, **more):
    """The statuses of so many guesses."""
    return [first_step(visitor, email, password, **more).status_code for _ in range(times)]


def from_address(address):
    return Client(REMOTE_ADDR=address)


def test_the_account_is_locked_after_five_failures(db, visitor, nurse):
    assert guess(visitor, nurse.email, 7) == [200] * 5 + [429] * 2

    answer = first_step(visitor, nurse.email)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert not is_logged_in(visitor)
    assert LoginAttempt.objects.count() == 5


def test_a_locked_account_and_a_name_without_one_answer_alike(db, visitor, nurse):
    guess(visitor, nurse.email, 5)
    guess(visitor, "nobody@example.org", 5)

    locked, unknown = first_step(visitor, nurse.email), first_step(visitor, "nobody@example.org", WRONG)

    assert (locked.status_code, unknown.status_code) == (429, 429)
    assert locked.content == unknown.content
    assert "15 minutes" in locked.content.decode()


def test_spelling_the_name_otherwise_gives_no_further_guesses(db, visitor, nurse):
    email = nurse.email
    spelt = [email, email.upper(), f" {email}", email.title(), f"{email}\t"]

    assert [first_step(visitor, name, WRONG).status_code for name in spelt] == [200] * 5
    assert first_step(visitor, email).status_code == 429


def test_spelling_the_name_in_letters_that_only_look_otherwise_gives_no_further_guesses(db, visitor, nurse):
    """The log-in's form reads wide letters as plain ones (NFKC), so that each of these is a guess at the account."""
    spelt = [nurse.email.replace(letter, chr(ord(letter) + 0xFEE0)) for letter in sorted(set(nurse.email))]

    assert [first_step(visitor, name, WRONG).status_code for name in spelt[:7]] == [200] * 5 + [429] * 2
    assert {user for (user,) in query("SELECT user_id FROM login_attempts")} == {nurse.pk}
    assert first_step(visitor, nurse.email).status_code == 429


def test_other_addresses_give_no_further_guesses_at_an_account(db, nurse):
    statuses = [guess(from_address(f"192.0.2.{number}"), nurse.email, 1)[0] for number in range(7)]

    assert statuses == [200] * 5 + [429] * 2


def test_one_address_has_fifty_guesses_over_all_accounts(db):
    visitor = from_address("192.0.2.7")

    statuses = [guess(visitor, f"somebody{number}@example.org", 1)[0] for number in range(52)]

    assert statuses == [200] * 50 + [429] * 2
    assert guess(from_address("192.0.2.8"), "somebody99@example.org", 1) == [200]


def test_addresses_of_one_ipv6_network_count_as_one(db):
    put(ADDRESS_FAILURES, 10, reason="Fewer to try")

    statuses = [
        guess(from_address(f"2001:db8:0:1::{number:x}"), f"somebody{number}@example.org", 1)[0] for number in range(12)
    ]

    assert statuses == [200] * 10 + [429] * 2
    assert guess(from_address("2001:db8:0:2::1"), "somebody99@example.org", 1) == [200]


def test_a_log_in_begins_the_count_of_its_account_anew(db, visitor, nurse):
    guess(visitor, nurse.email, 4)
    first_step(visitor, nurse.email)
    visitor.post("/admin/logout/")

    assert guess(visitor, nurse.email, 6) == [200] * 5 + [429]


def test_a_log_in_of_the_guesser_does_not_begin_the_count_of_the_address_anew(db, nurse):
    put(ADDRESS_FAILURES, 10, reason="Fewer to try")
    own = UserFactory.create()
    visitor = from_address("192.0.2.7")
    for number in range(9):
        guess(visitor, f"somebody{number}@example.org", 1)

    first_step(visitor, own.email)
    visitor.post("/admin/logout/")

    assert guess(visitor, nurse.email, 2) == [200, 429]


def test_the_lock_ends_by_itself(db, visitor, nurse):
    guess(visitor, nurse.email, 5)
    execute("UPDATE login_attempts SET created_at = created_at - interval '14 minutes 50 seconds'")
    assert first_step(visitor, nurse.email).status_code == 429

    execute("UPDATE login_attempts SET created_at = created_at - interval '11 seconds'")

    assert first_step(visitor, nurse.email).status_code == 302


def test_guesses_that_are_not_looked_at_do_not_make_the_lock_longer(db, visitor, nurse):
    guess(visitor, nurse.email, 5)
    guess(visitor, nurse.email, 20)

    assert LoginAttempt.objects.count() == 5


def test_the_limits_are_settings(db, visitor, nurse):
    put(ACCOUNT_FAILURES, 3, reason="Stricter")
    put(LOCKOUT_MINUTES, 60, reason="Stricter")

    assert guess(visitor, nurse.email, 4) == [200] * 3 + [429]
    assert first_step(visitor, nurse.email)["Retry-After"] == "3600"


def test_wrong_codes_lock_the_account_and_the_right_password_does_not_unlock_it(db, visitor, nurse):
    secret = with_app(nurse)
    answers = []
    for _ in range(3):
        first_step(visitor, nurse.email)
        answers += [second_step(visitor, "000000").status_code for _ in range(2)]

    assert answers == [200, 200, 200, 200, 200, 429]
    assert first_step(visitor, nurse.email).status_code == 429
    assert second_step(visitor, code_now(secret)).status_code == 302
    assert not is_logged_in(visitor)
    assert {reason for (reason,) in query("SELECT failure_reason FROM login_attempts")} == {"SECOND_FACTOR"}


def test_wrong_passwords_and_wrong_codes_count_together(db, visitor, nurse):
    secret = with_app(nurse)
    guess(visitor, nurse.email, 3)
    first_step(visitor, nurse.email)
    second_step(visitor, "000000")
    second_step(visitor, "000000")

    assert second_step(visitor, code_now(secret)).status_code == 429
    assert not is_logged_in(visitor)


def test_a_lock_is_for_an_account_and_not_for_the_others(db, visitor, nurse):
    other = UserFactory.create()
    guess(visitor, nurse.email, 6)

    assert first_step(visitor, other.email).status_code == 302


def test_each_failure_stands_in_the_audit_log(db, visitor, nurse):
    guess(visitor, nurse.email, 6)

    assert AuditLog.objects.filter(action="AUTHENTICATION_FAILED", entity_id=nurse.pk).count() == 5


def test_attempts_of_more_than_ninety_days_go_by_themselves(db, visitor, nurse):
    guess(visitor, nurse.email, 3)
    execute("UPDATE login_attempts SET created_at = created_at - interval '91 days'")

    guess(visitor, nurse.email, 1)

    assert LoginAttempt.objects.count() == 1


def test_a_failure_counts_also_where_the_request_fails_behind_it(visitor, nurse, monkeypatch):
    """Whoever ends the session while a code is looked at would have guesses that nobody counts."""
    PasskeyFactory.create(user=nurse)
    first_step(visitor, nurse.email)

    def end_the_session(*_):
        execute("RESET ROLE")
        execute("DELETE FROM user_sessions")

    monkeypatch.setattr("accounts.login.second_step.take_code", end_the_session)

    assert second_step(visitor, "000000").status_code == 400
    assert list(LoginAttempt.objects.values_list("failure_reason", flat=True)) == [LoginFailure.SECOND_FACTOR]


# --- At once ----------------------------------------------------------------------------------------------------------


def at_once(visitors_and_names):
    """The statuses of guesses that are made at the same moment."""

    def run(visitor_and_name):
        visitor, name, password = visitor_and_name
        try:
            return first_step(visitor, name, password).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(visitors_and_names)) as threads:
        return sorted(threads.map(run, visitors_and_names))


@pytest.mark.django_db(transaction=True)
def test_of_fifty_guesses_at_an_account_at_once_five_are_looked_at():
    nurse = UserFactory.create(role=UserRole.NURSE, school=home_school())

    guesses = [(from_address(f"192.0.2.{number}"), nurse.email, WRONG) for number in range(50)]

    assert at_once(guesses) == [200] * 5 + [429] * 45
    assert LoginAttempt.objects.count() == 5
    assert first_step(Client(), nurse.email, PASSWORD).status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_twenty_guesses_from_an_address_at_once_ten_are_looked_at():
    put(ADDRESS_FAILURES, 10, reason="Fewer to try")

    guesses = [(from_address("192.0.2.7"), f"somebody{number}@example.org", WRONG) for number in range(20)]

    answers = at_once(guesses)

    # Fewer on a machine so busy that one of them waits for longer than it may.
    looked_at = answers.count(200)
    assert 1 <= looked_at <= 10
    assert answers == [200] * looked_at + [429] * (20 - looked_at)
    assert LoginAttempt.objects.count() == looked_at


@pytest.mark.django_db(transaction=True)
def test_accounts_and_addresses_crosswise_wait_for_one_another_without_a_deadlock():
    people = [UserFactory.create() for _ in range(3)]

    guesses = [
        (from_address(f"192.0.2.{address}"), person.email, PASSWORD) for address in range(3) for person in people
    ]

    # On a machine so busy that one of them waits for longer than it may, that one is asked to come again.
    answers = at_once(guesses)
    assert set(answers) <= {302, 429}
    assert answers.count(302) >= 3


# --- In the database --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["SELECT * FROM login_attempts", "DELETE FROM login_attempts"])
@pytest.mark.parametrize("role", ["anonymous", "nurse", "counselor", "school_admin", "viewer"])
def test_who_guessed_is_nothing_for_the_staff_of_a_school(db, refused, role, statement):
    with refused("permission denied"):
        execute(f"SELECT set_config('role', 'whitecross_{role}', true)")
        execute(statement)


def test_nobody_of_the_web_clears_the_count(db, refused):
    with acting_as(UserFactory.create(role=UserRole.ADMIN)), refused("permission denied"):
        execute("DELETE FROM login_attempts")


def test_a_district_administrator_sees_the_attempts_on_the_district_s_staff(db):
    school = home_school()
    administrator = UserFactory.create(role=UserRole.DISTRICT_ADMIN, district=school.district)
    own, elsewhere, above = (
        UserFactory.create(school=school),
        UserFactory.create(),
        UserFactory.create(role=UserRole.ADMIN, district=school.district),
    )
    for user in (own, elsewhere, above):
        guess(Client(), user.email, 1)
    guess(Client(), "nobody@example.org", 1)

    with acting_as(administrator):
        seen = set(LoginAttempt.objects.values_list("user", flat=True))

    assert seen == {own.pk}


@pytest.mark.parametrize(
    ("succeeded", "reason"), [(True, LoginFailure.PASSWORD), (False, None), (False, "ELSEWHERE"), (False, "")]
)
def test_an_attempt_has_a_reason_if_it_failed_and_only_then(db, refused, succeeded, reason):
    with refused("login_attempts_reason"):
        execute(
            "INSERT INTO login_attempts (account_mark, succeeded, failure_reason) VALUES ('x', %s, %s)",
            [succeeded, reason],
        )


def test_the_address_need_not_be_known(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT record_log_in(NULL, 'x', 'UNKNOWN')")

    attempt = LoginAttempt.objects.get()
    assert (attempt.ip_address, attempt.network) == (None, None)
    assert attempt.created_at <= timezone.now()


def test_a_wait_that_is_too_long_is_a_refusal(transactional_db):
    nurse = UserFactory.create()
    second = connections.create_connection("default")
    try:
        with second.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT set_config('whitecross.ip', '127.0.0.1', true)")
            cursor.execute("SELECT may_log_in('x', 15, 5, 50)")
            execute("ALTER FUNCTION may_log_in(bytea, integer, integer, integer) SET lock_timeout = '50ms'")

            assert first_step(Client(), nurse.email).status_code == 429

            cursor.execute("ROLLBACK")
        assert first_step(Client(), nurse.email).status_code == 302
    except DatabaseError:
        raise
    finally:
        execute("ALTER FUNCTION may_log_in(bytea, integer, integer, integer) SET lock_timeout = '10s'")
        second.close()
