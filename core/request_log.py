"""One line of the log for each request: what was asked and by whom, in patterns and keys; never a name or a value."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

REQUEST_ID_HEADER = "X-Request-ID"

# What proxies and tracing tools send: a UUID, a hash, "Root=1-67891233-abcdef012345678912345678".
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:=+/-]{1,128}")
_LOWEST_ERROR = 400
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

_log = structlog.stdlib.get_logger("whitecross.requests")


class RequestLogMiddleware:
    """Gives the request its id, which every line of the log during the request has, and logs the request at its end.

    The line says the pattern of the address, because an address holds keys and what people type into it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id_of(request)):
            response = self.get_response(request)
            _log.log(
                logging.INFO if response.status_code < _LOWEST_ERROR else logging.WARNING,
                "request",
                method=request.method if request.method in _METHODS else "other",
                route=route_of(request),
                status=response.status_code,
                milliseconds=round((time.perf_counter() - started) * 1000),
                **_who(request),
            )
        response.headers[REQUEST_ID_HEADER] = request_id_of(request)
        return response


def request_id_of(request: HttpRequest) -> str:
    """The id of the request: the one that came with it if it is sane, or a new one."""
    known = request.__dict__
    if "request_id" not in known:
        given = request.headers.get(REQUEST_ID_HEADER, "")
        known["request_id"] = given if _SANE_REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
    request_id: str = known["request_id"]
    return request_id


def route_of(request: HttpRequest) -> str:
    """The pattern of the request's address, such as "admin/core/student/<path:object_id>/chart/"; "" if none fits."""
    return getattr(getattr(request, "resolver_match", None), "route", None) or ""


def _who(request: HttpRequest) -> dict[str, Any]:
    """Key and role of the user, if the request has asked for the user: nothing is asked of the database here."""
    user = request.__dict__.get("_cached_user")
    if user is None or not user.is_authenticated:
        return {}
    return {"user": str(user.pk), "role": str(user.role)}
