from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminSelectWidget

from configuration.models import ConfigScope, SystemConfiguration
from core.admin.badges import badge
from core.admin.base import WhiteCrossAdmin
from core.admin.forms import WhiteCrossForm
from core.models import District, School, User


def _key(value: Any) -> UUID:
    """The key that was sent; the one that the row has already, to which it is compared, is one."""
    return value if isinstance(value, UUID) else UUID(value)


class SystemConfigurationForm(WhiteCrossForm):
    """A setting; whom it holds for is chosen by name. What holds for one user, that user's own pages set."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "scope_id" in self.fields:
            self.holders: dict[str, dict[Any, str]] = {
                ConfigScope.DISTRICT: {row.pk: str(row) for row in District.objects.order_by("name")},
                ConfigScope.SCHOOL: {row.pk: str(row) for row in School.objects.order_by("name")},
                ConfigScope.USER: {row.pk: str(row) for row in User.objects.filter(pk=self.instance.scope_id)},
            }
            groups = [(ConfigScope(scope).label, list(rows.items())) for scope, rows in self.holders.items() if rows]
            self.fields["scope_id"] = forms.TypedChoiceField(
                label="For whom",
                choices=[("", "Everybody"), *groups],
                coerce=_key,
                empty_value=None,
                required=False,
                widget=UnfoldAdminSelectWidget,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        scope, holder = cleaned.get("scope"), cleaned.get("scope_id")
        if scope and holder and scope != ConfigScope.SYSTEM and holder not in self.holders.get(scope, {}):
            self.add_error("scope_id", f"This is no {ConfigScope(scope).label.lower()}.")
        return cleaned


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
    form = SystemConfigurationForm
    labels = {"scope": "Holds for", "scope_id": "For whom", "sub_category": "Finer category"}
    fieldsets = (
        (None, {"fields": ("key", "display_name", "description", ("category", "sub_category"))}),
        ("Value", {"fields": (("value", "value_type"), "default_value", ("is_active", "requires_restart"))}),
        ("Holds for", {"fields": (("scope", "scope_id"),)}),
        ("Allowed values", {"fields": ("valid_values", ("min_value", "max_value"), "validation_rules")}),
        ("More", {"fields": (("is_editable", "is_public"), "sort_order", "tags"), "classes": ("collapse",)}),
    )
