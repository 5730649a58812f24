"""The pages on which people keep their own second factors."""

import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.declared_settings import SECOND_FACTOR_ROLES
from accounts.models import AuthenticatorApp, LoginAttempt, Passkey, RecoveryCode
from accounts.requirements import REQUIREMENTS
from accounts.second_factor import recovery
from configuration.changing import put
from core.models import UserRole
from tests.accounts.log_in.logging_in import (
    HOME,
    SECOND,
    WRONG,
    code_now,
    first_step,
    is_logged_in,
    second_step,
    with_app,
)
from tests.factories.accounts import PasskeyFactory
from tests.factories.core import PASSWORD, UserFactory, home_school
from tests.schema.rows import execute

pytestmark = pytest.mark.django_db

FACTOR = "/admin/account/second-factor/"
PASSKEYS = "/admin/account/passkeys/"
CODES = "/admin/account/recovery-codes/"
PAGES = pytest.mark.parametrize("address", [FACTOR, PASSKEYS, CODES])


@pytest.fixture
def inside(visitor, nurse):
    """A browser in which the nurse has just shown the password."""
    first_step(visitor, nurse.email)
    return visitor


def secret_on(page):
    """The secret that a page shows."""
    (secret,) = re.findall(r'account-secret">([A-Z2-7 ]+)<', page.content.decode())
    return secret.replace(" ", "")


def codes_on(page):
    """The recovery codes that a page shows."""
    return re.findall(r"<code>([0-9a-z-]{19})</code>", page.content.decode())


def set_up(visitor):
    """Set an authenticator app up; returns its secret and the page that follows."""
    visitor.post(FACTOR, {"action": "begin"})
    secret = secret_on(visitor.get(FACTOR))
    return secret, visitor.post(FACTOR, {"action": "confirm", "code": code_now(secret)})


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_an_app_is_set_up_with_a_code_of_it_and_comes_with_recovery_codes(inside, nurse):
    secret, page = set_up(inside)

    assert AuthenticatorApp.objects.get().confirmed_at is not None
    assert len(codes_on(page)) == 10
    assert inside.session["second_factor"]["method"] == "authenticator"
    other = Client()
    assert first_step(other, nurse.email)["Location"] == SECOND
    second_step(other, code_now(secret, steps=1))
    assert is_logged_in(other)


def test_recovery_codes_are_shown_once(inside):
    _, page = set_up(inside)

    assert codes_on(page) != []
    assert "no-store" in page["Cache-Control"]
    assert [codes_on(inside.get(address)) for address in (FACTOR, CODES)] == [[], []]


def test_a_wrong_code_sets_nothing_up(inside):
    inside.post(FACTOR, {"action": "begin"})

    page = inside.post(FACTOR, {"action": "confirm", "code": "000000"})

    assert page.status_code == 200
    assert AuthenticatorApp.objects.get().confirmed_at is None
    assert "This code is not right" in page.content.decode()


def test_the_code_that_set_it_up_does_not_open_the_log_in(inside, nurse):
    secret, _ = set_up(inside)
    other = Client()
    first_step(other, nurse.email)
    second_step(other, code_now(secret))

    assert not is_logged_in(other)


def test_another_app_takes_the_place_of_the_first_once_it_is_confirmed(inside, nurse):
    old, _ = set_up(inside)
    inside.post(FACTOR, {"action": "begin"})
    new = secret_on(inside.get(FACTOR))
    assert AuthenticatorApp.objects.filter(confirmed_at__isnull=False).count() == 1

    page = inside.post(FACTOR, {"action": "confirm", "code": code_now(new)})

    assert page["Location"] == FACTOR
    assert new != old
    assert AuthenticatorApp.objects.count() == 1
    assert recovery.codes_left(nurse) == 10


def test_setting_up_can_be_left(inside):
    inside.post(FACTOR, {"action": "begin"})
    inside.post(FACTOR, {"action": "cancel"})

    assert AuthenticatorApp.objects.count() == 0


def test_a_secret_that_nobody_confirmed_is_shown_for_a_quarter_of_an_hour(inside):
    inside.post(FACTOR, {"action": "begin"})
    secret = secret_on(inside.get(FACTOR))
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE authenticator_apps DISABLE TRIGGER USER")
    execute("UPDATE authenticator_apps SET created_at = created_at - interval '16 minutes'")
    execute("ALTER TABLE authenticator_apps ENABLE TRIGGER USER")

    assert "account-secret" not in inside.get(FACTOR).content.decode()
    inside.post(FACTOR, {"action": "confirm", "code": code_now(secret)})
    assert AuthenticatorApp.objects.get().confirmed_at is None


def test_the_last_factor_goes_and_its_recovery_codes_with_it(inside):
    set_up(inside)

    inside.post(FACTOR, {"action": "remove"})

    assert (AuthenticatorApp.objects.count(), RecoveryCode.objects.count()) == (0, 0)


