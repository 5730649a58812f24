"""What the admin pages of all our models have in common."""

import json
from collections.abc import Iterable, Sequence
from datetime import MAXYEAR
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Field, JSONField, Model, QuerySet, TextField
from django.db.models.constants import LOOKUP_SEP
from django.forms import Textarea
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from core.admin.database_errors import explain
from core.admin.deletion import check_constraints_now, delete_with_constraints, owned_counts
from core.admin.forms import BlankableJSONField, LinesField, WhiteCrossForm, first_value
from core.admin.shown import history_asked, tell_page_shown, tell_shown
from core.database.audit_fields import AuditedModel
from core.database.soft_delete import SoftDeleteModel
from core.search import prefix_query

RECORD_FIELDS = ("created_at", "created_by", "updated_at", "updated_by")


def _without(fields: Iterable[Any], unread: set[str]) -> tuple[Any, ...]:
    """Names of fields, some of them in groups of a line, but for those unread."""
    lines = (_without(line, unread) if isinstance(line, (list, tuple)) else line for line in fields)
    return tuple(line for line in lines if line and not (isinstance(line, str) and line in unread))


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


class FilteredChangeList(ChangeList):
    """A list that offers to show all rows only while it does not."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.get_filters_params():
            self.full_result_count = self.result_count


class WhiteCrossAdmin(ModelAdmin):
    """A list, a form, a history and a deletion that know that defaults and rules live in the database."""

    list_per_page = 50
    list_select_related: ClassVar[tuple[str, ...]] = ()  # the relations that columns and labels read
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they cost a count for each choice of each filter
    form = WhiteCrossForm
    warn_unsaved_form = True
    actions: Sequence[str] = ("delete_selected",)
    delete_confirmation_template = "admin/deletion.html"
    delete_confirmation_max_display = 20

    # The way from a row to the student it is about; the student's page links to the list by it.
    student_path: str | None = None

    # What a deletion does, for the page that asks for confirmation.
    deletion_is_final = True

    # --- List -----------------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return FilteredChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and ERROR_FLAG in request.GET:
            self.message_user(
                request, "The filter in the address was not understood; it was left out.", messages.WARNING
            )
        response: HttpResponse = super().changelist_view(request, extra_context)
        tell_page_shown(self.model, request, response)
        return response

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

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address asks for, and what the list was filtered by: a student's list adds to the student."""
        filters = QueryDict(request.GET.get("_changelist_filters", ""))
        references = [field for field in self.opts.concrete_fields if field.is_relation]
        by_filter = {field.name: filters[key] for field in references if (key := f"{field.name}__id__exact") in filters}
        initial = {**by_filter, **super().get_changeform_initial_data(request)}
        for field in references:
            try:
                field.to_python(initial.get(field.name))
            except ValidationError:
                del initial[field.name]  # no key, and the widget would look for a row that has it
        return initial

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """The fieldsets of the class without what the user may not read, then who wrote the row and when."""
        unread = self._unread_references(request)
        fieldsets = [
            (name, options | {"fields": fields})
            for name, options in super().get_fieldsets(request, obj)
            if (fields := _without(options["fields"], unread))
        ]
        if obj is None or not issubclass(self.model, AuditedModel):
            return fieldsets
        return (*fieldsets, ("Record", {"fields": (RECORD_FIELDS[:2], RECORD_FIELDS[2:]), "classes": ("collapse",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, *RECORD_FIELDS) if issubclass(self.model, AuditedModel) else fields

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if (value := first_value(db_field)) is not None:
            kwargs.setdefault("initial", value)
        if isinstance(db_field, ArrayField):
            kwargs.setdefault("form_class", LinesField)
            kwargs.setdefault("help_text", "One per line.")
        if isinstance(db_field, JSONField):
            kwargs.setdefault("form_class", BlankableJSONField)
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if formfield is not None and db_field.null and isinstance(db_field, TextField):
            formfield.empty_value = None  # Django does so for CharField only: nothing said is null, not ""
        if formfield is not None and isinstance(formfield.widget, Textarea):
            formfield.widget.attrs["rows"] = 3  # a form of ten notes stays a page or two
        if isinstance(formfield, BlankableJSONField) and not db_field.null:
            formfield.blank_value = {}
        return formfield

    def formfield_for_choice_field(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if "choices" not in kwargs:
            # Without a blank, the first choice would be chosen for whoever forgets to choose.
            undecided = db_field.blank or first_value(db_field) is None
            kwargs["choices"] = db_field.get_choices(include_blank=undecided, blank_choice=[("", "Select value")])
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if issubclass(db_field.related_model, SoftDeleteModel) and "queryset" not in kwargs:
            # A row that refers to a deleted one keeps doing so when it is saved; the form refuses only a new choice.
            kwargs["queryset"] = db_field.related_model.all_objects.all()
        formfield = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if formfield is not None and self.admin_site.is_registered(db_field.related_model):
            # What is chosen reads as it does while one looks it up: a dose says whose it is, and of what.
            related = self.admin_site.get_model_admin(db_field.related_model)
            formfield.queryset = related.with_labels(request, formfield.queryset)
            formfield.label_from_instance = related.autocomplete_label
        return formfield

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
                if request.method == "POST":
                    check_constraints_now()
        except (IntegrityError, DataError) as error:
            # The form has checked every rule before; what comes here is a race, or a rule that only a trigger knows.
            self.message_user(request, f"Nothing was saved. {explain(error)}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        tell_page_shown(self.model, request, response)
        return response

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """What follows an addition; the message on the screen says whose row it is, which the log does not."""
        response: HttpResponse = super().response_add(request, self._labelled(obj), post_url_continue)
        return response

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        response: HttpResponse = super().response_change(request, self._labelled(obj))
        return response

    def _labelled(self, obj: Any) -> LabelledRow:
        return LabelledRow(obj, self.autocomplete_label(obj))

    # --- Deletion -------------------------------------------------------------------------------------------------

    @admin.action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Delete rows, once it was shown what goes along with them and confirmed."""
        queryset = self.deletable(queryset)
        if "post" not in request.POST:
            return self._confirm_deletion(request, queryset)
        try:
            with transaction.atomic():
                self.log_deletions(request, queryset)
                count = self.delete_queryset(request, queryset)
        except IntegrityError as error:
            self.message_user(request, f"Nothing was deleted. {explain(error)}", messages.ERROR)
        else:
            self.message_user(request, f"Deleted: {self.counted(count)}.", messages.SUCCESS)
        return None

    def deletable(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that can be deleted."""
        return queryset

    def counted(self, count: int) -> str:
        """ "1 student" or "5 students"."""
        return f"{count} {self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural}"

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra_context = {"deletion_is_final": self.deletion_is_final, **(extra_context or {})}
        try:
            response: HttpResponse = super().delete_view(request, object_id, extra_context)
        except IntegrityError as error:
            self.message_user(
                request, f"This {self.opts.verbose_name} was not deleted. {explain(error)}", messages.ERROR
            )
            return HttpResponseRedirect(reverse(self.url_name("change"), args=[object_id]))
        tell_page_shown(self.model, request, response)
        return response

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        delete_with_constraints(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> int:
        """Delete the rows; returns their number, without what went along."""
        _, kinds = delete_with_constraints(queryset)
        return kinds.get(self.model._meta.label, 0)

    def get_deleted_objects(self, objs: Sequence[Model], request: HttpRequest) -> tuple[Any, dict[str, int], Any, Any]:
        """What would be deleted: the rows by name, and the number of each kind that goes along with them.

        Rows go along by the foreign keys that cascade in the database, so they are counted there. Being allowed to
        delete a row is being allowed to delete what belongs to it.
        """
        return [str(obj) for obj in objs], owned_counts(self.model, [obj.pk for obj in objs]), set(), []

    def _confirm_deletion(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        count = queryset.count()
        named = list(queryset[: self.delete_confirmation_max_display])
        tell_shown(self.model, request, "LIST", named)
        context = {
            **self.admin_site.each_context(request),
            "title": "Delete",
            "opts": self.opts,
            "media": self.media,
            "deletion_is_final": self.deletion_is_final,
            "counted": self.counted(count),
            "deleted_objects": [str(row) for row in named],
            "more": max(0, count - self.delete_confirmation_max_display),
            "model_count": owned_counts(self.model, queryset.order_by().values("pk")).items(),
            # All rows of the list were meant, or the ones that were ticked.
            "select_across": request.POST.get("select_across", "0"),
            "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
            "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/deletion_of_selected.html", context)

    # --- History --------------------------------------------------------------------------------------------------

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What happened to a row: every change, whoever made it and by whatever way, if there is one who knows."""
        response: Any = super().history_view(request, object_id, extra_context)
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
