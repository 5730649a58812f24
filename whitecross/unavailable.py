"""What a visitor is told while the database is away, is starting, or is too busy: 503, and when to come again."""

import sys

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from whitecross.error_pages import server_error

RETRY_AFTER_SECONDS = 5

# Classes of SQLSTATE that pass by themselves: connection lost, no room for more connections, server going down or
# starting, and a transaction that had to give way.
_PASSING = ("08", "53", "57P", "40")
# A lock that was not to be had in time, and a statement that ran for longer than the login may.
_PASSING_CODES = ("55P03", "57014")


def error_page(request: HttpRequest) -> HttpResponseBase:
    """The page for an error that nothing else explains: Django's handler500, called while the error is handled."""
    error = sys.exc_info()[1]
    return unavailable(request) if is_passing(error) else server_error(request)


def is_passing(error: BaseException | None) -> bool:
    """Whether the error says that the database is away or busy, rather than that a statement was wrong."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    # Without a state the server has said nothing: it was not reached, the connection broke, the pool gave none.
    return state is None or state.startswith(_PASSING) or state in _PASSING_CODES


def unavailable(request: HttpRequest) -> HttpResponse:
    """The page itself. It asks nothing of the database, and tells nothing of the request but its id."""
    request_id = request.__dict__.get("request_id", "")
    response = HttpResponse(render_to_string("503.html", {"request_id": request_id}), status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    if request_id:
        response.headers["X-Request-ID"] = request_id
    return response
