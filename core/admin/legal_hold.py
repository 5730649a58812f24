from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin.base import WhiteCrossAdmin
from core.admin.forms import WhiteCrossForm
from core.models import LegalHold


class OpenFilter(admin.SimpleListFilter):
    """Holds that are open, or were released."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("released", "Released")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in ("open", "released"):
            return queryset.filter(released_at__isnull=self.value() == "open")
        return queryset


class LegalHoldForm(WhiteCrossForm):
    may_choose_deleted = True  # whose records are about to be erased is put on hold first of all


@admin.register(LegalHold)
class LegalHoldAdmin(WhiteCrossAdmin):
    """A hold is placed, and released once with a reason; the database lets nothing else of it change."""

    student_path = "student"
    list_display = ("student", "created_at", "created_by", "released_at")
    list_select_related = ("student", "created_by")
    list_filter = (OpenFilter,)
    ordering = ("-created_at",)
    form = LegalHoldForm
    actions = ()
    autocomplete_fields = ("student",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (None, {"fields": ("student", "reason")}),
            *([("Release", {"fields": ("released_reason", "released_at")})] if obj is not None else []),
            *super().get_fieldsets(request, obj)[1:],
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = (*super().get_readonly_fields(request, obj), "released_at")
        if obj is None:
            return fields
        return (*fields, "student", "reason", *(("released_reason",) if obj.released_at is not None else ()))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
