"""The settings of production, and a count of each request's statements in a header of its answer."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from whitecross import settings
from whitecross.settings import *  # noqa: F403 - production's settings, and then what differs


class CountingMiddleware:
    """Counts what is sent to the database by a cursor, savepoints and the declaration of the actor included.

    BEGIN, COMMIT and the pool's check of a connection are psycopg's own and are not in the figure.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = 0

        def count(execute: Callable[..., Any], *arguments: Any) -> Any:
            nonlocal asked
            asked += 1
            return execute(*arguments)

        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response.headers["X-Statements"] = str(asked)
        return response


MIDDLEWARE = ["benchmarks.load_settings.CountingMiddleware", *settings.MIDDLEWARE]
