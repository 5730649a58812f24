"""What a page may load and run: the Content-Security-Policy of each kind of page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
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

# Of every other page. Alpine, of which Unfold's menus and dialogs are made, compiles the expressions in its attributes;
# a form in a dialog is a page of ours in a frame.
ADMIN_PAGE: Policy = PLAIN_PAGE | {"script-src": [CSP.SELF, CSP.UNSAFE_EVAL], "frame-src": [CSP.SELF]}

# Of such a form.
IN_A_DIALOG: Policy = ADMIN_PAGE | {"frame-ancestors": [CSP.SELF]}

# Of what is no page: JSON, scripts, files.
NO_PAGE: Policy = {"default-src": [CSP.NONE], "frame-ancestors": [CSP.NONE], "base-uri": [CSP.NONE]}

# Of a PDF, around which browsers make a page with an object and styles of their own.
PDF: Policy = NO_PAGE | {"object-src": [CSP.SELF], "style-src": [CSP.UNSAFE_INLINE]}

_LOWEST_ERROR = 400
_IN_A_DIALOG = "_popup"  # django.contrib.admin.options.IS_POPUP_VAR, which cannot be imported before the settings


class PolicyByKindMiddleware:
    """Says which policy a response has, unless its view has said so. Stands inside Django's own middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: Any = self.get_response(request)
        policy = _policy(request, response)
        if policy is not None and not hasattr(response, "_csp_config"):
            response._csp_config = policy
        # Browsers that know no frame-ancestors go by this one. Unfold allows frames on every list and form.
        response.headers["X-Frame-Options"] = "SAMEORIGIN" if policy is IN_A_DIALOG else "DENY"
        return response


def _policy(request: HttpRequest, response: HttpResponseBase) -> Policy | None:
    """The policy of a response; None is the usual one, of SECURE_CSP."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if kind != "text/html":
        return PDF if kind == "application/pdf" else NO_PAGE
    # A page of an error is a plain one. A refusal that shows a page of the admin, such as that of a locked account or
    # of a form that the database refused, is told by its template: without Alpine it stays blurred.
    if response.status_code >= _LOWEST_ERROR and not isinstance(response, SimpleTemplateResponse):
        return PLAIN_PAGE
    return IN_A_DIALOG if _IN_A_DIALOG in request.GET else None
