"""Attacks on all forms at once: requests forged elsewhere, frames, hosts, and fields that a form does not have."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from core.models import User, UserRole
from tests.accounts.links import is_in, logged_in
from tests.admin.pages import form_data
from tests.factories.core import PASSWORD, SchoolFactory, UserFactory, home_school
from tests.leaks.addresses import Page, pages

pytestmark = pytest.mark.django_db

NOBODY = "00000000-0000-0000-0000-000000000007"
FILLED = {"app_label": "core", "url": "nothing/", "uidb64": "eA", "token": "abc-def", "content_type_id": "1"}


def address_of(page: Page) -> str:
    return page.address({name: FILLED.get(name, NOBODY) for name in page.parameters})


ADDRESSES = sorted({address_of(page) for page in pages()})


@pytest.fixture
def user():
    return UserFactory.create(role=UserRole.ADMIN)


def test_the_walk_finds_the_pages():
    assert len(ADDRESSES) > 100
    assert {"/admin/login/", "/admin/account/sessions/", "/account/forgotten/"} <= set(ADDRESSES)


def test_no_address_takes_a_post_without_a_token(user):
    """Every URL of the site: a POST that another site's page sends, with the cookie of the log-in, is refused."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    taken = {}
    for path in ADDRESSES:
        answer = client.post(path, {"post": "yes", "action": "delete_selected"})
        if answer.status_code != 403:
            taken[path] = answer.status_code

    # The search of the log-in page's address for whoever is in, and the way from "/" to the admin: they do nothing.
    assert {path: status for path, status in taken.items() if status not in (301, 405)} == {}
    assert set(taken) <= {"/", "/account/forgotten/sent/", "/account/password-is-set/"}


def test_a_token_of_another_browser_is_refused(user):
    mine, theirs = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    mine.force_login(user)
    mine.get("/admin/account/sessions/")
    theirs.get("/admin/login/")

    answer = mine.post("/admin/account/sessions/", {"csrfmiddlewaretoken": theirs.cookies["csrftoken"].value})

    assert answer.status_code == 403


@pytest.mark.parametrize("who", ["somebody", "nobody"])
def test_no_page_is_shown_in_a_frame_of_another_site(user, who):
    client = Client()
    if who == "somebody":
        client.force_login(user)
    for path in ADDRESSES:
        answer = client.get(path)
        if answer.status_code == 200:
            assert answer.headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN"), path


def test_a_host_that_is_not_ours_is_refused_before_anything_is_done(user):
    client = Client()
    client.force_login(user)
    for path in ("/admin/", "/admin/login/", "/account/forgotten/", "/"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 400, path


def test_no_redirect_leads_to_another_host(user):
    client = Client()
    evil = ("https://evil.example/", "//evil.example/", "https:evil.example", "/\\evil.example", "javascript:alert(1)")
    for path in evil:
        answer = client.post(f"/admin/login/?next={path}", {"username": user.email, "password": PASSWORD, "next": path})
        assert answer.status_code == 302
        assert urlsplit(answer["Location"]).netloc == ""
        assert answer["Location"] == "/admin/", path
        client.logout()
    for path in ADDRESSES:
        answer = client.get(path, headers={"X-Forwarded-Host": "evil.example"})
        if "Location" in answer.headers:
            assert "evil" not in answer["Location"], path


ABOVE = {
    "role": "ADMIN",
    "is_superuser": "on",
    "is_active": "on",
    "is_staff": "on",
    "email_verified": "on",
    "password": "pbkdf2_sha256$1$x$y",
    "password_changed_at_0": "2099-01-01",
    "invited_at_0": "2099-01-01",
    "known_to": "{00000000-0000-0000-0000-000000000000}",
    "last_login_0": "2099-01-01",
    "id": NOBODY,
}
WATCHED = ("role", "is_superuser", "is_active", "email_verified", "password", "known_to", "school_id", "district_id")


def state_of_users():
    return {row.pop("pk"): row for row in User.objects.values("pk", *WATCHED)}


@pytest.mark.parametrize("role", [role for role in UserRole if role != UserRole.ADMIN])
def test_no_form_that_a_role_can_post_gives_anybody_a_role_a_school_or_a_password(role, client_as):
    """Every form about users and one's account, with all fields of an account thrown in."""
    home = home_school()
    client = client_as(role)
    colleague = UserFactory.create(school=home, role=UserRole.NURSE)
    administrator = UserFactory.create(role=UserRole.ADMIN, school=home)
    before = state_of_users()
    school = SchoolFactory.create()
    elsewhere = {"school": str(school.pk), "district": str(school.district_id)}

    for path in (
        f"/admin/core/user/{client.user.pk}/change/",
        f"/admin/core/user/{administrator.pk}/change/",
        "/admin/account/",
        "/admin/account/sessions/",
        "/admin/account/sessions/keep/",
        "/admin/password_change/",
        "/account/forgotten/",
    ):
        shown = client.get(path)
        form = form_data(shown) if shown.context and "adminform" in shown.context else {}
        client.post(path, form | ABOVE | elsewhere)
        client.post(path, form | ABOVE)
    if role != UserRole.DISTRICT_ADMIN:
        client.post(f"/admin/core/user/{colleague.pk}/change/", ABOVE | {"first_name": "A", "last_name": "B"})
        client.post("/admin/core/user/add/", ABOVE | {"first_name": "A", "last_name": "B", "email": "e@example.org"})

    after = state_of_users()
    assert after.keys() == before.keys()
    for key, row in before.items():
        known = after[key].pop("known_to")
        assert set(row.pop("known_to")) <= set(known)
        assert after[key] == row


def test_a_district_administrator_gives_roles_below_administrators_and_nothing_more(client_as):
    district = client_as(UserRole.DISTRICT_ADMIN)
    colleague = UserFactory.create(school=home_school(), role=UserRole.VIEWER)
    path = f"/admin/core/user/{colleague.pk}/change/"
    form = form_data(district.get(path))

    district.post(path, form | ABOVE)
    assert User.objects.get(pk=colleague.pk).role == UserRole.VIEWER
    district.post(path, form | ABOVE | {"role": "NURSE"})

    found = User.objects.get(pk=colleague.pk)
    assert (found.role, found.is_superuser, found.email_verified, found.password) == (
        UserRole.NURSE,
        False,
        colleague.email_verified,
        colleague.password,
    )


def test_a_role_that_was_taken_away_ends_the_log_in_at_once(client_as, administrator):
    colleague = UserFactory.create(school=home_school(), role=UserRole.NURSE)
    client = logged_in(colleague)
    path = f"/admin/core/user/{colleague.pk}/change/"

    answer = administrator.post(path, form_data(administrator.get(path)) | {"role": "VIEWER"})

    assert answer.status_code == 302
    assert not is_in(client)
