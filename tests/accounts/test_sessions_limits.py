"""A log-in ends when it is left alone or too old; what a page does by itself keeps nobody logged in.

The clock is moved by moving what stands in the table.
"""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.middleware import limits_of
from accounts.models import UserSession
from accounts.sessions import SessionStore
from audit.models import AuditLog
from configuration.models import ConfigScope, SystemConfiguration
from core.models import User, UserRole
from tests.accounts.links import is_in, logged_in, session_of
from tests.factories.core import UserFactory, home_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory.create(school=home_school())


def set_to(key, value, scope=ConfigScope.SYSTEM, scope_id=None):
    row, is_new = SystemConfiguration.objects.get_or_create(
        key=key, scope=scope, scope_id=scope_id, defaults={"value": str(value)}
    )
    if not is_new:
        SystemConfiguration.objects.filter(pk=row.pk).update(value=str(value), is_active=True)


def pass_time(client, **time):
    """Let the session be as old as if so much time had passed since it was last used."""
    row, past = session_of(client), timedelta(**time)
    UserSession.objects.filter(pk=row.pk).update(
        created_at=row.created_at - past,
        last_activity_at=row.last_activity_at - past,
        expire_date=row.expire_date - past,
    )


def test_a_log_in_that_is_left_alone_ends_and_the_log_in_leads_back(user):
    client = logged_in(user)
    pass_time(client, minutes=14, seconds=50)
    assert is_in(client)

    pass_time(client, minutes=15, seconds=1)
    answer = client.get("/admin/core/student/?q=1")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/core/student/%3Fq%3D1")
    answer = client.post(answer["Location"], {"username": user.email, "password": "correct horse battery staple"})
    assert answer["Location"] == "/admin/core/student/?q=1"


def test_who_does_something_stays_until_the_absolute_end(user):
    client = logged_in(user)
    for _ in range(50):
        pass_time(client, minutes=14)
        assert is_in(client)  # 50 times 14 minutes: 11 hours and 40 minutes
    assert session_of(client).expire_date - session_of(client).created_at <= timedelta(hours=12)

    pass_time(client, minutes=14)
    assert is_in(client)
    pass_time(client, minutes=6, seconds=30)

    assert not is_in(client)


def test_the_night_in_which_clocks_are_set_back_makes_no_log_in_longer(user):
    client = logged_in(user)
    began = datetime.fromisoformat("2026-10-31T20:00:00-04:00")  # clocks go back at 2 in the morning
    row = session_of(client)
    UserSession.objects.filter(pk=row.pk).update(created_at=began, last_activity_at=began)

    store = SessionStore(client.cookies["sessionid"].value)
    store.load()

    assert store.created_at is not None
    _, absolute_end = limits_of(user, timezone.now(), store.created_at)
    assert absolute_end == datetime.fromisoformat("2026-11-01T12:00:00+00:00")


def test_use_is_written_once_a_minute(user, django_assert_num_queries):
    client = logged_in(user)
    pass_time(client, seconds=50)
    before = session_of(client).last_activity_at
    client.get("/admin/account/sessions/")
    unwritten = session_of(client).last_activity_at

    pass_time(client, seconds=11)
    client.get("/admin/account/sessions/")

    assert unwritten == before
    assert timezone.now() - session_of(client).last_activity_at < timedelta(seconds=30)


@pytest.mark.parametrize(
    "headers",
    [{"X-Background": "1"}, {"Sec-Purpose": "prefetch"}],
    ids=str,
)
def test_what_a_page_does_by_itself_prolongs_nothing(user, headers):
    client = logged_in(user)
    pass_time(client, minutes=10)
    before = session_of(client)

    assert client.get("/admin/account/", headers=headers).status_code == 200
    assert client.get("/admin/account/sessions/keep/").json()["ends_in"] <= 300

    after = session_of(client)
    assert (after.last_activity_at, after.expire_date) == (before.last_activity_at, before.expire_date)


def test_a_sign_of_life_prolongs(user):
    client = logged_in(user)
    pass_time(client, minutes=14)

    answer = client.post("/admin/account/sessions/keep/")

    assert 890 <= answer.json()["ends_in"] <= 900
    assert 890 <= client.get("/admin/account/sessions/keep/").json()["ends_in"] <= 900


def test_the_end_of_a_log_in_is_told_once_it_is_over_without_a_page(user):
    client = logged_in(user)
    pass_time(client, minutes=16)

    assert client.get("/admin/account/sessions/keep/").status_code == 302


@pytest.mark.parametrize("scope", [ConfigScope.SYSTEM, ConfigScope.DISTRICT, ConfigScope.SCHOOL])
def test_the_idle_time_is_that_of_the_school_the_district_or_the_system(user, scope):
    keys = {ConfigScope.DISTRICT: user.school.district_id, ConfigScope.SCHOOL: user.school_id}
    set_to("session.idle_minutes", 5, scope, keys.get(scope))

    client = logged_in(user)

    row = session_of(client)
    assert row.expire_date - row.last_activity_at < timedelta(minutes=5, seconds=2)


def test_a_shorter_idle_time_holds_from_the_next_page_on(user):
    client = logged_in(user)
    set_to("session.idle_minutes", 5)
    pass_time(client, minutes=6)

    answer = client.get("/admin/")

    assert answer["Location"] == "/admin/login/?next=/admin/"
    assert AuditLog.objects.get(entity_type="user_sessions").reason == "Nobody used it for too long."


