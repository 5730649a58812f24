"""Denied access is written down."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from audit.access import record_denial
from audit.receivers import entity_of
from core.acting import is_aborted

FORBIDDEN = 403


class DenialMiddleware:
    """Writes down which page was refused to whom, never the query string. Stands inside `ActorMiddleware`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == FORBIDDEN and not is_aborted():
            record_denial(*entity_of(request))
        return response
