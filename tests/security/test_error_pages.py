"""What a person is told when something fails: in words, with the number of the request, and of nobody."""

import pytest
from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.test import Client
from django.urls import path

from core.models import Student, UserRole
from tests.factories.core import StudentFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.security.test_error_pages")]

SECRET = "Zyxwvut"


def view(raised):
    def fail(request):
        student = Student.objects.first()  # a local variable, as views have them
        raise raised(f"{SECRET} {student}")

    return fail


handler400 = "whitecross.error_pages.bad_request"
handler403 = "whitecross.error_pages.permission_denied"
handler404 = "whitecross.error_pages.not_found"
handler500 = "whitecross.unavailable.error_page"
FAILING = [
    path("400/", view(BadRequest)),
    path("400s/", view(SuspiciousOperation)),
    path("404/", view(Http404)),
    path("500/", view(ValueError)),
]
urlpatterns = [path("admin/", admin.site.urls), *FAILING]


@pytest.fixture
def visitor():
    StudentFactory.create(last_name=SECRET)
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory.create(role=UserRole.NURSE))
    return client


@pytest.mark.parametrize("address", [route.pattern._route for route in FAILING])
def test_an_error_page_names_the_request_and_nobody(address, visitor):
    response = visitor.get(f"/{address}?q={SECRET}", headers={"X-Request-ID": "tell-this-1"})

    text = response.content.decode()
    assert response.status_code == int(address[:3])
    assert "tell-this-1" in text
    assert SECRET not in text


@pytest.mark.parametrize("address", [route.pattern._route for route in FAILING if "404" not in str(route.pattern)])
@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_not_even_debug_shows_variables_and_texts(address, accept, visitor, settings):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["testserver"]

    response = visitor.post(f"/{address}", {"name": SECRET}, headers={"Accept": accept})

    text = response.content.decode()
    assert response.status_code == int(address[:3])
    assert "Traceback (most recent call last):" in text
    assert "in fail" in text
    assert SECRET not in text
    assert "SECRET_KEY" not in text


@pytest.mark.urls("whitecross.urls")
def test_a_form_without_its_token_is_told_the_number_too():
    response = Client(enforce_csrf_checks=True).post(
        "/admin/login/", {"username": SECRET}, headers={"X-Request-ID": "tell-this-2"}
    )

    assert response.status_code == 403
    assert "tell-this-2" in response.content.decode()
    assert SECRET not in response.content.decode()


def test_a_refusal_says_why_in_words_of_the_view():
    from django.test import RequestFactory

    from whitecross.error_pages import permission_denied

    response = permission_denied(RequestFactory().get("/"), PermissionDenied("Ask the principal."))

    assert "Ask the principal." in response.content.decode()
