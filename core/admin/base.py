"""What the admin pages of all our models have in common."""

import json
from collections.abc import Iterable, Sequence
from datetime import MAXYEAR
from functools import cache
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, checkbox

from core.admin.asking import AskingAdmin
from core.admin.deleting import DeletingAdmin
from core.admin.forms import WhiteCrossForm
from core.admin.paging import BoundedChangeList, BoundedPaginator, reaches_few_schools, sortable_by_index
from core.admin.saved_filters import SavedFilters, saved_filters
from core.admin.saving import SavingAdmin
from core.admin.shown import history_asked, tell_page_shown
from core.database.audit_fields import AuditedModel
from core.search import prefix_query

RECORD_FIELDS = ("created_at", "created_by", "updated_at", "updated_by")


def _without(fields: Iterable[Any], unread: set[str]) -> tuple[Any, ...]:
    """Names of fields, some of them in groups of a line, but for those unread."""
    lines = (_without(line, unread) if isinstance(line, (list, tuple)) else line for line in fields)
    return tuple(line for line in lines if line and not (isinstance(line, str) and line in unread))


@cache
def _checkbox() -> str:
    return str(checkbox.render(helpers.ACTION_CHECKBOX_NAME, "{}"))


def _is_year(value: Any) -> bool:
    text = str(value[-1] if isinstance(value, list) and value else value)
    return text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= MAXYEAR


class LabelledRow:
    """A row that reads as a label, for pages that would say `str(row)`."""

    def __init__(self, row: Model, label: str) -> None:
        self._row = row
        self._label = label

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)

    def __str__(self) -> str:
        return self._label


