from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from configuration.admin.holder_names import holder_name
from configuration.admin.setting_form import NewSystemConfigurationForm, SystemConfigurationForm, holders_of, may_set
from configuration.admin.value_fields import in_words, setting_of
from configuration.changing import put
from configuration.declaring import declared
from configuration.models import ConfigScope, SystemConfiguration
from configuration.resolving import Holder, effective, forget
from core.acting import acting_as
from core.admin.base import WhiteCrossAdmin

_HISTORY_SHOWN = 25
# What the code says of a setting, and what no person changes.
_DECLARED = (
    ("key", "display_name"),
    ("category", "sub_category"),
    "description",
    ("value_type", "default_value"),
    ("min_value", "max_value"),
    ("valid_values", "validation_rules"),
    ("scope", "scope_id"),
    ("is_editable", "is_public", "requires_restart"),
    ("tags", "sort_order"),
)


class TagFilter(admin.SimpleListFilter):
    """The words that declarations give their settings."""

    title = "tag"
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(tag, tag) for tag in sorted({tag for setting in declared().values() for tag in setting.tags})]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(tags__contains=[self.value()]) if self.value() else queryset


@admin.register(SystemConfiguration)
class SystemConfigurationAdmin(WhiteCrossAdmin):
    """What the code declares, and what the system, districts, schools and users have in place of the defaults."""

    list_display = ("area", "name", "for_whom", "value_in_words", "default_in_words")
    list_display_links = ("name",)
    list_filter = ("category", "scope", TagFilter, "is_active", "value_type")
    search_fields = ("key__icontains", "display_name__icontains", "description__icontains")
    search_help_text = "Name, key or a word of what it does"
    ordering = ("category", "sub_category", "sort_order", "key", "scope")
    form = SystemConfigurationForm
    actions = ()
    change_form_after_template = "configuration/setting_history.html"
    fieldsets = (
        (None, {"fields": ("about", "for_whom", "holds_now", "value", "is_active", "reason")}),
        (
            "Setting",
            {"fields": _DECLARED, "classes": ("collapse",)},
        ),
    )
    readonly_fields = ("about", "for_whom", "holds_now", "default_in_words", *flatten(_DECLARED))
    labels = {"is_active": "This value holds"}
    helps = {"is_active": "Switch it off to go back to what holds more widely, or else to the default."}

    # --- List -----------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the name of whom a value holds for."""
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.annotate(holder_name=holder_name(), area_name=F("category"))

    @admin.display(description="Area", ordering="category")
    def area(self, row: SystemConfiguration) -> str:
        category = row.get_category_display()
        return f"{category}: {row.sub_category}" if row.sub_category else category

    @admin.display(description="Setting", ordering="display_name")
    def name(self, row: SystemConfiguration) -> str:
        return row.display_name or row.key

    @admin.display(description="For whom", ordering="scope")
    def for_whom(self, row: Any) -> str:
        return getattr(row, "holder_name", None) or f"A {row.get_scope_display().lower()} out of sight"

    @admin.display(description="Value", ordering="value")
    def value_in_words(self, row: SystemConfiguration) -> str:
        setting = setting_of(row)
        if row.is_active:
            return in_words(setting, row.value)
        if row.scope == ConfigScope.SYSTEM:
            return f"{in_words(setting, row.default_value)} (default)"
        return "taken back"

    @admin.display(description="Default")
    def default_in_words(self, row: SystemConfiguration) -> str:
        return in_words(setting_of(row), row.default_value)

    @admin.display(description="What it does")
    def about(self, row: SystemConfiguration) -> str:
        return f"{self.name(row)}. {row.description or ''}".strip()

    @admin.display(description="Holds now")
    def holds_now(self, row: SystemConfiguration) -> str:
        """The value in force for whom this row is about, and whose it is."""
        setting = setting_of(row)
        asked: dict[str, Any] = {} if row.scope == ConfigScope.SYSTEM else {row.scope.lower(): row.scope_id}
        try:
            found = effective(setting, **asked)
        except ValueError:  # the row is of a declaration whose default its own rules do not allow
            return f"{in_words(setting, row.default_value)}, the default, which should be {setting.right}"
        if found.holder is None:
            whose = "the default"
        elif found.holder == Holder(ConfigScope(row.scope), row.scope_id):
            whose = "set here"
        else:
            whose = f"set for the {found.holder.scope.label.lower()}"
        return f"{in_words(setting, found.text)}, {whose}"

    # --- Form -----------------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or (obj.is_editable and may_set(request.user, obj)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            fields = ("user",) if ConfigScope.USER in self._asked_scopes(request) else ()
            return ((None, {"fields": ("about", "default_in_words", "holder", *fields, "value", "reason")}),)
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return tuple(
            (name, options | {"fields": tuple(field for field in options["fields"] if field != "reason")})
            for name, options in super().get_fieldsets(request, obj)
        )

    def _asked_scopes(self, request: HttpRequest) -> Any:
        setting = declared().get(request.GET.get("key", ""))
        return setting.scopes if setting else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        kwargs |= {"form": NewSystemConfigurationForm, "fields": ("value",)}
        form = super().get_form(request, obj, change=change, **kwargs)
        declaration = self._declaration(request)

        class FormOfSetting(form):  # type: ignore[misc,valid-type]  # the class that Django has just made
            """It knows from the address which setting it is about."""

            def __init__(self, *args: Any, **options: Any) -> None:
                if options.get("instance") is None and declaration is not None:
                    options["instance"] = _override_of(declaration)
                super().__init__(*args, **options)

        return FormOfSetting

    def _declaration(self, request: HttpRequest) -> SystemConfiguration | None:
        """The setting that the address names, of those that may be set for somebody."""
        row = SystemConfiguration.objects.filter(
            key=request.GET.get("key", "").replace("\0", ""), scope=ConfigScope.SYSTEM, is_editable=True
        ).first()
        return row if row is not None and setting_of(row).scopes else None

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Nothing is saved as new from a row's page: whom a new value is for is asked on a page of its own."""
        if object_id is not None and request.method == "POST" and "_saveasnew" in request.POST:
            self.message_user(
                request, "Nothing was saved. A value for others is set from the list, by Add.", messages.ERROR
            )
            return HttpResponseRedirect(reverse(self.url_name("change"), args=[object_id]))
        response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        return response

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A setting is chosen first, and then its value is asked for as fits it."""
        declaration = self._declaration(request)
        if declaration is not None or not self.has_add_permission(request):
            title = {"title": f"Set: {self.name(declaration)}"} if declaration is not None else {}
            return super().add_view(request, form_url, {**title, **(extra_context or {})})
        rows = SystemConfiguration.objects.filter(scope=ConfigScope.SYSTEM, is_editable=True).order_by(*self.ordering)
        areas: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            if holders_of(request.user, setting_of(row).scopes):
                areas.setdefault(self.area(row), []).append(
                    {
                        "name": self.name(row),
                        "about": row.description or "",
                        "url": f"{request.path}?{urlencode({'key': row.key})}",
                    }
                )
        context = {
            **self.admin_site.each_context(request),
            "title": "Which setting?",
            "opts": self.opts,
            "areas": areas,
        }
        return TemplateResponse(request, "configuration/choose_setting.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            context |= self._around(request, obj)
        response: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return response

    def _around(self, request: HttpRequest, row: SystemConfiguration) -> dict[str, Any]:
        """What stands beneath the form: what others have set in its place, and how the value changed."""
        setting = setting_of(row)
        others = self.get_queryset(request).filter(key=row.key).exclude(pk=row.pk).order_by("scope", "holder_name")
        changes = list(row.history.order_by("-created_at")[: _HISTORY_SHOWN + 1])
        may = self.has_change_permission(request, row)
        return {
            "others": [
                {
                    "name": self.for_whom(other),
                    "value": self.value_in_words(other),
                    "url": reverse(self.url_name("change"), args=[other.pk]),
                }
                for other in others[:_HISTORY_SHOWN]
            ],
            "changes": [
                {
                    "when": change.created_at,
                    "who": change.changed_by_name or "The system",
                    "old": in_words(setting, change.old_value),
                    "new": in_words(setting, change.new_value) if change.new_value is not None else "taken back",
                    "reason": change.change_reason or "",
                    "url": reverse(
                        f"{self.admin_site.name}:configuration_configurationhistory_revert", args=[change.pk]
                    )
                    if may and number
                    else "",
                }
                for number, change in enumerate(changes[:_HISTORY_SHOWN])
            ],
            "has_more_changes": len(changes) > _HISTORY_SHOWN,
            "set_url": f"{reverse(self.url_name('add'))}?{urlencode({'key': row.key})}"
            if self.has_add_permission(request) and setting.is_editable and holders_of(request.user, setting.scopes)
            else "",
        }

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        reason = form.cleaned_data.get("reason") or ""
        if change:
            if set(form.changed_data) - {"reason"}:
                with acting_as(reason=reason):
                    obj.save(update_fields=["value", "is_active"])
            forget()
            return
        holder = Holder(obj.scope, obj.scope_id)
        put(form.setting, form.setting.parse(obj.value), holder, reason=reason)
        obj.pk = SystemConfiguration.objects.values_list("pk", flat=True).get(
            key=obj.key, scope=obj.scope, scope_id=obj.scope_id
        )
        obj._state.adding = False


def _override_of(declaration: SystemConfiguration) -> SystemConfiguration:
    """A new row of the same setting, which begins with the value that holds more widely."""
    copied = {
        field.attname: getattr(declaration, field.attname)
        for field in SystemConfiguration._meta.concrete_fields
        if field.name not in {"id", "scope", "scope_id", "is_active", "created_at", "updated_at"}
        and not field.is_relation
    }
    return SystemConfiguration(**copied, scope=ConfigScope.DISTRICT)
