"""What a form asks, and how: in a nurse's words, with units, bounds and examples, and only what it cannot know."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db.models import (
    DateField,
    DateTimeField,
    DecimalField,
    Field,
    IntegerField,
    JSONField,
    TextField,
)
from django.forms import SplitDateTimeField, Textarea, TextInput
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from core.admin.forms import FactsField, LinesField, calendar_validator, first_value
from core.admin.rules import bounds_of
from core.admin.shown import tell_shown
from core.admin.widgets import FixedRow, NumberWithUnit, ShortTime
from core.database.soft_delete import SoftDeleteModel

# What a code or a number looks like, wherever it is asked for.
EXAMPLES: Mapping[str, str] = {
    "phone": "614-555-0142",
    "primary_phone": "614-555-0142",
    "secondary_phone": "614-555-0142",
    "email": "name@example.org",
    "state": "OH",
    "zip": "43215",
    "zip_code": "43215",
    "provider_npi": "10 digits",
    "facility_npi": "10 digits",
    "prescribed_by_npi": "10 digits",
    "diagnosis_code": "J45.909",
    "icd_code": "J45.909",
    "ndc_code": "49281-0400-10",
    "cvx_code": "03",
}
_MODES = {"phone": "tel", "primary_phone": "tel", "secondary_phone": "tel"}
_DIGITS = ("provider_npi", "facility_npi", "prescribed_by_npi", "cvx_code")


class AskingAdmin(ModelAdmin):
    """An admin that says of its fields how they are asked for."""

    labels: ClassVar[Mapping[str, str]] = {}  # where the column's own name is not what a nurse would say
    helps: ClassVar[Mapping[str, str]] = {}
    units: ClassVar[Mapping[str, str]] = {}
    steps: ClassVar[Mapping[str, str]] = {}  # of numbers with a fraction
    examples: ClassVar[Mapping[str, str]] = {}
    suggestions: ClassVar[Mapping[str, Sequence[str]]] = {}  # for a text that is mostly one of a few

    # What follows from an action or from another answer: nobody types it, so it is read on the page of a row.
    follows: ClassVar[tuple[str, ...]] = ()
    # What only a program writes (paths of files, sources): read on the page of a row that has it.
    kept: ClassVar[tuple[str, ...]] = ()

    def label_of(self, name: str) -> str | None:
        """What the form calls a field, if it is not the column's own name."""
        return self.labels.get(name)

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
        for field in self.opts.concrete_fields:
            if isinstance(field, DateField) and isinstance(initial.get(field.name), str):
                initial[field.name] = _moment(field, initial[field.name])
        return initial

    def signature(self, request: HttpRequest, name: str) -> dict[str, Any]:
        """Who fills in a form, as text and by role, for the fields `name` and `<name>_role`."""
        user: Any = request.user
        return {name: str(user), f"{name}_role": user.get_role_display()}

    # --- Fields ---------------------------------------------------------------------------------------------------

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        name = db_field.name
        if (value := first_value(db_field)) is not None:
            kwargs.setdefault("initial", value)
        if name in self.labels:
            kwargs.setdefault("label", self.labels[name])
        if name in self.helps:
            kwargs.setdefault("help_text", self.helps[name])
        if isinstance(db_field, ArrayField):
            kwargs.setdefault("form_class", LinesField)
            kwargs.setdefault("help_text", "One per line.")
        if isinstance(db_field, JSONField):
            kwargs.setdefault("form_class", FactsField)
            kwargs.setdefault("help_text", "One per line, as “name: value”.")
        if isinstance(db_field, (IntegerField, DecimalField)) and not db_field.choices:
            kwargs.setdefault("widget", self._number(db_field))
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if formfield is not None:
            self._dress(db_field, formfield)
            self._fix(db_field, formfield, request)
        return formfield

    def _dress(self, db_field: Field, formfield: Any) -> None:
        """What a box looks like and takes, by the kind of its column."""
        if db_field.null and isinstance(db_field, TextField):
            formfield.empty_value = None  # Django does so for CharField only: nothing said is null, not ""
        if isinstance(formfield.widget, Textarea):
            formfield.widget.attrs["rows"] = 3  # a form of ten notes stays a page or two
        if isinstance(formfield, FactsField) and not db_field.null:
            formfield.blank_value = {}
        if isinstance(db_field, (DateField, DateTimeField)):
            formfield.validators.append(calendar_validator)
        if isinstance(formfield, SplitDateTimeField):
            clock = ShortTime(formfield.widget.widgets[1].attrs)
            formfield.widget.widgets[1] = clock
            # One label stands for two boxes; a screen reader says which of them it is in.
            for box, part in zip(formfield.widget.widgets, ("day", "time"), strict=True):
                box.attrs["aria-label"] = f"{formfield.label}, {part}"
        if isinstance(formfield.widget, TextInput) and not isinstance(formfield.widget, NumberWithUnit):
            self._dress_text(db_field.name, formfield.widget)

    def _fix(self, db_field: Field, formfield: Any, request: HttpRequest) -> None:
        """Show what the address has settled instead of asking for it."""
        if (row := self.fixed_row(request, db_field.name)) is not None:
            related = self.admin_site.get_model_admin(db_field.related_model)
            page = f"{self.admin_site.name}:{row._meta.app_label}_{row._meta.model_name}_change"
            formfield.widget = FixedRow(related.autocomplete_label(row), reverse(page, args=[row.pk]))
            formfield.initial = row.pk
            formfield.help_text = ""

    def _number(self, db_field: Field) -> NumberWithUnit:
        least, greatest = bounds_of(self.model, db_field.name)
        whole = isinstance(db_field, IntegerField)
        attrs: dict[str, Any] = {
            "inputmode": "numeric" if whole else "decimal",
            "step": "1" if whole else self.steps.get(db_field.name, "any"),
        }
        attrs |= {name: bound for name, bound in (("min", least), ("max", greatest)) if bound is not None}
        return NumberWithUnit(self.units.get(db_field.name, ""), attrs)

    def _dress_text(self, name: str, widget: TextInput) -> None:
        if example := self.examples.get(name, EXAMPLES.get(name)):
            widget.attrs["placeholder"] = example
        if name in _MODES:
            widget.attrs["inputmode"] = _MODES[name]
        elif name in _DIGITS:
            widget.attrs["inputmode"] = "numeric"
        if name in self.suggestions:
            widget.attrs["list"] = f"suggestions_{name}"
            widget.attrs["autocomplete"] = "off"

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

    # --- What the address has settled -----------------------------------------------------------------------------

    def fixed_row(self, request: HttpRequest, name: str) -> Any:
        """The student or the order whose page led to this empty form: shown, no more asked for. One query."""
        if name not in ("student", "student_medication") or name not in request.GET:
            return None
        match = request.resolver_match
        if match is None or not (match.url_name or "").endswith("_add"):
            return None
        found: dict[str, Any] = request.__dict__.setdefault("fixed_rows", {})
        if name not in found:
            found[name] = self._look_up(request, name, request.GET[name])
        return found[name]

    def _look_up(self, request: HttpRequest, name: str, key: str) -> Any:
        field = self.opts.get_field(name)
        related = self.admin_site.get_model_admin(field.related_model)
        try:
            field.to_python(key)
        except ValidationError:
            return None
        if not related.has_view_permission(request):
            return None
        rows = related.with_labels(request, related.get_queryset(request))
        row = rows.filter(pk=key, deleted_at=None).first()
        tell_shown(field.related_model, request, "LIST", [row] if row is not None else [])
        return row


def _moment(field: Field, text: str) -> Any:
    """A date or moment of the address, local unless it says otherwise; None for what is none."""
    try:
        # A plus sign in an address reads as a space.
        value = field.to_python(text.replace(" ", "+") if "T" in text else text)
    except ValidationError:
        return None
    if isinstance(field, DateTimeField) and timezone.is_naive(value):
        return timezone.make_aware(value)
    return value
