"""What the constraints of a table say about the fields of its form."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import BaseConstraint, CheckConstraint, Model, Q

_LEAST, _GREATEST = "gte", "lte"


def fields_of(constraint: BaseConstraint) -> list[str]:
    """Names of the fields that a rule names, in its order; none for an expression over many (the calendar's)."""
    if isinstance(constraint, CheckConstraint):
        return [name.split("__")[0] for name in _names(constraint.condition)]
    return list(getattr(constraint, "fields", ()))


def field_to_blame(constraint: BaseConstraint, fields: Iterable[str]) -> str | None:
    """The field of a form beside which a broken rule is told: the first that the rule names."""
    return next((name for name in fields_of(constraint) if name in fields), None)


def bounds_of(model: type[Model], field: str) -> tuple[Any, Any]:
    """The least and the greatest number that the table takes in a column, whatever else the row says; None: no bound.

    Of a rule with alternatives (98.6 °F or 37 °C) the widest counts.
    """
    least, greatest = None, None
    for constraint in model._meta.constraints:
        if isinstance(constraint, CheckConstraint) and isinstance(constraint.condition, Q):
            low, high = _bounds(constraint.condition, field)
            least = low if least is None else least
            greatest = high if greatest is None else greatest
    return least, greatest


def _bounds(condition: Q, field: str) -> tuple[Any, Any]:
    """Bounds that a condition sets. Joined by OR, the widest; an alternative that is silent about the field sets none,
    but for "is null", which says nothing about numbers.
    """
    found = []
    for child in condition.children:
        if isinstance(child, Q):
            found.append(_bounds(child, field))
        elif isinstance(child, tuple):
            found.append(_bound(child, field))
    if condition.negated:
        return None, None
    if condition.connector == Q.OR:
        found = [bounds for bounds, child in zip(found, condition.children, strict=True) if child != (field, None)]
        lows, highs = [low for low, _ in found], [high for _, high in found]
        return (
            None if None in lows or not lows else min(lows),
            None if None in highs or not highs else max(highs),
        )
    return (
        next((low for low, _ in found if low is not None), None),
        next((high for _, high in found if high is not None), None),
    )


def _bound(lookup: tuple[str, Any], field: str) -> tuple[Any, Any]:
    name, value = lookup
    if isinstance(value, (int, float, Decimal)):
        if name == f"{field}__{_LEAST}":
            return value, None
        if name == f"{field}__{_GREATEST}":
            return None, value
    return None, None


def _names(condition: Any) -> list[str]:
    """Lookups of a condition, in its order."""
    found: list[str] = []
    for child in condition.children:
        if hasattr(child, "children"):
            found += _names(child)
        elif isinstance(child, tuple):
            found.append(child[0])
            if hasattr(child[1], "name"):
                found.append(child[1].name)
    return found
