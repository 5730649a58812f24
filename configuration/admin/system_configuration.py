from django.contrib import admin

from configuration.models import ConfigScope, SystemConfiguration
from core.admin.badges import badge
from core.admin.base import WhiteCrossAdmin


@admin.register(SystemConfiguration)
class SystemConfigurationAdmin(WhiteCrossAdmin):
    list_display = (
        "key",
        "display_name",
        "category",
        badge("scope", ConfigScope, info=[ConfigScope.DISTRICT, ConfigScope.SCHOOL], warning=[ConfigScope.USER]),
        "value",
        "value_type",
        "is_editable",
        "is_active",
    )
    list_filter = ("category", "scope", "value_type", "is_active", "is_editable", "requires_restart")
    search_fields = ("key__icontains", "display_name__icontains")
    search_help_text = "Key or name"
    ordering = ("category", "sub_category", "sort_order", "key")
    fieldsets = (
        (None, {"fields": ("key", "display_name", "description", ("category", "sub_category"))}),
        ("Value", {"fields": (("value", "value_type"), "default_value", ("is_active", "requires_restart"))}),
        ("Holds for", {"fields": (("scope", "scope_id"),)}),
        ("Allowed values", {"fields": ("valid_values", ("min_value", "max_value"), "validation_rules")}),
        ("More", {"fields": (("is_editable", "is_public"), "sort_order", "tags"), "classes": ("collapse",)}),
    )
