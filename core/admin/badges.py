"""Columns of the lists that show a choice as a colored badge."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import TextChoices
from unfold.decorators import display


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

    @display(description=field.replace("_", " "), ordering=field, label=colors)
    def column(row: Any) -> tuple[str | None, str | None]:
        return getattr(row, field), getattr(row, f"get_{field}_display")()

    return column
