"""Links in e-mails: an invitation makes the first password, a reset another. Each works once, for a while."""

import logging
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import outbox
from accounts.console import EmailBackend
from accounts.invitations import _invitation, invite
from accounts.models import UserSession
from accounts.passwords import _reset
from accounts.tokens import invitation_tokens, key_in_link, reset_tokens
from core.acting import acting_as
from core.models import User, UserRole
from tests.accounts.links import NEW_PASSWORD, is_in, link_in, logged_in, open_link, set_password
from tests.accounts.test_sessions_limits import set_to
from tests.admin.pages import form_data
from tests.factories.core import PASSWORD, UserFactory, home_school

pytestmark = pytest.mark.django_db

FORGOTTEN = "/account/forgotten/"


@pytest.fixture
def user():
    return UserFactory.create(school=home_school())


@pytest.fixture
def invited(letters, administrator):
    """A new user, made by the form of the admin, and the path in the letter."""
    with letters() as sent:
        administrator.post(
            "/admin/core/user/add/",
            {
                "email": "mary.jones@example.org",
                "first_name": "Mary",
                "last_name": "Jones",
                "role": "NURSE",
                "school": home_school().pk,
            },
        )
    (letter,) = sent
    return User.objects.get(email="mary.jones@example.org"), link_in(letter)


def ask(letters, email, client=None, **more):
    with letters() as sent:
        answer = (client or Client()).post(FORGOTTEN, {"email": email}, **more)
    return answer, sent


def is_shut(path):
    page = open_link(Client(), path)
    return "holds no longer" in page.content.decode() and "new_password1" not in page.content.decode()


# --- Invitations ----------------------------------------------------------------------------------------------------


def test_a_new_user_has_no_password_and_sets_it_by_the_link(invited):
    mary, path = invited
    assert (mary.has_usable_password(), mary.email_verified, mary.password_changed_at) == (False, False, None)
    browser = Client()

    page = open_link(browser, path)
    assert path.split("/")[-2] not in page.redirect_chain[-1][0]
    done = set_password(browser, page)

    assert done["Location"] == "/account/password-is-set/"
    mary.refresh_from_db()
    assert (mary.email_verified, mary.must_change_password) == (True, False)
    assert mary.password_changed_at is not None
    assert is_in(logged_in(mary, NEW_PASSWORD))


def test_the_letter_is_short_plain_and_names_nobody_else(invited):
    letter: Any = mail.outbox[0]

    assert (letter.to, letter.subject) == (["mary.jones@example.org"], "Your account at White Cross")
    assert letter.body.startswith("Hello Mary,")
    assert "72 hours" in letter.body
    html = letter.alternatives[0]
    assert html.mimetype == "text/html"
    assert "<script" not in html.content
    assert "style" not in html.content


def test_an_invitation_works_once(invited):
    _, path = invited
    browser, late = Client(), Client()
    page, late_page = open_link(browser, path), open_link(late, path)

    set_password(browser, page)
    again = set_password(late, late_page, "another long passphrase")

    assert "holds no longer" in again.content.decode()
    assert is_shut(path)
    assert User.objects.get(email="mary.jones@example.org").check_password(NEW_PASSWORD)


@pytest.mark.parametrize("what", ["deactivated", "back again", "other address", "invited again", "password set"])
def test_an_invitation_dies_with_what_it_was_for(invited, letters, administrator, what):
    mary, path = invited
    rows = User.objects.filter(pk=mary.pk)
    if what == "deactivated":
        rows.update(is_active=False)
    elif what == "back again":
        rows.update(is_active=False)
        rows.update(is_active=True)
    elif what == "other address":
        rows.update(email="mary.other@example.org")
    elif what == "invited again":
        with letters() as sent:
            administrator.post("/admin/core/user/", {"action": "invite_again", "_selected_action": [str(mary.pk)]})
        assert not is_shut(link_in(sent[0]))
    else:
        mary.set_password("set by a command, say")
        mary.save()

    assert is_shut(path)


def test_an_invitation_ends_after_the_hours_of_the_configuration(invited, monkeypatch):
    _, path = invited
    now = invitation_tokens._now()

    monkeypatch.setattr(invitation_tokens, "_now", lambda: now + timedelta(hours=71, minutes=59))
    assert not is_shut(path)
    monkeypatch.setattr(invitation_tokens, "_now", lambda: now + timedelta(hours=72, seconds=2))
    assert is_shut(path)
    set_to("account.invitation_hours", 200)
    assert not is_shut(path)


