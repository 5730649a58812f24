"""Forms of the admin, for models whose defaults and rules live in the database."""

from copy import copy
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import CheckConstraint, Field
from django.utils import timezone

from core.database.functions import Today
from core.database.soft_delete import SoftDeleteModel


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


class BlankableJSONField(forms.JSONField):
    """JSON in a box that is blank, instead of saying "null", when there is none."""

    blank_value: Any = None

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        return self.blank_value if value in self.empty_values else super().to_python(value)


class WhiteCrossForm(forms.ModelForm):
    """A form that validates all the rules of the table and says each beside its field."""

    may_choose_deleted: ClassVar[bool] = False

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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self._kept:
            cleaned.pop(name, None)
        for name in () if self.may_choose_deleted else self.changed_data:
            row = cleaned.get(name)
            if isinstance(row, SoftDeleteModel) and row.deleted_at is not None:
                self.add_error(name, f"This {row._meta.verbose_name} is deleted. Choose another, or restore it first.")
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # Uniqueness is among live rows, and in a district, which no form of a record asks for; left out, the rule would
        # go unchecked until the database refuses the row.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs leave it out
        return (excluded - {"deleted_at", "district"}) | self._kept

    def _update_errors(self, errors: ValidationError) -> None:
        # A rule is said beside the first field it names, not at the top of a page of fields.
        if hasattr(errors, "error_dict") and NON_FIELD_ERRORS in errors.error_dict:
            general = []
            for error in errors.error_dict.pop(NON_FIELD_ERRORS):
                field = self._fields_of_rules().get(str(error.message))
                if field is None:
                    general.append(error)
                else:
                    errors.error_dict.setdefault(field, []).append(error)
            if general:
                errors.error_dict[NON_FIELD_ERRORS] = general
        super()._update_errors(errors)  # type: ignore[misc]  # the stubs leave it out

    def _fields_of_rules(self) -> dict[str, str]:
        """Messages of the rules, each with the first field of the form that the rule names."""
        rules: dict[str, str] = {}
        for constraint in self._meta.model._meta.constraints:
            if isinstance(constraint, CheckConstraint):
                names = [name.split("__")[0] for name in _names(constraint.condition)]
            else:
                names = list(getattr(constraint, "fields", ()))
            if name := next((name for name in names if name in self.fields), None):
                # The same message on two fields says nothing about which of them is meant.
                message = str(constraint.violation_error_message)
                rules[message] = name if rules.get(message, name) == name else ""
        return {message: name for message, name in rules.items() if name}


def _names(condition: Any) -> list[str]:
    """Lookups of a condition, in its order."""
    found: list[str] = []
    for child in condition.children:
        if hasattr(child, "children"):
            found += _names(child)
        elif isinstance(child, tuple):  # an expression (the calendar's) is about many fields: its message stands on top
            found.append(child[0])
            if hasattr(child[1], "name"):
                found.append(child[1].name)
    return found