class WhiteCrossAdmin(SavedFilters, SavingAdmin, AskingAdmin, DeletingAdmin, ModelAdmin):
    """A list, a form, a history and a deletion that know that defaults and rules live in the database."""

    list_per_page = 50
    list_max_show_all = 200
    # Whether an index covers the order of the list for a few schools: which rows a page has is then asked of it alone.
    list_keys_first = False
    paginator: type[Paginator] = BoundedPaginator
    list_select_related: ClassVar[tuple[str, ...]] = ()  # the relations that columns and labels read
    # Unfold asks for it, and Django's templates take long to find that something is not there.
    list_sections: Sequence[Any] = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they cost a count for each choice of each filter
    form = WhiteCrossForm
    warn_unsaved_form = True
    actions: Sequence[str] = ("delete_selected",)
    delete_confirmation_max_display = 20

    # The way from a row to the student it is about; the student's page links to the list by it.
    student_path: str | None = None

    # --- List -----------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and ERROR_FLAG in request.GET:
            self.message_user(
                request, "The filter in the address was not understood; it was left out.", messages.WARNING
            )
        extra_context = {"saved_filters": saved_filters(self, request), **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, extra_context)
        tell_page_shown(self.model, request, response)
        return response

    @admin.display(description=ModelAdmin.action_checkbox.short_description)
    def action_checkbox(self, obj: Model) -> SafeString:
        """Unfold's box, rendered once and filled in for each row."""
        return format_html(_checkbox(), obj.pk)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Whether rows may be filtered by what the address asks for.

        Columns of the row itself, and the keys of rows it refers to, if the user may see those. Nothing that refers to
        the row: that a student is in the table of allergies is for those who may see the allergies.
        """
        if lookup.endswith(f"{LOOKUP_SEP}range"):
            return False  # of a text Django makes a range of its letters, which the database refuses
        if {"year", "iso_year"} & set(lookup.split(LOOKUP_SEP)) and not _is_year(value):
            return False  # Django makes dates of its first and last day
        model = self.model
        for part in lookup.split(LOOKUP_SEP):
            try:
                field = model._meta.get_field(model._meta.pk.name if part == "pk" else part)
            except FieldDoesNotExist:
                break  # a transform of a key, or a filter of our own
            if isinstance(field, ArrayField) and not lookup.endswith(f"{LOOKUP_SEP}isnull"):
                return False  # the address has a text, which the database refuses to take for a list
            if not field.is_relation:
                break
            if not field.concrete or not self._may_view(request, field.related_model):
                return False
            model = field.related_model
        if self.student_path is not None and lookup == f"{self.student_path}__id__exact":
            return True
        return bool(super().lookup_allowed(lookup, value, request))

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        """The columns of the class without what the user may not read."""
        return _without(super().get_list_display(request), self._unread_references(request))

    def get_sortable_by(self, request: HttpRequest) -> Sequence[Any]:
        """Any column for the rows of a few schools; beyond, those by which an index can sort."""
        columns: Sequence[Any] = super().get_sortable_by(request)
        return columns if reaches_few_schools(request.user) else sortable_by_index(self, columns)

    def get_list_select_related(self, request: HttpRequest) -> Any:
        unread = self._unread_references(request)
        related = super().get_list_select_related(request)
        return related and tuple(path for path in related if path.split(LOOKUP_SEP)[0] not in unread)

    def _unread_references(self, request: HttpRequest) -> set[str]:
        """Fields that refer to a table of which the database tells this user nothing, not even names."""
        return {
            field.name
            for field in self.opts.concrete_fields
            if field.is_relation and not self._may_read(request, field.related_model)
        }

    def _may_read(self, request: HttpRequest, model: Any) -> bool:
        label = model._meta
        look_up = f"{label.app_label}.look_up_{label.model_name}"
        return self._may_view(request, model) or request.user.has_perm(look_up)

    def _may_view(self, request: HttpRequest, model: Any) -> bool:
        registered = self.admin_site.is_registered(model)
        return registered and self.admin_site.get_model_admin(model).has_view_permission(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Rows found by `search_fields`; none for a search term without a word in it."""
        search_term = search_term.replace("\0", " ")
        if search_term.strip() and prefix_query(search_term) is None:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def autocomplete_label(self, row: Any) -> str:
        """How a row reads where one chooses it for another row's sake."""
        return str(row)

    def with_labels(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows with what their labels need, in the same query."""
        related = self.get_list_select_related(request)
        return queryset.select_related(*related) if related else queryset

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: Sequence[tuple[str, str]] | None = None,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> list[tuple[str, str]]:
        # Unfold's own version still has the signature that Django 6.1 deprecates.
        return admin.ModelAdmin.get_action_choices(
            self, request, default_choices=[("", "Select action")], action_location=action_location
        )

    # --- Form -----------------------------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The fieldsets of the class without what the user may not read, then who wrote the row and when."""
        unread = self._unread_references(request)
        if obj is None:
            unread |= {*self.follows, *self.kept}
        else:
            unread |= {name for name in self.kept if getattr(obj, name) in (None, "", [], {})}
        fieldsets = [
            (name, options | {"fields": fields})
            for name, options in super().get_fieldsets(request, obj)
            if (fields := _without(options["fields"], unread))
        ]
        if obj is None or not issubclass(self.model, AuditedModel):
            return fieldsets
        return (*fieldsets, ("Record", {"fields": (RECORD_FIELDS[:2], RECORD_FIELDS[2:]), "classes": ("collapse",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        fields = (*super().get_readonly_fields(request, obj), *self.follows, *self.kept)
        return (*fields, *RECORD_FIELDS) if issubclass(self.model, AuditedModel) else fields

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """What follows an addition; the message on the screen says whose row it is, which the log does not."""
        response: HttpResponse = super().response_add(request, self._labelled(obj), post_url_continue)
        return response

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        response: HttpResponse = super().response_change(request, self._labelled(obj))
        return response

    def _labelled(self, obj: Any) -> LabelledRow:
        return LabelledRow(obj, self.autocomplete_label(obj))

    def counted(self, count: int) -> str:
        """ "1 student" or "5 students"."""
        return f"{count} {self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural}"

    # --- History --------------------------------------------------------------------------------------------------

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What happened to a row: every change, whoever made it and by whatever way, if there is one who knows."""
        response: Any = super().history_view(request, object_id, {"title": "History", **(extra_context or {})})
        tell_page_shown(self.model, request, response)
        row = (getattr(response, "context_data", None) or {}).get("object")
        if row is not None:
            for _, versions in history_asked.send(self.model, request=request, row=row, admin_site=self.admin_site):
                response.context_data["versions"] = versions
        return response

    # --- Log ------------------------------------------------------------------------------------------------------

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return self.log(request, [obj.pk], ADDITION, message)[0]

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        return self.log(request, [obj.pk], CHANGE, message)[0]

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> list[LogEntry]:
        keys = queryset.values_list("pk", flat=True) if isinstance(queryset, QuerySet) else [row.pk for row in queryset]
        return self.log(request, keys, DELETION, "")

    def log(self, request: HttpRequest, keys: Iterable[Any], flag: int, message: Any) -> list[LogEntry]:
        """Note who did what, without the rows' names: the admin's log is no table for health information."""
        content_type = ContentType.objects.get_for_model(self.model, for_concrete_model=False)
        text = json.dumps(message) if isinstance(message, list) else message
        return LogEntry.objects.bulk_create(
            LogEntry(
                user_id=str(request.user.pk),
                content_type=content_type,
                object_id=str(key),
                object_repr=f"{self.opts.verbose_name} {key}",
                action_flag=flag,
                change_message=text,
            )
            for key in keys
        )

    def url_name(self, page: str) -> str:
        """Name of a page of this model: "changelist", "add", "change", "delete", "history"."""
        return f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
