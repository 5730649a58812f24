"""What a form holds at first, when an address says it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField
from django.db.models.options import Options
from django.utils import timezone


def with_moments(opts: Options, initial: dict[str, Any]) -> dict[str, Any]:
    """The first values with moments in place of the texts that stand for them in an address; nonsense is left out.

    The widget of a moment takes date and time from the moment itself, and fails on a text.
    """
    values = dict(initial)
    for field in opts.concrete_fields:
        if isinstance(field, DateTimeField) and isinstance(values.get(field.name), str):
            text = values.pop(field.name)
            try:
                moment = field.to_python(text)
            except (ValidationError, ValueError, OverflowError):
                continue
            if moment is not None:
                values[field.name] = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
    return values
