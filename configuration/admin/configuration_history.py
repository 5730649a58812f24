from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from configuration.models import ConfigurationHistory
from core.admin.base import WhiteCrossAdmin


@admin.register(ConfigurationHistory)
class ConfigurationHistoryAdmin(WhiteCrossAdmin):
    """What was changed is read, never written."""

    list_display = ("created_at", "config_key", "old_value", "new_value", "changed_by_name", "change_reason")
    list_display_links = ("created_at", "config_key")
    search_fields = ("config_key__istartswith", "changed_by_name__istartswith")
    search_help_text = "Key or who changed it"
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("created_at", "config_key", "configuration")}),
        ("Change", {"fields": (("old_value", "new_value"), "change_reason")}),
        ("By", {"fields": (("changed_by", "changed_by_name"), ("ip_address", "user_agent"))}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
