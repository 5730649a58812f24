"""Columns of the lists that show a choice as a colored badge."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import TextChoices
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.decorators import display


@lru_cache(maxsize=500)
def _label(text: str, color: str | None) -> SafeString:
    """Unfold's label, rendered once: there are few, and a list has one in each row."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": color})


def badge(
    field: str,
    choices: type[TextChoices],
    *,
    danger: Sequence[str] = (),
    warning: Sequence[str] = (),
    success: Sequence[str] = (),
    info: Sequence[str] = (),
) -> Callable[[Any], Any]:
    """A column for a choice field; the values named after a color have it, the others are grey.

    It sorts as the database does: a native enum by the order of its values.
    """
    colors: dict[str | None, str | None] = dict.fromkeys(choices.values)
    for color, values in {"danger": danger, "warning": warning, "success": success, "info": info}.items():
        colors |= dict.fromkeys(values, color)

    @display(description=field.replace("_", " "), ordering=field)
    def column(row: Any) -> SafeString | None:
        value = getattr(row, field)
        return None if value is None else _label(getattr(row, f"get_{field}_display")(), colors.get(value))

    return column