def test_a_link_that_was_tampered_with_is_shut(invited, user):
    _, path = invited
    key, token = path.strip("/").split("/")[-2:]
    wrong = [
        f"/account/invitation/{key_in_link(user)}/{token}/",
        f"/account/invitation/{key}/{token[:-1]}{'0' if token[-1] != '0' else '1'}/",
        f"/account/invitation/{key}/zzzzzz-{token.split('-')[1]}/",
        f"/account/invitation/{key}/set-password/",
        f"/account/invitation/nonsense/{token}/",
        f"/account/forgotten/{key}/{token}/",
        f"/account/invitation/{key_in_link(user)}/{reset_tokens.make_token(user)}/",
    ]
    for path in wrong:
        assert is_shut(path), path


def test_an_invitation_opened_by_one_is_not_finished_by_another(invited, user):
    """The token is in the session of who opened the link; the address without it leads nowhere."""
    _, path = invited
    page = open_link(Client(), path)

    assert "holds no longer" in Client().get(page.redirect_chain[-1][0]).content.decode()


def test_who_is_logged_in_stays_so_while_a_link_for_another_is_used(invited, administrator):
    mary, path = invited

    set_password(administrator, open_link(administrator, path))

    assert administrator.get("/admin/account/").context["person"] == administrator.user
    assert User.objects.get(pk=mary.pk).check_password(NEW_PASSWORD)


def test_a_weak_first_password_is_refused(invited):
    _, path = invited
    browser = Client()

    answer = set_password(browser, open_link(browser, path), "mary.jones")

    assert answer.status_code == 200
    assert not User.objects.get(email="mary.jones@example.org").has_usable_password()


def test_who_has_a_password_is_not_invited(letters, administrator, user):
    with letters() as sent:
        answer = administrator.post(
            "/admin/core/user/", {"action": "invite_again", "_selected_action": [str(user.pk)]}, follow=True
        )

    assert "0 invited." in answer.content.decode()
    assert sent == []


def test_a_district_administrator_invites_for_the_own_district_alone(letters, client_as):
    district = client_as(UserRole.DISTRICT_ADMIN)
    elsewhere = UserFactory.create(school=None)
    elsewhere.set_unusable_password()
    elsewhere.save()

    with letters() as sent, acting_as(district.user):
        invite([elsewhere.pk])

    assert sent == []
    assert User.objects.get(pk=elsewhere.pk).invited_at is None


def test_another_address_of_somebody_who_has_yet_to_come_is_invited(invited, letters, administrator):
    mary, path = invited
    form = form_data(administrator.get(f"/admin/core/user/{mary.pk}/change/"))
    with letters() as sent:
        administrator.post(f"/admin/core/user/{mary.pk}/change/", form | {"email": "mary@example.org"})

    assert [letter.to for letter in sent] == [["mary@example.org"]]
    assert is_shut(path)
    assert not is_shut(link_in(sent[0]))


# --- Resets ---------------------------------------------------------------------------------------------------------


def test_a_mailbox_is_not_flooded_and_the_account_not_locked(letters, user):
    asked = [ask(letters, user.email, REMOTE_ADDR=f"192.0.2.{number}") for number in range(7)]

    assert [len(sent) for _, sent in asked] == [1] * 5 + [0] * 2
    assert {answer.status_code for answer, _ in asked} == {302}
    assert {answer["Location"] for answer, _ in asked} == {"/account/forgotten/sent/"}
    assert logged_in(user)
    assert len(ask(letters, UserFactory.create(school=home_school()).email)[1]) == 1


def test_an_address_asks_for_no_more_links_than_it_may_guess(letters):
    people = UserFactory.create_batch(11, school=home_school())
    set_to("lockout.address_failures", 10)

    assert [len(ask(letters, person.email)[1]) for person in people] == [1] * 10 + [0]


