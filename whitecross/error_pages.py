"""The pages that say why there is no other. They ask nothing of the database or the user, and quote nothing.

Each tells the id of the request, under which support finds in the log what happened.
"""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from core.request_log import request_id_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what was sent was not understood."""
    return _page(request, "400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the role or the database refused. The page says why in our own words, if the view gave any."""
    return _page(request, "403.html", 403, why=str(exception))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that is not this session's."""
    return _page(request, "403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such page, or no such record in reach."""
    return _page(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a mistake of ours, or a server that did not answer."""
    return _page(request, "500.html", 500)


def _page(request: HttpRequest, template: str, status: int, **context: str) -> HttpResponse:
    # Without the request: its context would ask who the user is, which is perhaps what failed.
    content = render_to_string(template, {"request_id": request_id_of(request), **context})
    return HttpResponse(content, status=status)
