"""The log says what happened in patterns, keys and kinds; never what was asked for, typed or stored."""

import io
import json
import logging
import warnings
from typing import Any

import pytest
import structlog
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import DatabaseError, connection, transaction
from django.urls import path

from core.models import Student, UserRole
from tests.factories.core import StudentFactory, UserFactory
from whitecross.log_configuration import OUR_LOGGERS, log_configuration
from whitecross.safe_traceback import safe_text, safe_traceback


def broken(request):
    raise RuntimeError("Smith has asthma.")


def refused(request):
    Student.objects.update(grade="Smith's grade, which is far longer than the column")


urlpatterns = [path("broken/", broken), path("refused/", refused)]


@pytest.fixture
def written(monkeypatch):
    """`written()` - the events that the handler of the settings has written since, as JSON says them."""
    handler = logging.getHandlerByName("console")
    stream = io.StringIO()
    monkeypatch.setattr(handler, "stream", stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def request_handler(monkeypatch):
    """runserver's, without a connection; and its logger at a level at which it says all."""
    monkeypatch.setattr(logging.getLogger("django.server"), "level", logging.INFO)
    handler: Any = WSGIRequestHandler.__new__(WSGIRequestHandler)
    handler.client_address = ("127.0.0.1", 50000)
    handler.request = None
    return handler


@pytest.mark.parametrize(
    "asked",
    [
        "GET /admin/autocomplete/?term=smith%20jo HTTP/1.1",
        "GET /admin/core/student/?q=smith jo HTTP/1.1",
        "GET /admin/core/student/?q=smith HTTP/1.1&r=jo HTTP/1.1",
        "GET /admin/core/student/smith/ HTTP/1.1",
        "GET http://smith.example/ HTTP/1.1",
    ],
)
def test_a_line_of_runserver_has_no_address(asked, written, request_handler):
    request_handler.log_message('"%s" %s %s', asked, "404", "1234")

    assert [event["event"] for event in written()] == ['"GET /… HTTP/1.1" 404 1234']


def test_what_runserver_says_of_a_malformed_request_quotes_none_of_it(written, request_handler):
    request_handler.log_error("code %d, message %s", 400, "Bad request syntax ('GET /?q=smith jo HTTP/1.1')")

    assert "smith" not in str(written())
    assert "Bad request syntax ('GET /… HTTP/1.1')" in written()[0]["event"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "route"),
    [
        ("/admin/", 200, "admin/"),
        ("/admin/health/allergy/?q=smith", 403, "admin/health/allergy/"),
        ("/admin/core/student/?allergies__isnull=0", 400, "admin/core/student/"),
        ("/no/such/smith/?q=smith", 404, ""),
        ("/admin/core/student/smith/change/", 302, "admin/core/student/<path:object_id>/change/"),
    ],
)
def test_a_request_is_one_line_with_keys_and_patterns(address, status, route, client, written):
    user = UserFactory.create(role=UserRole.VIEWER)
    client.force_login(user)

    response = client.get(address, headers={"X-Request-ID": "r-1"})

    (event,) = [event for event in written() if not event["logger"].startswith("django.security")]
    assert response.status_code == status
    assert event.pop("timestamp").endswith("Z")
    assert event.pop("milliseconds") >= 0
    assert event == {
        "event": "request",
        "level": "warning" if status >= 400 else "info",
        "logger": "whitecross.requests",
        "method": "GET",
        "request_id": "r-1",
        "route": route,
        "status": status,
        "role": "VIEWER",
        "user": str(user.pk),
    }
    assert "smith" not in str(written())


@pytest.mark.django_db
def test_what_django_finds_suspicious_is_named_by_its_kind(client, written):
    client.force_login(UserFactory.create(role=UserRole.VIEWER))

    client.get("/admin/core/student/?allergies__isnull=0", headers={"X-Request-ID": "r-1"})
    client.get("/admin/", HTTP_HOST="smith.example")

    found = [event for event in written() if event["logger"].startswith("django.security")]
    assert [(event["level"], event["event"], "exception" in event) for event in found] == [
        ("error", "Refused: DisallowedModelAdminLookup", False),
        ("error", "Refused: DisallowedHost", False),
    ]
    assert found[0]["request_id"] == "r-1"
    assert "smith" not in str(written())


@pytest.mark.django_db
def test_whoever_is_not_logged_in_has_no_key_and_a_made_up_method_is_not_repeated(client, written):
    client.get("/admin/login/")
    client.generic("SMITH", "/admin/login/")

    assert [(each.get("user"), each["method"]) for each in written() if each["event"] == "request"] == [
        (None, "GET"),
        (None, "other"),
    ]