def test_the_last_factor_stays_where_the_role_asks_for_one(inside, nurse):
    set_up(inside)
    put(SECOND_FACTOR_ROLES, ["NURSE"], reason="Everybody")

    response = inside.post(FACTOR, {"action": "remove"})

    assert AuthenticatorApp.objects.count() == 1
    assert "Set up another one first" in said(response)[0]
    passkey = PasskeyFactory.create(user=nurse)
    inside.post(PASSKEYS, {"action": "remove", "id": passkey.pk})
    assert Passkey.objects.count() == 0
    inside.post(FACTOR, {"action": "remove"})
    assert AuthenticatorApp.objects.count() == 1


def test_new_recovery_codes_are_made_on_demand(inside, nurse):
    _, page = set_up(inside)
    old = codes_on(page)

    new = codes_on(inside.post(CODES))

    assert len({*old, *new}) == 20
    assert not recovery.take_code(nurse, old[0])


def test_without_a_factor_there_are_no_recovery_codes(inside):
    assert codes_on(inside.post(CODES)) == []
    assert RecoveryCode.objects.count() == 0


# --- Passkeys: what needs no device -----------------------------------------------------------------------------------


@pytest.fixture
def with_passkey(inside, nurse):
    """The nurse's passkey, shown in the session."""
    passkey = PasskeyFactory.create(user=nurse)
    session = inside.session
    session["second_factor"] = {"method": "passkey", "at": 0}
    session.save()
    return passkey


def test_a_passkey_is_named_and_removed_by_its_owner(inside, with_passkey):
    inside.post(PASSKEYS, {"action": "rename", "id": with_passkey.pk, "name": " Blue key "})
    assert Passkey.objects.get().name == "Blue key"

    inside.post(PASSKEYS, {"action": "remove", "id": with_passkey.pk})
    assert Passkey.objects.count() == 0


@pytest.mark.parametrize("action", ["rename", "remove"])
def test_the_passkey_of_somebody_else_is_out_of_reach(inside, action):
    theirs = PasskeyFactory.create(name="Theirs")

    inside.post(PASSKEYS, {"action": action, "id": theirs.pk, "name": "Mine"})

    assert Passkey.objects.get().name == "Theirs"


@pytest.mark.parametrize("key", ["", "x", "0" * 32, "\0"])
def test_a_key_that_is_none_changes_nothing(inside, with_passkey, key):
    inside.post(PASSKEYS, {"action": "remove", "id": key})

    assert Passkey.objects.count() == 1


# --- Who may ----------------------------------------------------------------------------------------------------------


@PAGES
def test_each_page_asks_who_is_there(visitor, nurse, address):
    assert visitor.get(address)["Location"].startswith("/admin/login/")

    visitor.force_login(nurse)
    assert "Your password, please" in visitor.get(address).content.decode()


@PAGES
def test_ten_minutes_after_the_password_it_is_asked_for_again(inside, address):
    assert "Your password, please" not in inside.get(address).content.decode()
    session = inside.session
    session["shown_at"]["at"] -= 601
    session.save()

    assert "Your password, please" in inside.get(address).content.decode()
    inside.post(address, {"action": "begin"})
    assert (AuthenticatorApp.objects.count(), RecoveryCode.objects.count()) == (0, 0)
    assert inside.post(address, {"password": PASSWORD})["Location"] == address
    assert "Your password, please" not in inside.get(address).content.decode()


@PAGES
def test_a_colleague_s_own_password_does_not_stand_in_for_it(inside, nurse, address):
    """Whoever finds a computer unlocked begins a log-in of their own in it, and leaves it at the second step."""
    colleague = UserFactory.create(school=home_school())
    with_app(colleague)
    session = inside.session
    session["shown_at"]["at"] -= 601
    session.save()

    assert first_step(inside, colleague.email)["Location"] == SECOND

    assert "Your password, please" in inside.get(address).content.decode()
    inside.post(address, {"action": "begin"})
    assert AuthenticatorApp.objects.filter(user=nurse).count() == 0


def test_the_password_asked_for_again_is_guessed_five_times_and_no_more(visitor, nurse):
    visitor.force_login(nurse)

    assert [visitor.post(FACTOR, {"password": WRONG}).status_code for _ in range(7)] == [200] * 5 + [429] * 2
    assert LoginAttempt.objects.count() == 5
    assert visitor.post(FACTOR, {"password": PASSWORD}).status_code == 429
    assert first_step(Client(), nurse.email).status_code == 429


@PAGES
def test_a_factor_set_up_elsewhere_is_asked_for_before_it_is_changed(inside, nurse, address):
    secret = with_app(nurse)

    assert inside.get(address)["Location"] == SECOND
    assert inside.post(address, {"action": "remove"})["Location"] == SECOND
    assert AuthenticatorApp.objects.count() == 1
    assert second_step(inside, code_now(secret))["Location"] == address
    assert inside.get(address).status_code == 200


