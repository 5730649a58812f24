from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from audit.models import AuditSeal
from core.admin.base import WhiteCrossAdmin


@admin.register(AuditSeal)
class AuditSealAdmin(WhiteCrossAdmin):
    """The chain is read, never written; the latest link first."""

    list_display = ("number", "kind", "sealed_at", "entry_count", "earliest", "latest")
    list_display_links = ("number",)
    list_filter = ("kind",)
    ordering = ("-number",)
    fieldsets = (
        (None, {"fields": (("number", "kind"), ("sealed_at", "format"))}),
        ("Entries", {"fields": ("entry_count", ("earliest", "latest"), ("dropped_from", "dropped_before"))}),
        (
            "Place in the order",
            {
                "fields": (
                    ("era", "since"),
                    ("after_transaction", "after_id"),
                    ("through_transaction", "through_id"),
                    ("horizon", "cluster"),
                ),
                "classes": ("collapse",),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
