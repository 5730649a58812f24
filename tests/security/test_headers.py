"""What every answer tells the browser: all addresses of the site, errors included, whoever asks."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client
from django.urls import reverse

from core.content_security import IN_A_DIALOG, NO_PAGE, PDF, PLAIN_PAGE
from core.models import Student, UserRole
from tests.admin.pages import page
from tests.factories.core import SchoolFactory, StudentFactory, UserFactory
from tests.leaks.addresses import pages

pytestmark = pytest.mark.django_db

NOBODYS = {"object_id": "00000000-0000-0000-0000-000000000007", "app_label": "core", "url": "nothing/there/"}


def policy(response):
    """Directives of the response's policy, with their words."""
    text = response.headers["Content-Security-Policy"]
    return {name: words for name, *words in (directive.split() for directive in text.split(";"))}


def nonce(response):
    """The nonce of the styles that the policy allows."""
    found = re.search(r"'nonce-([\w-]{20,})'", response.headers["Content-Security-Policy"])
    return found[1] if found else ""


def addresses():
    """An address of every page: keys are nobody's, because headers are of every answer."""
    for each in pages():
        yield each.address({name: NOBODYS.get(name, NOBODYS["object_id"]) for name in each.parameters})


@pytest.fixture(params=[None, UserRole.NURSE, UserRole.ADMIN], ids=["nobody", "nurse", "admin"])
def visitor(request):
    client = Client(raise_request_exception=False)
    if request.param:
        client.force_login(UserFactory.create(role=request.param))
    return client


def test_every_answer_of_every_address_has_all_headers(visitor):
    wrong, seen = [], set()
    for address in addresses():
        for method in (visitor.get, visitor.post):
            response = method(address, secure=True)
            seen.add(response.status_code)
            found = response.headers
            rules = policy(response)
            if not (
                found["X-Content-Type-Options"] == "nosniff"
                and found["Referrer-Policy"] == "same-origin"
                and found["Cross-Origin-Opener-Policy"] == "same-origin"
                and found["Cross-Origin-Resource-Policy"] == "same-origin"
                and found["X-Frame-Options"] == "DENY"
                and "camera=()" in found["Permissions-Policy"]
                and found["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains")
                and "no-store" in found["Cache-Control"]
                and found["X-Request-ID"]
                and rules["default-src"] == ["'none'"]
                and rules["frame-ancestors"] == ["'none'"]
                and rules["base-uri"] == ["'none'"]
                and "'unsafe-inline'" not in rules.get("script-src", [])
            ):
                wrong.append((address, response.status_code, dict(found)))

    assert wrong == []
    assert {200, 302, 403, 404} <= seen | {403, 404} if visitor.session.session_key else {200, 302} <= seen


def test_a_refused_host_has_the_headers_too(client):
    response = client.get("/admin/", HTTP_HOST="attacker.example")

    assert response.status_code == 400
    assert policy(response) == {name: [*map(str, words)] for name, words in PLAIN_PAGE.items()} | {
        "style-src": ["'self'"]
    }
    assert (response.headers["X-Frame-Options"], response.headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert "attacker" not in response.content.decode()


def test_the_icon_that_browsers_look_for_is_there(client):
    response = client.get("/favicon.ico")

    assert (response.status_code, response.headers["Location"]) == (302, static("whitecross/icon.svg"))


def test_only_pages_of_alpine_may_compile_code(client):
    user = UserFactory.create(role=UserRole.NURSE, school=SchoolFactory.create())
    client.force_login(user)
    student = StudentFactory.create(school=user.school)
    card = reverse("admin:core_student_card", args=[student.pk])

    assert "'unsafe-eval'" in policy(client.get("/admin/"))["script-src"]
    assert policy(client.get(card))["script-src"] == ["'self'"]
    assert policy(client.get("/admin/nothing/there/"))["script-src"] == ["'self'"]


def test_a_page_of_the_admin_that_refuses_may_use_alpine_too(client):
    """Else the log-in page of a locked account stays blurred, and says nothing."""
    guess = {"username": "nobody@example.org", "password": "not the password"}
    answers = [client.post("/admin/login/", guess) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "'unsafe-eval'" in policy(answers[-1])["script-src"]


def test_the_nonce_of_a_style_is_another_each_time_and_none_where_none_is_needed(client):
    user = UserFactory.create(role=UserRole.NURSE, school=SchoolFactory.create())
    client.force_login(user)
    card = reverse("admin:core_student_card", args=[StudentFactory.create(school=user.school).pk])

    first, second = client.get(card), client.get(card)

    nonces = [nonce(first), nonce(second)]
    assert nonces[0] != nonces[1] != ""
    assert f'<style nonce="{nonces[0]}">' in first.content.decode()
    assert policy(client.get("/admin/nothing/there/"))["style-src"] == ["'self'"]


def test_a_pdf_and_data_run_nothing(client):
    user = UserFactory.create(role=UserRole.NURSE, school=SchoolFactory.create())
    client.force_login(user)
    student = StudentFactory.create(school=user.school)

    pdf = client.get(reverse("admin:core_student_card_pdf", args=[student.pk]))
    data = client.get("/admin/autocomplete/?app_label=health&model_name=allergy&field_name=student")

    assert pdf.headers["Content-Type"] == "application/pdf"
    assert policy(pdf) == {name: [*map(str, words)] for name, words in PDF.items()}
    assert policy(data) == {name: [*map(str, words)] for name, words in NO_PAGE.items()}


def test_only_a_form_in_a_dialog_may_stand_in_a_frame_and_only_in_ours(client):
    client.force_login(UserFactory.create(role=UserRole.ADMIN))

    dialog = client.get(page(Student, "add") + "?_popup=1")

    assert policy(dialog)["frame-ancestors"] == [*map(str, IN_A_DIALOG["frame-ancestors"])] == ["'self'"]
    assert dialog.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_cookie_is_for_scripts_and_other_sites_not_to_be_had(client):
    user = UserFactory.create(role=UserRole.NURSE)
    user.set_password("a long enough password")
    user.save()
    client.get(reverse("admin:login"))

    client.post(reverse("admin:login"), {"username": user.email, "password": "a long enough password"})

    assert set(client.cookies) == {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")


def test_our_pages_and_styles_hold_no_style_or_script_that_the_policy_would_refuse():
    root = settings.BASE_DIR
    inline = re.compile(r"<script(?![^>]*\b(?:src|type)=)|<style(?![^>]*nonce=)|\sstyle=|\son[a-z]+=[\"']|javascript:")
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in sorted(root.glob("*/templates/**/*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if inline.search(line)
    ]

    assert found == []
    assert finders.find("whitecross/colors.css")
