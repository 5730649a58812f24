from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextInputWidget

from configuration.admin.holder_names import holder_name
from configuration.admin.value_fields import in_words, setting_of
from configuration.changing import put, take_back
from configuration.models import ConfigScope, ConfigurationHistory, SystemConfiguration
from configuration.resolving import Holder
from core.admin.database_errors import explain
from core.admin.read_only import ReadOnlyAdmin


class RevertForm(forms.Form):
    """Why a past value is set again."""

    reason = forms.CharField(
        label="Why",
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        error_messages={"required": "Say why, for those who will wonder."},
    )


@admin.register(ConfigurationHistory)
class ConfigurationHistoryAdmin(ReadOnlyAdmin):
    """What was changed is read, never written. A past value is set again by a change of its own."""

    list_display = ("created_at", "setting", "for_whom", "before", "after", "changed_by_name", "change_reason")
    list_display_links = ("created_at", "setting")
    search_fields = ("config_key__istartswith", "changed_by_name__istartswith")
    search_help_text = "Key or who changed it"
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("created_at", "config_key", "configuration")}),
        ("Change", {"fields": (("old_value", "new_value"), "change_reason", "set_again")}),
        ("By", {"fields": (("changed_by", "changed_by_name"), ("ip_address", "user_agent"))}),
    )
    readonly_fields = ("set_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        settings = SystemConfiguration._base_manager.annotate(holder_name=holder_name())
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.prefetch_related(Prefetch("configuration", settings))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the way to set a value again, for those who may not."""
        fieldsets = super().get_fieldsets(request, obj)
        page: Any = self.admin_site.get_model_admin(SystemConfiguration)
        if obj is None or page.has_change_permission(request, obj.configuration):
            return fieldsets
        return tuple(
            (name, options | {"fields": tuple(field for field in options["fields"] if field != "set_again")})
            for name, options in fieldsets
        )

    @admin.display(description="Setting", ordering="config_key")
    def setting(self, row: ConfigurationHistory) -> str:
        return row.configuration.display_name or row.config_key

    @admin.display(description="For whom")
    def for_whom(self, row: Any) -> str:
        return str(self.admin_site.get_model_admin(SystemConfiguration).for_whom(row.configuration))

    @admin.display(description="From")
    def before(self, row: ConfigurationHistory) -> str:
        return in_words(setting_of(row.configuration), row.old_value)

    @admin.display(description="To")
    def after(self, row: ConfigurationHistory) -> str:
        return "taken back" if row.new_value is None else in_words(setting_of(row.configuration), row.new_value)

    @admin.display(description="Set again")
    def set_again(self, row: ConfigurationHistory) -> str:
        url = reverse(self.url_name("revert"), args=[row.pk])
        return format_html('<a class="underline" href="{}">Set this value again</a>', url)

    def get_urls(self) -> list[URLPattern]:
        revert = path(
            "<path:object_id>/revert/",
            self.admin_site.admin_view(self.revert_view),
            name="configuration_configurationhistory_revert",
        )
        return [revert, *super().get_urls()]

    def revert_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, and set the value that held after a change once more."""
        change: Any = self._change(request, object_id)
        page: Any = self.admin_site.get_model_admin(SystemConfiguration)
        row = page.get_queryset(request).filter(pk=change.configuration_id).first()
        if row is None:
            raise Http404
        if not page.has_change_permission(request, row):
            raise PermissionDenied
        back = reverse(page.url_name("change"), args=[row.pk])
        form = RevertForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                with transaction.atomic():
                    _set_again(row, change, form.cleaned_data["reason"])
            except ValueError as error:
                form.add_error(None, f"This value is allowed no longer. {error}")
            except DatabaseError as error:
                form.add_error(None, explain(error))
            else:
                page.log_change(request, row, "Set again a past value.")
                self.message_user(request, "The past value holds again.", messages.SUCCESS)
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": "Set a past value again",
            "opts": self.opts,
            "form": form,
            "change": change,
            "name": page.name(row),
            "for_whom": page.for_whom(row),
            "now": page.holds_now(row),
            "again": "nothing here, so that the next wider value holds"
            if change.new_value is None
            else in_words(setting_of(row), change.new_value),
            "back": back,
        }
        return TemplateResponse(request, "configuration/revert.html", context)

    def _change(self, request: HttpRequest, object_id: str) -> ConfigurationHistory:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = self.get_queryset(request).filter(pk=object_id).first()
        except ValidationError:
            found = None
        if found is None:
            raise Http404
        return found


def _set_again(row: SystemConfiguration, change: ConfigurationHistory, reason: str) -> None:
    """Let the value hold that held after a change.

    Raises:
        ValueError: the setting allows it no longer.
        DatabaseError: whoever acts may not set it.
    """
    setting, holder = setting_of(row), Holder(ConfigScope(row.scope), row.scope_id)
    if change.new_value is None:
        take_back(setting, holder, reason=reason)
    else:
        put(setting, setting.parse(change.new_value), holder, reason=reason)
