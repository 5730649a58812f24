"""The check constraints that recur, each with a message for the person who meets it."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import CheckConstraint, F, Q, TextChoices

from core.database.functions import WithinCalendar

# International, or North American with or without area code, with an extension if any.
PHONE = (
    r"^(\+[0-9][0-9 ().-]{5,17}[0-9]"
    r"|(1[ .-]?)?(\([0-9]{3}\) ?|[0-9]{3}[ .-]?)?[0-9]{3}[ .-]?[0-9]{4}( ?(x|ext\.?) ?[0-9]{1,6})?)$"
)
ZIP_CODE = r"^[0-9]{5}(-[0-9]{4})?$"
STATE = r"^[A-Z]{2}$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
NPI = r"^[0-9]{10}$"
ICD_10_CM = r"^[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?$"
NDC = r"^([0-9]{4}-[0-9]{4}-[0-9]{2}|[0-9]{5}-[0-9]{3}-[0-9]{2}|[0-9]{5}-[0-9]{4}-[0-9]{1,2}|[0-9]{10,11})$"
CVX = r"^[0-9]{1,3}$"


def check(name: str, condition: Q, message: str) -> CheckConstraint:
    """A rule; `message` says what would be right."""
    return CheckConstraint(condition=condition, name=name, violation_error_message=message)


def between(name: str, field: str, low: Any, high: Any, message: str) -> CheckConstraint:
    """low <= field <= high, or null."""
    return check(name, Q((f"{field}__gte", low), (f"{field}__lte", high)), message)


def at_least(name: str, field: str, low: Any, message: str) -> CheckConstraint:
    """low <= field, or null."""
    return check(name, Q((f"{field}__gte", low)), message)


def matches(name: str, field: str, pattern: str, message: str) -> CheckConstraint:
    """The text has the form of a regular expression, or is null."""
    return check(name, Q((f"{field}__regex", pattern)), message)


def phone(name: str, field: str) -> CheckConstraint:
    """The text is a telephone number, or null."""
    return matches(
        name, field, PHONE, "The telephone number should be like 614-555-0142, 614-555-0142 x12 or +44 20 7946 0958."
    )


def email(name: str, field: str) -> CheckConstraint:
    """The text is an e-mail address, or null."""
    return matches(name, field, EMAIL, "The e-mail address should look like name@example.org.")


def one_of(name: str, field: str, choices: type[TextChoices], message: str) -> CheckConstraint:
    """The text is one of a short list, or null: for lists that are not a PostgreSQL enum of the plan's.

    Equalities joined by OR, not IN: PostgreSQL rewrites `varchar IN (...)` a little at each dump and restore, so that
    a restored database would differ from a migrated one.
    """
    return check(name, reduce(or_, (Q((field, value)) for value in choices.values)), message)


def not_before(name: str, later: str, earlier: str, message: str) -> CheckConstraint:
    """later >= earlier, or one of them is null."""
    return check(name, Q((f"{later}__gte", F(earlier))), message)


def calendar(table: str, *fields: str) -> CheckConstraint:
    """Dates and moments lie in the years 1900 to 2199, or are null.

    It catches slips of the year. PostgreSQL also has infinity and years beyond 9999, which Python has not: one such row
    would break every list it is in.
    """
    return check(f"{table}_calendar", Q(WithinCalendar(*fields)), "A date should lie in the years 1900 to 2199.")


def only_if(name: str, field: str, condition: Q, message: str) -> CheckConstraint:
    """The field is null unless the condition holds."""
    return check(name, Q((field, None)) | condition, message)