@pytest.mark.django_db
@pytest.mark.urls("tests.test_logging")
def test_an_error_of_the_server_says_where_and_not_what(client, written):
    client.raise_request_exception = False

    response = client.get("/broken/")

    failures = [event for event in written() if event["level"] == "error"]
    assert response.status_code == 500
    assert [event["event"] for event in failures] == ["Internal Server Error: /broken/"]
    assert failures[0]["exception"].splitlines()[0] == "Traceback (most recent call last):"
    assert failures[0]["exception"].splitlines()[-1] == "RuntimeError (its text is not logged)"
    assert "in broken" in failures[0]["exception"]
    assert failures[0]["request_id"] == response.headers["X-Request-ID"]


@pytest.mark.django_db
def test_an_error_of_the_database_keeps_the_rule_and_loses_the_row():
    student = StudentFactory.create(last_name="Smith")
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        Student.objects.filter(pk=student.pk).update(last_name="Smith" * 100)

    text = safe_traceback(caught.value)

    assert text.splitlines()[-1].startswith("django.db.utils.DataError: value too long for type character varying")
    assert text.splitlines()[-1].endswith("(22001)")
    assert "The above exception was the direct cause of the following exception:" in text
    assert "Smith" not in text.replace('"Smith" * 100', "")


@pytest.mark.django_db
def test_an_error_of_psycopg_that_django_never_saw_is_cut_too():
    with pytest.raises(Exception, match="Smith") as caught, connection.cursor() as cursor, transaction.atomic():
        cursor.cursor.execute("SELECT 'Smith'::date")

    assert safe_text(caught.value) == "psycopg.errors.InvalidDatetimeFormat: invalid input syntax for type date (22007)"


def test_errors_in_a_group_and_in_a_circle_are_said_without_their_texts():
    first, second = ValueError("Smith"), KeyError("Jones")
    first.__context__, second.__context__ = second, first

    text = safe_traceback(ExceptionGroup("Smith and Jones", [first, second]))

    assert "ValueError (its text is not logged)" in text
    assert "KeyError (its text is not logged)" in text
    assert "Smith" not in text
    assert "Jones" not in text


def test_an_error_among_the_arguments_and_a_warning_are_said_without_their_texts(written):
    logging.getLogger("some.package").warning("It failed: %s", ValueError("Smith"))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.getLogger("py.warnings").warning(
            "%s", warnings.formatwarning("received a naive datetime (Smith)", RuntimeWarning, "a.py", 7, "x = smith")
        )

    assert [event["event"] for event in written()] == [
        "It failed: ValueError (its text is not logged)",
        "a.py:7: RuntimeWarning",
    ]


def test_our_own_events_come_with_what_they_say(written):
    structlog.stdlib.get_logger("core.test").error("it failed", rows=7)

    (event,) = written()
    assert (event["event"], event["rows"], event["level"], event["logger"]) == ("it failed", 7, "error", "core.test")


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_no_level_lets_statements_or_other_peoples_chatter_through(level):
    loggers = log_configuration(level, "json")["loggers"]

    assert logging.getLevelNamesMapping()[loggers["django"]["level"]] >= logging.INFO
    assert not any(name.startswith("django.db") for name in loggers)
    assert logging.getLevelNamesMapping()[log_configuration(level, "json")["root"]["level"]] >= logging.WARNING
    assert {loggers[name]["level"] for name in OUR_LOGGERS} == {level}


def test_people_get_lines_and_machines_json():
    styles = {
        style: log_configuration("INFO", style)["formatters"]["structured"]["processors"][-1]
        for style in ("text", "json")
    }

    assert isinstance(styles["text"], structlog.dev.ConsoleRenderer)
    assert isinstance(styles["json"], structlog.processors.JSONRenderer)


def test_all_goes_through_one_handler():
    assert logging.getLogger("django").handlers == []
    assert logging.getLogger("django").getEffectiveLevel() >= logging.INFO
    # Those without a name are pytest's own.
    named = {
        name: [handler.get_name() for handler in logging.getLogger(name).handlers if handler.get_name()]
        for name in ("", "django.server", "gunicorn.error", "gunicorn.access", "py.warnings")
    }
    assert named == {
        "": ["console"],
        "django.server": [],
        "gunicorn.error": [],
        "gunicorn.access": [],
        "py.warnings": [],
    }
