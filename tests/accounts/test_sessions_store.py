"""Where log-ins are kept: not the cookie, nobody else's, and gone when they are ended."""

import threading
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import UserSession
from accounts.sessions import SessionStore, stored_key
from audit.models import AuditLog
from core.acting import acting_as
from core.models import User, UserRole
from tests.accounts.links import is_in, logged_in, session_of, with_cookie
from tests.factories.accounts import UserSessionFactory
from tests.factories.core import SchoolFactory, UserFactory, home_school
from tests.safeguards.attempts import attempt
from tests.schema.rows import execute, query

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory.create(school=home_school())


def test_the_table_does_not_have_the_cookie_and_what_it_has_is_no_cookie(user):
    client = logged_in(user)
    cookie = client.cookies["sessionid"].value

    ((row,),) = query("SELECT to_jsonb(s)::text FROM user_sessions s")
    thief = with_cookie(session_of(client).session_key)

    assert cookie not in row
    assert stored_key(cookie) in row
    assert not is_in(thief)
    assert is_in(client)


def test_a_row_says_who_since_when_and_from_where(user):
    before = timezone.now()
    client = logged_in(user, REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="Firefox/140.0 (Linux)")

    row = session_of(client)

    assert (row.user, row.ip_address, row.user_agent, row.second_factor) == (
        user,
        "203.0.113.9",
        "Firefox/140.0 (Linux)",
        "",
    )
    assert before - timedelta(seconds=5) <= row.created_at == row.last_activity_at
    assert row.expire_date - row.created_at < timedelta(minutes=15, seconds=5)


@pytest.mark.parametrize(
    "shown", ["passkey", {"method": "passkey", "at": "2026-03-02T10:00:00Z"}], ids=["word", "with more"]
)
def test_how_the_second_factor_was_shown_stands_in_the_row(user, shown):
    store = SessionStore()
    store["second_factor"] = shown
    store.save()

    assert UserSession.objects.get().second_factor == "passkey"


def test_the_cookie_is_gone_with_the_browser_and_out_of_reach_of_scripts(user):
    cookie = logged_in(user).cookies["sessionid"]

    assert (cookie["max-age"], cookie["expires"], cookie["httponly"], cookie["samesite"]) == ("", "", True, "Lax")


def test_contents_moved_to_another_key_are_worth_nothing(user):
    """Who can write to the table copies an administrator's session to a key whose cookie they know."""
    admin = UserFactory.create(role=UserRole.ADMIN)
    logged_in(admin)
    execute(
        "INSERT INTO user_sessions (session_key, session_data, expire_date, user_id) "
        "SELECT %s, session_data, expire_date, user_id FROM user_sessions",
        [stored_key("a-cookie-of-my-own-making-000000")],
    )
    thief = with_cookie("a-cookie-of-my-own-making-000000")

    assert not is_in(thief)


def test_a_session_that_a_stranger_chose_is_not_taken_at_the_log_in(user):
    """Session fixation: the cookie is another one after the log-in, and the old one leads nowhere."""
    planted = SessionStore()
    planted["next"] = "x"
    planted.save()
    victim = with_cookie(planted.session_key)

    victim.post("/admin/login/", {"username": user.email, "password": "correct horse battery staple"})
    stranger = with_cookie(planted.session_key)

    assert victim.cookies["sessionid"].value != planted.session_key
    assert is_in(victim)
    assert not is_in(stranger)
    assert UserSession.objects.count() == 1


def test_a_made_up_cookie_makes_no_session(user):
    client = with_cookie("a-cookie-of-my-own-making-000000")

    client.get("/admin/login/")

    assert UserSession.objects.count() == 0


def test_no_role_reads_keys_or_contents(user):
    UserSessionFactory.create(user=user)
    for role in ("anonymous", "viewer", "nurse", "counselor", "school_admin", "district_admin", "admin"):
        for column in ("session_key", "session_data", "*"):
            execute(f"SET LOCAL ROLE whitecross_{role}")
            outcome = attempt(f"SELECT {column} FROM user_sessions")
            execute("RESET ROLE")
            assert outcome.is_refused_by_grants, (role, column)


def test_no_role_writes_to_the_table_and_none_to_djangos(user):
    UserSessionFactory.create(user=user)
    for role in ("anonymous", "nurse", "district_admin", "admin"):
        for statement in (
            "UPDATE user_sessions SET last_activity_at = now()",
            "UPDATE user_sessions SET expire_date = '2099-01-01'",
            "DELETE FROM user_sessions",
            "INSERT INTO user_sessions (session_key, session_data, expire_date) VALUES (repeat('0', 64), '', now())",
            "SELECT * FROM django_session",
            "SELECT erase_sessions('{}', '')",
        ):
            execute(f"SET LOCAL ROLE whitecross_{role}")
            outcome = attempt(statement)
            execute("RESET ROLE")
            assert outcome.is_refused_by_grants, (role, statement)


@pytest.mark.parametrize("role", [UserRole.NURSE, UserRole.VIEWER, UserRole.DISTRICT_ADMIN, UserRole.ADMIN])
def test_each_role_ends_by_raw_sql_only_what_it_may(role):
    home = home_school()
    actor = UserFactory.create(role=role, school=None, district=home.district if role != UserRole.ADMIN else None)
    whose = {
        "own": actor,
        "colleague": UserFactory.create(school=home),
        "elsewhere": UserFactory.create(school=SchoolFactory.create()),
        "administrator": UserFactory.create(role=UserRole.ADMIN, school=home),
        "superuser": UserFactory.create(is_superuser=True, school=home),
    }
    sessions = {name: UserSessionFactory.create(user=owner) for name, owner in whose.items()}

    with acting_as(actor):
        execute("SELECT end_sessions(%s, 'An attack')", [[session.pk for session in sessions.values()]])

    left = {name for name, session in sessions.items() if UserSession.objects.filter(pk=session.pk).exists()}
    expected = {
        UserRole.DISTRICT_ADMIN: {"own", "colleague"},
        UserRole.ADMIN: {"own", "colleague", "elsewhere", "administrator"},
    }.get(role, {"own"})
    assert set(sessions) - left == expected


