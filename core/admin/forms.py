"""Forms of the admin, for models whose defaults and rules live in the database."""

import json
from collections.abc import Sequence
from copy import copy
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Field
from django.forms.fields import InvalidJSONInput
from django.utils import timezone

from core.admin.rules import field_to_blame
from core.database.functions import Today
from core.database.soft_delete import SoftDeleteModel

FIRST_YEAR, LAST_YEAR = 1900, 2199


def first_value(field: Field) -> Any:
    """What the database would fill in for a new row, so that the form can show it; None if only the database knows."""
    if not field.has_db_default():
        return None
    if isinstance(field.db_default, Today):
        return timezone.localdate
    return None if hasattr(field.db_default, "resolve_expression") else field.db_default


class LinesField(SimpleArrayField):
    """A list of words or phrases, one per line, so that a phrase may hold a comma."""

    def __init__(self, base_field: forms.Field, **kwargs: Any) -> None:
        kwargs["delimiter"] = "\n"
        super().__init__(base_field, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = [line.strip() for line in value.splitlines() if line.strip()]
        return super().to_python(value)


class FactsField(forms.JSONField):
    """Facts by name, one per line ("right eye: 20/20"), for a column of JSON; JSON itself is understood as well.

    What is not a set of facts (a list) is shown as JSON. A value that reads as a number, true, false or null is one;
    a text that looks like that stands in quotation marks.
    """

    blank_value: Any = None

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        if value is None or value == {}:
            return ""
        if isinstance(value, dict) and all(_is_name(name) for name in value):
            return "\n".join(f"{name}: {_as_line(fact)}" for name, fact in value.items())
        return super().prepare_value(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return InvalidJSONInput(data) if isinstance(data, str) else data

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip()
            if "\\u0000" in value:
                raise ValidationError("A sign in this text cannot be kept (\\u0000).", code="invalid")
            if value and value[0] not in "[{":
                return self._facts(value)
        return self.blank_value if value in self.empty_values else super().to_python(value)

    def _facts(self, text: str) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for line in filter(None, map(str.strip, text.splitlines())):
            name, colon, fact = line.partition(":")
            if not colon or not name.strip():
                raise ValidationError("Write each line as “name: value”.", code="invalid")
            facts[name.strip()] = _from_line(fact.strip())
        return facts

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (self.blank_value if initial is None else initial))
        except ValidationError:
            return True


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name == name.strip() != "" and ":" not in name and len(name.splitlines()) == 1


def _as_line(fact: Any) -> str:
    """The fact as it is typed: a text as it is, unless it would read as something else."""
    if isinstance(fact, str) and _from_line(fact) == fact and fact == fact.strip() and len(fact.splitlines()) == 1:
        return fact
    return json.dumps(fact, ensure_ascii=False)


def _from_line(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def calendar_validator(value: Any) -> None:
    """The years that the database takes: `core.database.constraints.calendar` says why."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(f"A date should lie in the years {FIRST_YEAR} to {LAST_YEAR}.", code="calendar")


class WhiteCrossForm(forms.ModelForm):
    """A form that validates all the rules of the table and says each beside its field."""

    may_choose_deleted: ClassVar[bool] = False

    # What the admin class says of a request: who fills it in, what somebody else changed since it was opened, and why
    # the database refused it a moment ago (the field, or None, and the reason).
    request: ClassVar[Any] = None
    model_admin: ClassVar[Any] = None
    meanwhile: ClassVar[Any] = None
    refusals: ClassVar[Sequence[tuple[str | None, str]]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refer_to_nobody()
        self._kept = self._references_out_of_sight()
        for name in self._kept:
            self.fields[name].required = False

    def _refer_to_nobody(self) -> None:
        """Put a key that no row has in the place of what is no key, for which the widget could not ask."""
        for name, field in self.fields.items() if self.is_bound else ():
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None and (sent := self[name].data):
                try:
                    field.queryset.model._meta.pk.to_python(sent)
                except ValidationError:
                    data: Any = copy(self.data)  # of a form that was posted, which cannot be written
                    data[self.add_prefix(name)] = str(UUID(int=0))
                    self.data = data

    def _references_out_of_sight(self) -> set[str]:
        """Fields left blank that refer to a row which the user does not see, such as a nurse of another district.

        The form showed a blank, so that a blank says nothing: what the row refers to is kept.
        """
        if not self.is_bound or self.instance._state.adding:
            return set()
        return {
            name
            for name, field in self.fields.items()
            if isinstance(field, forms.ModelChoiceField)
            and not self[name].data
            and (key := self.initial.get(name)) is not None
            and field.queryset is not None
            and not field.queryset.filter(pk=key).exists()
        }

    def full_clean(self) -> None:
        if self.meanwhile is not None and self.is_bound:
            self.meanwhile.merge(self)
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self._kept:
            cleaned.pop(name, None)
        for name in () if self.may_choose_deleted else self.changed_data:
            row = cleaned.get(name)
            if isinstance(row, SoftDeleteModel) and row.deleted_at is not None:
                self.add_error(name, f"This {row._meta.verbose_name} is deleted. Choose another, or restore it first.")
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # the stubs leave it out
        if self.meanwhile is not None:
            self.meanwhile.tell(self)
        for field, message in self.refusals:
            self.add_error(field, message if field else f"Nothing was saved. {message}")

    def _get_validation_exclusions(self) -> set[str]:
        # Uniqueness is among live rows, and in a district, which no form of a record asks for; left out, the rule would
        # go unchecked until the database refuses the row.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs leave it out
        return (excluded - {"deleted_at", "district"}) | self._kept

    def validate_constraints(self) -> None:
        """Each rule of the table, its message beside the first field it names, not at the top of a page of fields."""
        excluded = self._get_validation_exclusions()
        for constraint in self._meta.model._meta.constraints:
            try:
                constraint.validate(
                    self._meta.model, self.instance, exclude=excluded, using=self.instance._state.db or DEFAULT_DB_ALIAS
                )
            except ValidationError as error:
                message = constraint.violation_error_message if constraint.violation_error_message else error.messages
                self.add_error(field_to_blame(constraint, self.fields), message)
