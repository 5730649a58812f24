"""What a page may load and run: the Content-Security-Policy of each kind of page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.csp import CSP

type Policy = dict[str, list[str]]

# Of a page with neither Unfold nor Alpine: the emergency cards, the pages of errors. Styles are files, or carry the
# page's nonce; photographs of students are in the page itself, as data.
PLAIN_PAGE: Policy = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}

# Of every other page. Alpine, of which Unfold's menus and dialogs are made, compiles the expressions in its attributes.
ADMIN_PAGE: Policy = PLAIN_PAGE | {"script-src": [CSP.SELF, CSP.UNSAFE_EVAL]}

# Of what is no page: JSON, scripts, files.
NO_PAGE: Policy = {"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE], "base-uri": [CSP.NONE]}

# Of a PDF, around which browsers make a page with an object and styles of their own.
PDF: Policy = NO_PAGE | {"object-src": [CSP.SELF], "style-src": [CSP.UNSAFE_INLINE]}

_LOWEST_ERROR = 400


class PolicyByKindMiddleware:
    """Gives the error pages and what is no page their stricter policies. Stands inside Django's own middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: Any = self.get_response(request)
        if not hasattr(response, "_csp_config"):  # no view, and no decorator of Django's, has said anything
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
            if kind != "text/html":
                response._csp_config = PDF if kind == "application/pdf" else NO_PAGE
            elif response.status_code >= _LOWEST_ERROR:
                response._csp_config = PLAIN_PAGE
        return response
