"""People set their own passwords, and nobody else's; what is asked of a password, and when it must be changed."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone

from core.acting import acting_as
from core.models import User, UserRole
from tests.accounts.links import NEW_PASSWORD, is_in, logged_in
from tests.accounts.test_sessions_limits import pass_time, set_to
from tests.factories.core import PASSWORD, UserFactory, home_school
from tests.safeguards.attempts import DENIED, attempt
from tests.schema.rows import execute

pytestmark = pytest.mark.django_db

USABLE = make_password("a password of the attacker")


@pytest.fixture
def user():
    return UserFactory.create(school=home_school())


def change(client, new=NEW_PASSWORD, old=PASSWORD):
    return client.post("/admin/password_change/", {"old_password": old, "new_password1": new, "new_password2": new})


@pytest.mark.parametrize("role", UserRole.values)
def test_everybody_changes_their_own_password_and_is_logged_out_elsewhere(role):
    user = UserFactory.create(role=role, school=home_school())
    here, elsewhere = logged_in(user), logged_in(user)
    thief_cookie = here.cookies["sessionid"].value

    answer = change(here)

    assert answer.status_code == 302
    assert User.objects.get(pk=user.pk).check_password(NEW_PASSWORD)
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert here.cookies["sessionid"].value != thief_cookie
    assert logged_in(user, NEW_PASSWORD)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("short pass", "at least 12 characters"),
        ("123456789012345", "entirely numeric"),
        ("password1234", "too common"),
        ("nora.nurse.nora", "too similar"),
        (PASSWORD, "should differ from the old one"),
    ],
)
def test_a_weak_password_is_refused_with_a_reason(new, why):
    user = UserFactory.create(school=home_school(), email="nora.nurse@example.org", first_name="Nora")

    answer = change(logged_in(user), new)

    assert answer.status_code == 200
    assert why in str(answer.context["form"].errors)
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_the_old_password_is_asked_for(user):
    assert "old_password" in change(logged_in(user), old="wrong").context["form"].errors


def test_a_wrong_old_password_counts_as_a_failed_log_in(user):
    client = logged_in(user)
    for _ in range(5):
        change(client, old="wrong")

    refused = change(client)

    assert refused.context["form"].errors["old_password"] == [
        "Too many attempts have failed. Please wait 15 minutes, then try again."
    ]
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_a_changed_password_says_when_by_raw_sql_too(user):
    User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - timedelta(days=900))

    execute("UPDATE users SET password = %s WHERE id = %s", [USABLE, user.pk])
    first = User.objects.get(pk=user.pk).password_changed_at
    execute("UPDATE users SET phone = '614-555-0142' WHERE id = %s", [user.pk])

    assert first is not None
    assert timezone.now() - first < timedelta(minutes=1)
    assert User.objects.get(pk=user.pk).password_changed_at == first


def test_an_import_keeps_the_day_it_says(user):
    moment = timezone.now() - timedelta(days=30)

    execute("UPDATE users SET password = %s, password_changed_at = %s WHERE id = %s", [USABLE, moment, user.pk])

    assert User.objects.get(pk=user.pk).password_changed_at == moment


def test_the_commands_of_django_still_set_passwords(user, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt="": NEW_PASSWORD)
    call_command("changepassword", user.email)

    assert User.objects.get(pk=user.pk).check_password(NEW_PASSWORD)


# --- Attacks by SQL -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", UserRole.values)
def test_nobody_sets_the_password_of_another_by_raw_sql(role):
    home = home_school()
    attacker = UserFactory.create(role=role, school=home, district=home.district)
    victims = [UserFactory.create(school=home), UserFactory.create(role=UserRole.ADMIN, school=home)]
    for victim in victims:
        with acting_as(attacker):
            outcome = attempt("UPDATE users SET password = %s WHERE id = %s", [USABLE, victim.pk], keep=True)
        assert outcome.count == 0 or outcome.sqlstate == DENIED, outcome
        assert User.objects.get(pk=victim.pk).password == victim.password


def test_nobody_who_is_not_logged_in_sets_any_password(user):
    execute("SET LOCAL ROLE whitecross_anonymous")
    outcome = attempt("UPDATE users SET password = %s WHERE id = %s", [USABLE, user.pk])
    execute("RESET ROLE")

    assert outcome.is_refused_by_grants


@pytest.mark.parametrize("role", [UserRole.ADMIN, UserRole.DISTRICT_ADMIN])
def test_nobody_makes_a_user_with_a_password_by_raw_sql(role):
    home = home_school()
    with acting_as(UserFactory.create(role=role, district=home.district)):
        outcome = attempt(
            "INSERT INTO users (email, password, first_name, last_name, school_id, email_verified, "
            "password_changed_at) VALUES ('eve@example.org', %s, 'Eve', 'E', %s, true, now())",
            [USABLE, home.pk],
        )
        invited = attempt(
            "INSERT INTO users (email, password, first_name, last_name, school_id, email_verified) "
            "VALUES ('mary@example.org', '!', 'Mary', 'M', %s, true) RETURNING email_verified",
            [home.pk],
        )

    assert outcome.message == "Nobody sets the password of another."
    assert invited.rows == [(False,)]


@pytest.mark.parametrize("role", UserRole.values)
def test_nobody_spares_themselves_a_new_password(role):
    user = UserFactory.create(role=role, school=home_school(), must_change_password=True)
    old = timezone.now() - timedelta(days=400)
    User.objects.filter(pk=user.pk).update(password_changed_at=old)
    with acting_as(user):
        spare = "UPDATE users SET must_change_password = false, password_changed_at = now() WHERE id = %s"
        attempt(spare, [user.pk], keep=True)

    found = User.objects.get(pk=user.pk)
    assert (found.must_change_password, found.password_changed_at) == (True, old)


# --- The gate -------------------------------------------------------------------------------------------------------


def test_who_must_change_the_password_does_that_first(user):
    User.objects.filter(pk=user.pk).update(must_change_password=True)
    client = logged_in(user)

    for path in ("/admin/", "/admin/core/student/", "/admin/account/", "/admin/find/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/password_change/"), path
    assert "has to be changed" in client.get("/admin/password_change/").content.decode()
    change(client)

    assert client.get("/admin/").status_code == 200
    assert User.objects.get(pk=user.pk).must_change_password is False


def test_who_must_change_the_password_may_log_out(user):
    User.objects.filter(pk=user.pk).update(must_change_password=True)
    client = logged_in(user)

    assert client.post("/admin/logout/").status_code == 200
    assert client.get("/admin/login/").status_code == 200


def test_a_password_that_is_too_old_is_changed_first(user):
    set_to("password.max_age_days", 90)
    User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    fresh = UserFactory.create(school=home_school())

    client = logged_in(user)

    assert client.get("/admin/")["Location"] == "/admin/password_change/"
    change(client)
    assert client.get("/admin/").status_code == 200
    assert is_in(logged_in(fresh))


def test_a_password_grows_too_old_within_a_session(user):
    client = logged_in(user)
    set_to("password.max_age_days", 90)
    User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    assert is_in(client)

    pass_time(client, minutes=2)

    assert client.get("/admin/")["Location"] == "/admin/password_change/"


def test_an_old_password_is_good_for_ever_by_default(user):
    User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - timedelta(days=5000))

    assert is_in(logged_in(user))


# --- Hashes that are out of fashion ---------------------------------------------------------------------------------


def test_a_log_in_renews_an_old_hash_and_the_password_stays_as_old_as_it_is(user):
    changed = timezone.now() - timedelta(days=50)
    User.objects.filter(pk=user.pk).update(password_changed_at=changed, must_change_password=True)
    hashers = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "django.contrib.auth.hashers.MD5PasswordHasher"]

    with override_settings(PASSWORD_HASHERS=hashers):
        client = logged_in(user)
        answer = client.get("/admin/")

    found = User.objects.get(pk=user.pk)
    assert found.password.startswith("pbkdf2_sha256$")
    assert (found.password_changed_at, found.must_change_password) == (changed, True)
    assert answer["Location"] == "/admin/password_change/"


def test_a_deactivated_user_with_an_old_hash_is_turned_away_like_any_other(user):
    User.objects.filter(pk=user.pk).update(is_active=False)
    hashers = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "django.contrib.auth.hashers.MD5PasswordHasher"]

    with override_settings(PASSWORD_HASHERS=hashers):
        answer = Client().post("/admin/login/", {"username": user.email, "password": PASSWORD})

    assert answer.status_code == 200
    assert User.objects.get(pk=user.pk).password == user.password