def test_a_shorter_absolute_length_holds_from_the_next_page_on(user):
    client = logged_in(user)
    UserSession.objects.update(created_at=timezone.now() - timedelta(hours=3))
    set_to("session.absolute_hours", 2)
    pass_time(client, minutes=2)

    assert not is_in(client)
    assert AuditLog.objects.get(entity_type="user_sessions").reason == "It had lasted as long as it may."


def test_the_page_knows_when_its_log_in_ends(user):
    client = logged_in(user)

    page = client.get("/admin/").content.decode()

    assert 'data-ends-in="89' in page or 'data-ends-in="900"' in page
    assert "data-ends-in" not in client.__class__().get("/admin/login/").content.decode()


def test_a_page_between_two_writings_asks_nothing_more_of_the_database(user):
    client = logged_in(user)
    client.get("/admin/account/sessions/keep/")

    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/account/sessions/keep/")

    asked = " ".join(query["sql"] for query in queries)
    assert "system_configurations" not in asked
    assert "touch_session" not in asked
    assert asked.count("load_session") == 1


# --- One's sessions -------------------------------------------------------------------------------------------------


def test_the_page_of_sessions_says_where_and_marks_this_one(user):
    here = logged_in(user, HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0")
    logged_in(user, REMOTE_ADDR="203.0.113.99")
    logged_in(UserFactory.create(school=home_school()), REMOTE_ADDR="203.0.113.55")

    page = here.get("/admin/account/sessions/").content.decode()

    assert page.count("This session") == 1
    assert "Firefox 140 on Windows" in page
    assert "203.0.113.99" in page
    assert "203.0.113.55" not in page


def test_one_session_or_all_others_are_ended(user):
    here, lost, other = logged_in(user), logged_in(user), logged_in(user)

    here.post("/admin/account/sessions/", {"session": str(session_of(lost).pk)})
    assert (is_in(here), is_in(lost), is_in(other)) == (True, False, True)
    here.post("/admin/account/sessions/")

    assert (is_in(here), is_in(other)) == (True, False)
    reasons = set(AuditLog.objects.filter(entity_type="user_sessions").values_list("reason", "user"))
    assert reasons == {("Signed out from another session.", user.pk)}


def test_nobody_ends_the_session_of_another_by_its_key(user):
    other = logged_in(UserFactory.create(role=UserRole.ADMIN))
    admin = logged_in(UserFactory.create(role=UserRole.ADMIN))
    for attacker in (logged_in(user), admin):
        for key in (str(session_of(other).pk), "not-a-key", ""):
            attacker.post("/admin/account/sessions/", {"session": key})

    assert is_in(other)


# --- Administrators -------------------------------------------------------------------------------------------------


def end_by_admin(client, *rows, reason="Device lost or stolen"):
    return client.post(
        "/admin/accounts/usersession/",
        {"action": "end", "_selected_action": [str(row.pk) for row in rows], "post": "yes", "reason": reason},
        follow=True,
    )


def test_an_administrator_ends_a_session_for_a_reason(user, administrator):
    victim = logged_in(user)
    row = session_of(victim)

    asked = end_by_admin(administrator, row, reason="")
    assert is_in(victim)
    done = end_by_admin(administrator, row)

    assert "This field is required" in asked.content.decode()
    assert "1 session ended." in done.content.decode()
    assert not is_in(victim)
    entry = AuditLog.objects.get(entity_type="user_sessions")
    assert (entry.reason, entry.user, entry.entity_id) == ("Device lost or stolen", administrator.user, row.pk)


def test_the_session_in_which_one_is_does_not_end_from_the_list(user, administrator):
    victim = logged_in(user)

    done = end_by_admin(administrator, session_of(victim), session_of(administrator))

    assert done.status_code == 200
    assert "1 session ended." in done.content.decode()
    assert "log out to end it" in done.content.decode()
    assert (is_in(victim), is_in(administrator)) == (False, True)


def test_a_district_administrator_sees_and_ends_the_sessions_of_the_districts_staff_alone(user, client_as):
    district = client_as(UserRole.DISTRICT_ADMIN)
    staff, stranger, admin = (
        logged_in(someone)
        for someone in (user, UserFactory.create(), UserFactory.create(role=UserRole.ADMIN, school=home_school()))
    )
    User.objects.filter(pk__in=[session_of(stranger).user_id]).update(school=None)

    listed = district.get("/admin/accounts/usersession/")
    end_by_admin(district, session_of(staff), session_of(stranger), session_of(admin))

    shown = {row.user_id for row in listed.context["cl"].result_list}
    assert shown == {user.pk, district.user.pk}
    assert (is_in(staff), is_in(stranger), is_in(admin)) == (False, True, True)


def test_who_manages_no_accounts_has_no_list_of_sessions(nurse):
    assert nurse.get("/admin/accounts/usersession/").status_code == 403
    assert nurse.get("/admin/account/sessions/").status_code == 200


def test_a_user_is_logged_out_everywhere_from_the_list_of_users(user, administrator):
    first, second = logged_in(user), logged_in(user)
    data = {"action": "log_out_everywhere", "_selected_action": [str(user.pk)]}

    administrator.post("/admin/core/user/", data)
    assert is_in(first)
    answer = administrator.post("/admin/core/user/", data | {"post": "yes", "reason": "Has left"}, follow=True)

    assert "2 sessions ended." in answer.content.decode()
    assert (is_in(first), is_in(second), is_in(administrator)) == (False, False, True)


def test_the_menu_of_the_account_leads_to_its_pages(user):
    page = logged_in(user).get("/admin/").content.decode()

    for path in ("/admin/account/", "/admin/account/sessions/", "/admin/password_change/"):
        assert f'href="{path}"' in page
