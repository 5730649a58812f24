"""Pages of the admin that are no model's."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from home.doses import EMPTY_DAY, doses_by_group, lines_of


def doses_today(request: HttpRequest) -> HttpResponse:
    """All doses of today, or those in one state (`?state=due`)."""
    user = request.user
    if not (user.has_perm("medications.view_studentmedication") and user.has_perm("medications.view_medicationlog")):
        raise PermissionDenied
    groups = doses_by_group(timezone.now(), timezone.localdate())
    asked = request.GET.get("state", "")
    shown = [group for group in groups.values() if asked in ("", group.slug)] or list(groups.values())
    is_filtered = len(shown) < len(groups)
    context = {
        **admin.site.each_context(request),
        "title": "Doses today",
        "today": timezone.localdate(),
        "groups": [(group, lines_of(request, group.doses)) for group in shown if group.doses or is_filtered],
        "choices": [(group, group in shown and is_filtered) for group in groups.values()],
        "number": sum(len(group.doses) for group in groups.values()),
        "is_filtered": is_filtered,
        "empty": EMPTY_DAY,
    }
    return TemplateResponse(request, "home/doses.html", context)
