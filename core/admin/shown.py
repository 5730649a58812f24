"""What the pages tell others about themselves. `core` does not know who listens."""

from collections.abc import Iterable
from typing import Any

from django.dispatch import Signal
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# A page shows rows. Sent with `model`, `rows`, `request`, and how they came to be shown: "VIEW", "LIST", "SEARCH" or
# "PRINT", which is a page or a file made for paper.
records_shown = Signal()

# A page asks what happened to a row. Sent with `row`, `request` and `admin_site`; who knows answers with what the
# template `admin/object_history.html` shows.
history_asked = Signal()


def tell_shown(model: type[Any], request: HttpRequest, action: str, rows: Iterable[Any]) -> None:
    """Say that these rows are shown, if there are any."""
    shown = list(rows)
    if shown:
        records_shown.send(model, request=request, action=action, rows=shown)


def tell_page_shown(model: type[Any], request: HttpRequest, response: HttpResponseBase) -> None:
    """Say which rows a page of the admin shows, before it is rendered: nothing for a redirect or an empty form."""
    context = getattr(response, "context_data", None) or {}
    if "cl" in context:
        # The very queryset that the template reads, which keeps what it found: no query more.
        tell_shown(model, request, "SEARCH" if context["cl"].query else "LIST", context["cl"].result_list)
    elif (row := context.get("original") or context.get("object")) is not None:
        tell_shown(model, request, "VIEW", [row])
