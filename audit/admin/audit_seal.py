from django.contrib import admin

from audit.models import AuditSeal
from core.admin.read_only import ReadOnlyAdmin


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
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
