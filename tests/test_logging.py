import io
import logging
from typing import Any

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.urls import path

from core.models import UserRole
from tests.factories.core import UserFactory


def broken(request):
    raise RuntimeError("It broke.")


urlpatterns = [path("broken/", broken)]


@pytest.fixture
def written(monkeypatch):
    """`written("console")()` - the lines that a handler of the settings has written since."""

    def listen(name):
        handler = logging.getHandlerByName(name)
        stream = io.StringIO()
        monkeypatch.setattr(handler, "stream", stream)
        return lambda: stream.getvalue().splitlines()

    return listen


def request_handler():
    """runserver's, without a connection."""
    handler: Any = WSGIRequestHandler.__new__(WSGIRequestHandler)
    handler.client_address = ("127.0.0.1", 50000)
    handler.request = None
    return handler


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        ("GET /admin/autocomplete/?term=smi%20jo HTTP/1.1", "GET /admin/autocomplete/?… HTTP/1.1"),
        ("GET /admin/core/student/?q=smith jo HTTP/1.1", "GET /admin/core/student/?… HTTP/1.1"),
        ("GET /admin/core/student/?q=smith HTTP/1.1&r=jo HTTP/1.1", "GET /admin/core/student/?… HTTP/1.1"),
        ("GET /admin/core/student/?q=smith jo", "GET /admin/core/student/?…"),
        ("GET /admin/core/student/ HTTP/1.1", "GET /admin/core/student/ HTTP/1.1"),
    ],
)
def test_the_access_log_of_runserver_has_no_query_strings(line, logged, written):
    lines = written("access")

    request_handler().log_message('"%s" %s %s', line, "200", "1234")

    assert [text.split("] ")[1] for text in lines()] == [f'"{logged}" 200 1234']


def test_the_access_log_names_no_query_of_a_malformed_request(written):
    lines = written("access")

    request_handler().log_error("code %d, message %s", 400, "Bad request syntax ('GET /?q=smith jo HTTP/1.1')")

    assert "smith" not in lines()[0]
    assert "Bad request syntax ('GET /?… HTTP/1.1')" in lines()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "line"),
    [
        (
            "/admin/health/allergy/?q=smith",
            403,
            "WARNING django.request Forbidden (Permission denied): /admin/health/allergy/",
        ),
        (
            "/admin/core/student/?allergies__isnull=0",
            400,
            "ERROR django.security.DisallowedModelAdminLookup Filtering by allergies__isnull not allowed",
        ),
        ("/no/such/page/?q=smith", 404, "WARNING django.request Not Found: /no/such/page/"),
    ],
)
def test_a_refused_request_is_one_line_of_the_log(address, status, line, client, written):
    client.force_login(UserFactory.create(role=UserRole.VIEWER))
    lines = written("console")

    response = client.get(address)

    assert response.status_code == status
    assert [text.split(" ", 2)[2] for text in lines()] == [line]


@pytest.mark.django_db
@pytest.mark.urls("tests.test_logging")
def test_an_error_of_the_server_keeps_its_traceback_and_is_said_once(client, written):
    lines = written("console")
    client.raise_request_exception = False

    response = client.get("/broken/")

    assert response.status_code == 500
    assert lines()[0].endswith("ERROR django.request Internal Server Error: /broken/")
    assert [line for line in lines() if line.startswith("RuntimeError")] == ["RuntimeError: It broke."]


def test_django_logs_through_our_handlers_only():
    assert logging.getLogger("django").handlers == []
    assert logging.getLogger("django").getEffectiveLevel() == logging.INFO
    # Those without a name are pytest's own.
    handlers = [handler.get_name() for handler in logging.getLogger("django.server").handlers if handler.get_name()]
    assert handlers == ["access"]
    assert logging.getLogger("django.server").propagate is False