# --- Where the role asks for one --------------------------------------------------------------------------------------


@pytest.fixture
def asked(visitor, monkeypatch):
    """A browser of a district administrator, of whom a second factor is asked by default."""
    monkeypatch.setattr("accounts.middleware.REQUIREMENTS", REQUIREMENTS)
    user = UserFactory.create(role=UserRole.DISTRICT_ADMIN, district=home_school().district)
    first_step(visitor, user.email)
    return visitor


@pytest.mark.parametrize("address", [HOME, "/admin/core/user/", "/admin/find/", "/admin/password_change/"])
def test_without_a_factor_every_page_leads_to_where_it_is_set_up(asked, address):
    assert asked.get(address)["Location"] == FACTOR
    assert asked.post(address)["Location"] == FACTOR


@PAGES
def test_where_a_factor_is_set_up_is_open(asked, address):
    assert asked.get(address).status_code == 200


def test_once_it_is_set_up_the_pages_are_open(asked):
    set_up(asked)

    assert is_logged_in(asked)


def test_of_other_roles_none_is_asked(asked, nurse):
    other = Client()
    first_step(other, nurse.email)

    assert is_logged_in(other)


def test_a_superuser_is_asked_as_an_administrator(asked):
    other = Client()
    first_step(other, UserFactory.create(role=UserRole.VIEWER, is_superuser=True).email)

    assert other.get(HOME)["Location"] == FACTOR


def test_whoever_is_asked_may_log_out(asked):
    assert asked.post("/admin/logout/").status_code == 200
    assert "_auth_user_id" not in asked.session


# --- A colleague's ----------------------------------------------------------------------------------------------------


def ask_reset(administrator, *users, **more):
    return administrator.post(
        "/admin/core/user/",
        {"action": "reset_second_factor", "_selected_action": [user.pk for user in users], **more},
    )


def test_a_reset_is_offered_on_the_page_of_the_colleague_and_not_on_ones_own(nurse):
    administrator = UserFactory.create(role=UserRole.ADMIN)
    visitor = Client()
    visitor.force_login(administrator)
    with_app(nurse)
    theirs, own = (f"/admin/core/user/{user.pk}/change/" for user in (nurse, administrator))

    assert 'value="reset_second_factor"' in (page := visitor.get(theirs).content.decode())
    assert 'value="log_out_everywhere"' in page
    assert 'value="invite_again"' not in page
    assert 'value="reset_second_factor"' not in visitor.get(own).content.decode()
    pressed = {"CHANGE_FORM-action": "reset_second_factor", "_selected_action": nurse.pk}
    assert "How you know" in visitor.post(theirs, pressed).content.decode()
    done = visitor.post(theirs, pressed | {"post": "yes", "reason": "Lost the phone; called back"}, follow=True)

    assert said(done) == ["Second factor of 1 user reset."]
    assert AuthenticatorApp.objects.count() == 0


def test_a_reset_asks_for_the_reason_and_then_resets(nurse):
    administrator = UserFactory.create(role=UserRole.ADMIN)
    visitor = Client()
    visitor.force_login(administrator)
    with_app(nurse)

    asked = ask_reset(visitor, nurse)
    assert "How you know" in asked.content.decode()
    assert "recovery codes open nothing any more, and their sessions end" in asked.content.decode()
    assert AuthenticatorApp.objects.count() == 1
    ask_reset(visitor, nurse, post="yes", reason="")
    assert AuthenticatorApp.objects.count() == 1
    done = ask_reset(visitor, nurse, post="yes", reason="Lost the phone; called back")

    assert said(done) == ["Second factor of 1 user reset."]
    assert AuthenticatorApp.objects.count() == 0
    other = Client()
    first_step(other, nurse.email)
    assert is_logged_in(other)


def test_a_reset_leaves_those_one_may_not_manage(nurse):
    administrator = UserFactory.create(role=UserRole.DISTRICT_ADMIN, district=home_school().district)
    visitor = Client()
    visitor.force_login(administrator)
    above = UserFactory.create(role=UserRole.ADMIN)
    with_app(above)

    done = ask_reset(visitor, above, nurse, administrator, post="yes", reason="Lost")

    assert said(done) == ["1 user had none.", "2 users left as before: your own account, or one you may not manage."]
    assert AuthenticatorApp.objects.count() == 1


def test_a_reset_ends_the_sessions_of_whoever_found_the_phone(nurse):
    administrator = UserFactory.create(role=UserRole.ADMIN)
    visitor, finder = Client(), Client()
    visitor.force_login(administrator)
    finder.force_login(nurse)
    with_app(nurse)

    ask_reset(visitor, nurse, post="yes", reason="Lost the phone; called back")

    assert not is_logged_in(finder)
    assert is_logged_in(visitor)
