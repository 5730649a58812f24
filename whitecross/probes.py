"""Answers to whoever watches the process: a load balancer, a container engine, a monitor.

`/healthz` says that the process lives, `/readyz` that it can serve. Both are answered before any other middleware: no
host name is asked for, nobody is redirected to https, no session is read, no transaction begun, and no line is logged.
A probe names no host that the site has, and comes too often to be worth a line.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from whitecross.readiness import Readiness

HEALTH_PATH = "/healthz"
READINESS_PATH = "/readyz"


class ProbeMiddleware:
    """Answers the two probes. Stands before all other middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.readiness = Readiness()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in (HEALTH_PATH, READINESS_PATH):
            return self.get_response(request)
        answer = self._answer(request)
        if request.method == "HEAD":
            answer.content = b""  # gunicorn would drop it, and write a line about it each time
        return answer

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return _answer(405, "A probe is a GET.", Allow="GET, HEAD")
        if request.path_info == HEALTH_PATH:
            return _answer(200, "ok")
        missing = self.readiness.missing()
        return _answer(503, missing, **{"Retry-After": "5"}) if missing else _answer(200, "ok")


def _answer(status: int, text: str, **headers: str) -> HttpResponse:
    return HttpResponse(
        f"{text}\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **headers},
    )