def test_a_forgotten_password_is_set_anew_and_all_log_ins_end(letters, user):
    thief = logged_in(user)
    _, (letter,) = ask(letters, user.email.upper())
    browser = Client()

    done = set_password(browser, open_link(browser, link_in(letter)))

    assert done.status_code == 302
    assert not is_in(thief)
    assert is_in(logged_in(user, NEW_PASSWORD))
    assert is_shut(link_in(letter))


def test_a_reset_link_ends_after_its_minutes_and_with_the_next_log_in(letters, user, monkeypatch):
    _, (letter,) = ask(letters, user.email)
    path, now = link_in(letter), reset_tokens._now()

    with monkeypatch.context() as later:
        later.setattr(reset_tokens, "_now", lambda: now + timedelta(minutes=61))
        assert is_shut(path)
    assert not is_shut(path)
    logged_in(user)
    assert is_shut(path)


def test_the_answer_is_the_same_for_an_address_that_nobody_has(letters, user):
    gone = UserFactory.create(is_active=False)
    answers = {}
    for email in (user.email, gone.email, "nobody@example.org"):
        answer, _ = ask(letters, email)
        shown = Client().get(answer["Location"])
        answers[email] = (answer.status_code, answer["Location"], answer.content, shown.content.count(b"somebody"))

    assert len(set(answers.values())) == 1
    assert [letter.to for letter in mail.outbox] == [[user.email]]


def test_the_request_does_the_same_for_an_address_that_nobody_has(letters, user, django_assert_num_queries):
    """Who it is, is found out after the answer, in another thread: no time tells."""
    asked = {}
    for email in (user.email, "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            Client().post(FORGOTTEN, {"email": email})
        asked[email] = [re.sub(r"s\d+_x\d+|\\x[0-9a-f]+", "", query["sql"])[:40] for query in queries]

    assert asked[user.email] == asked["nobody@example.org"]
    assert "users" not in str(asked)


def test_nothing_is_sent_for_a_request_that_fails(letters, user, monkeypatch):
    with letters() as sent:
        Client().post(FORGOTTEN, {"email": "not an address"})

    assert sent == []


@pytest.mark.parametrize("host", ["evil.example", "testserver"])
def test_links_name_the_host_of_the_settings_whatever_a_request_claims(letters, user, settings, host):
    settings.ALLOWED_HOSTS = ["*"]
    settings.PUBLIC_ADDRESS = "https://records.example.org"

    _, (letter,) = ask(letters, user.email, HTTP_HOST=host, HTTP_X_FORWARDED_HOST="evil.example")

    assert "https://records.example.org/account/forgotten/" in letter.body
    assert host not in letter.body
    assert "evil" not in letter.body + str(letter.alternatives)


def test_a_letter_that_cannot_be_sent_is_logged_without_the_address(user, caplog, monkeypatch):
    class Refusing:
        def send(self):
            raise ConnectionRefusedError(f"no mail for {user.email}")

    monkeypatch.setattr(outbox, "write", lambda letter, *arguments: Refusing())
    monkeypatch.setattr(connection, "close", lambda: None)
    with caplog.at_level(logging.ERROR):
        outbox._write_and_send(_reset, (user.email,))

    assert "A letter could not be sent: ConnectionRefusedError" in caplog.text
    assert user.email not in caplog.text


def test_a_link_opened_makes_a_session_of_nobody(letters, user):
    _, (letter,) = ask(letters, user.email)
    browser = Client()
    open_link(browser, link_in(letter))

    row = UserSession.objects.get()
    assert row.user is None
    assert row.expire_date < timezone.now() + timedelta(hours=1, seconds=5)
    assert not is_in(browser)


def test_who_is_deactivated_meanwhile_sets_no_password(letters, user):
    _, (letter,) = ask(letters, user.email)
    browser = Client()
    page = open_link(browser, link_in(letter))
    User.objects.filter(pk=user.pk).update(is_active=False)

    set_password(browser, page)

    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_a_letter_on_the_console_has_a_link_that_can_be_followed(invited):
    """Not broken over lines, as in what is sent."""
    user, _ = invited
    letter = outbox.write(_invitation, user.pk)
    assert letter is not None
    console = StringIO()

    EmailBackend(stream=console, alias="default").send_messages([letter])

    told = console.getvalue()
    (link,) = re.findall(r"^https?://\S+$", told, re.MULTILINE)
    assert link.endswith(link_in(letter))
    assert f"To: {user.email}" in told
