"""Which home page a person gets."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from core.models import UserRole
from home.day import day_page
from home.lookup import lookup_page
from home.overview import overview_page

_PAGES = {
    UserRole.ADMIN: ("overview", overview_page),
    UserRole.DISTRICT_ADMIN: ("overview", overview_page),
    UserRole.SCHOOL_ADMIN: ("overview", overview_page),
    UserRole.NURSE: ("day", day_page),
    UserRole.COUNSELOR: ("day", day_page),
    UserRole.VIEWER: ("lookup", lookup_page),
}


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the admin's index: `home` is what the template of the role shows (Unfold's DASHBOARD_CALLBACK)."""
    user: Any = request.user
    name, page = _PAGES[UserRole.ADMIN if user.is_superuser else UserRole(user.role)]
    return {**context, "home_template": f"home/{name}.html", "home": page(request), "today": timezone.localdate()}