def test_a_log_out_ends_the_session_and_the_old_cookie_is_dead(user):
    client = logged_in(user)
    thief = with_cookie(client.cookies["sessionid"].value)
    assert is_in(thief)

    client.post("/admin/logout/")

    assert not is_in(thief)
    assert UserSession.objects.count() == 0
    entry = AuditLog.objects.get(entity_type="user_sessions")
    assert (entry.action, entry.reason) == ("DELETE", "Logged out.")


CHANGES = {
    "password": "UPDATE users SET password = 'md5$x$y' WHERE id = %s",
    "role": "UPDATE users SET role = 'COUNSELOR' WHERE id = %s",
    "e-mail": "UPDATE users SET email = 'other@example.org' WHERE id = %s",
    "deactivated": "UPDATE users SET is_active = false WHERE id = %s",
    "superuser": "UPDATE users SET is_superuser = true WHERE id = %s",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_account_ends_its_sessions_by_raw_sql_too(user, what):
    client, bystander = logged_in(user), logged_in(UserFactory.create(school=home_school()))

    execute(CHANGES[what], [user.pk])

    assert not is_in(client)
    assert is_in(bystander)
    assert UserSession.objects.filter(user=user).count() == 0
    assert AuditLog.objects.get(entity_type="user_sessions").reason


def test_a_session_that_ended_by_deactivation_does_not_come_back_with_the_account(user):
    client = logged_in(user)

    User.objects.filter(pk=user.pk).update(is_active=False)
    User.objects.filter(pk=user.pk).update(is_active=True)

    assert not is_in(client)


def test_what_changes_nothing_about_the_account_ends_nothing(user):
    client = logged_in(user)

    execute("UPDATE users SET phone = '614-555-0142', role = role, password = password WHERE id = %s", [user.pk])

    assert is_in(client)


def test_ends_of_sessions_are_in_the_audit_log_without_key_and_contents(user):
    client = logged_in(user)
    key = session_of(client).session_key

    User.objects.filter(pk=user.pk).update(is_active=False)

    entry = AuditLog.with_images.get(entity_type="user_sessions")
    assert entry.reason == "The account was deactivated."
    assert entry.old_row is not None
    assert entry.old_row["user_id"] == str(user.pk)
    assert not {"session_key", "session_data"} & entry.old_row.keys()
    assert key not in str(entry.old_row)


def test_clearsessions_clears_what_is_over_and_nothing_else(user):
    client = logged_in(user)
    over = UserSessionFactory.create(expire_date=timezone.now() - timedelta(seconds=1))

    call_command("clearsessions")

    assert list(UserSession.objects.values_list("pk", flat=True)) == [session_of(client).pk]
    assert AuditLog.objects.get(entity_type="user_sessions").entity_id == over.pk


def test_a_session_that_was_ended_is_not_written_back(user):
    """Two requests at once: one logs out, the other saves what it has."""
    client = logged_in(user)
    late = SessionStore(client.cookies["sessionid"].value)
    late["filter"] = "x"

    client.post("/admin/logout/")

    with pytest.raises(UpdateError):
        late.save()
    assert UserSession.objects.count() == 0


def test_a_session_keeps_its_age_when_its_cookie_changes(user):
    client = logged_in(user)
    UserSession.objects.update(created_at=timezone.now() - timedelta(hours=3))
    before = session_of(client)
    store = SessionStore(client.cookies["sessionid"].value)
    store.cycle_key()

    after = UserSession.objects.get()

    assert (after.pk, after.created_at) == (before.pk, before.created_at)
    assert after.session_key != before.session_key
    assert not is_in(client)


@pytest.mark.django_db(transaction=True)
def test_a_log_in_that_meets_a_deactivation_leaves_no_session():
    """Whoever comes second waits for the first; in either order nobody is logged in at the end."""
    user = UserFactory.create(school=home_school())
    for _ in range(8):
        User.objects.filter(pk=user.pk).update(is_active=True)
        start = threading.Barrier(2)

        def log_in(start=start):
            try:
                start.wait()
                Client().post("/admin/login/", {"username": user.email, "password": "correct horse battery staple"})
            finally:
                connection.close()

        def deactivate(start=start):
            try:
                start.wait()
                User.objects.filter(pk=user.pk).update(is_active=False)
            finally:
                connection.close()

        threads = [threading.Thread(target=log_in), threading.Thread(target=deactivate)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert UserSession.objects.filter(user=user).count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_session_waits_for_whoever_deactivates_the_account():
    """By itself, without the date of the log-in, which the web writes before it and which waits as well."""
    user = UserFactory.create(school=home_school())
    written = []

    def write():
        try:
            ends = timezone.now() + timedelta(hours=1)
            arguments = [stored_key("new"), "contents", ends, user.pk, ""]
            written.append(query("SELECT write_session(NULL, %s, %s, %s, %s, %s)", arguments))
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        writer.start()
        writer.join(timeout=1)
        assert writer.is_alive()
    writer.join()

    assert written == [[(False,)]]
    assert not UserSession.objects.exists()
