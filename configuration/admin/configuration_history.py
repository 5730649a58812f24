from django.contrib import admin

from configuration.models import ConfigurationHistory
from core.admin.read_only import ReadOnlyAdmin


@admin.register(ConfigurationHistory)
class ConfigurationHistoryAdmin(ReadOnlyAdmin):
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
