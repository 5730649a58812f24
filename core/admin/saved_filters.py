"""The filters of a list under a name of one's own: links above the list. Kept with the user, and nobody else's.

What is kept is which filters were set. What was typed into the search is not: it is a student's name, and would stay.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from core.models.user import User

MOST = 20  # of one list
LONGEST_NAME = 60
_LONGEST_VALUE = 200


class SavedFilters:
    """A list whose filters can be named. Stands before Django's admin class."""

    list_before_template = "admin/saved_filters.html"

    def get_urls(self: Any) -> list[URLPattern]:
        view = require_POST(self.admin_site.admin_view(self.saved_filters_view))
        name = f"{self.opts.app_label}_{self.opts.model_name}_saved_filters"
        return [path("saved-filters/", view, name=name), *super().get_urls()]  # type: ignore[misc]  # Django's

    def saved_filters_view(self: Any, request: HttpRequest) -> HttpResponseRedirect:
        """Name the filters in "query", or forget those in "forget"."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user_key: Any = request.user.pk
        key, name = str(self.opts.label_lower), " ".join(request.POST.get("name", "").replace("\0", "").split())
        query = kept_query(self, request, QueryDict(request.POST.get("forget") or request.POST.get("query", "")))
        with transaction.atomic():
            # What else was saved meanwhile, in another window, stays.
            saved = User.objects.select_for_update().values_list("saved_filters", flat=True).get(pk=user_key)
            others = [one for one in saved.get(key, []) if one["query"] != query and one["name"] != name]
            if "forget" in request.POST:
                text, level = "The saved filter is forgotten.", messages.SUCCESS
            elif not name or len(name) > LONGEST_NAME or not query:
                text, level = "Set a filter first, and give it a name of 60 letters at most.", messages.ERROR
            elif len(others) >= MOST:
                text, level = f"You have {MOST} saved filters of this list. Forget one first.", messages.ERROR
            else:
                others.append({"name": name, "query": query})
                text, level = f"Saved: {name}.", messages.SUCCESS
            if level == messages.SUCCESS:
                User.objects.filter(pk=user_key).update(saved_filters=saved | {key: others})
        self.message_user(request, text, level)
        shown = "" if "forget" in request.POST else query
        return HttpResponseRedirect(f"{reverse(self.url_name('changelist'))}{f'?{shown}' if shown else ''}")


def saved_filters(model_admin: Any, request: HttpRequest) -> dict[str, Any]:
    """What the template shows: the links, which of them is in force, and what could be saved. No query."""
    query = kept_query(model_admin, request, request.GET)
    stored = getattr(request.user, "saved_filters", {}).get(str(model_admin.opts.label_lower), [])
    links = [one | {"is_active": one["query"] == query} for one in stored]
    return {
        "links": links,
        "query": query,
        "active": next((link for link in links if link["is_active"]), None),
        "url": reverse(model_admin.url_name("saved_filters")),
        "longest_name": LONGEST_NAME,
    }


def kept_query(model_admin: Any, request: HttpRequest, asked: QueryDict) -> str:
    """Of an address what the filters of the list say, in one order, so that the same filters are the same text."""
    names = [_parameter(one) for one in model_admin.get_list_filter(request)]
    kept: Mapping[str, list[str]] = {
        key: values
        for key, values in sorted(asked.lists())
        if any(_is_of(key, name) for name in names) and values and all(0 < len(v) <= _LONGEST_VALUE for v in values)
    }
    return urlencode(kept, doseq=True)


def _parameter(list_filter: Any) -> str:
    if isinstance(list_filter, tuple):
        return str(list_filter[0])
    if isinstance(list_filter, type) and issubclass(list_filter, admin.SimpleListFilter):
        return str(list_filter.parameter_name)
    return str(list_filter)


def _is_of(key: str, name: str) -> bool:
    return key in (name, f"{name}_from", f"{name}_to") or key.startswith(f"{name}__")
