"""What the database refused, in words for the person who asked for it."""

import re
from collections.abc import Iterable

from django.apps import apps
from django.db import DatabaseError
from django.db.models import BaseConstraint, Model
from psycopg import errors

from core.admin.rules import field_to_blame

_OUT_OF_REACH = "Your role does not allow this, or not for this school."
_REFUSED = "The database refused the change."


def explain(error: DatabaseError) -> str:
    """One sentence about a refused statement.

    It names kinds of records and rules only: the values that PostgreSQL puts into its own message may be health
    information, and nobody needs to know what a constraint, column or table is called.
    """
    cause = error.__cause__
    if not isinstance(cause, errors.Error):
        return _REFUSED
    if isinstance(cause, errors.ForeignKeyViolation):
        return f"It is still referred to by {_plural(cause.diag.table_name)}."
    if _is_our_own(cause):
        # One of our own triggers; it names the table and the rule, never a value.
        return _in_words(" ".join(filter(None, [cause.diag.message_primary, cause.diag.message_hint])))
    constraint = _constraint(cause.diag.constraint_name)
    if constraint is not None and constraint.violation_error_message:
        return str(constraint.violation_error_message)
    return _in_general(cause)


def refusal(error: DatabaseError, model: type[Model], fields: Iterable[str]) -> tuple[str | None, str]:
    """Why a form was not saved, and the field beside which to say so; None if it is about no field of the form."""
    cause = error.__cause__
    fields = list(fields)
    if isinstance(cause, errors.ForeignKeyViolation) and cause.diag.table_name == model._meta.db_table:
        return _field_of_key(cause.diag.constraint_name, model, fields), (
            "What was chosen here is no longer there. Choose again."
        )
    message = explain(error)
    if isinstance(cause, errors.InsufficientPrivilege):
        return next((name for name in ("school", "student", "student_medication") if name in fields), None), message
    if isinstance(cause, errors.RestrictViolation) and "order" in message and "student_medication" in fields:
        return "student_medication", message
    if isinstance(cause, errors.RestrictViolation) and "student" in message and "student" in fields:
        return "student", message
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    constraint = _constraint(name)
    return (field_to_blame(constraint, fields) if constraint is not None else None), message


def _is_our_own(cause: errors.Error) -> bool:
    """Whether one of our triggers raised it: PostgreSQL ends its own messages without a full stop."""
    kinds = (errors.RestrictViolation, errors.InsufficientPrivilege)
    primary = cause.diag.message_primary or ""
    return isinstance(cause, kinds) and not cause.diag.constraint_name and primary.endswith(".")


def _in_general(cause: errors.Error) -> str:
    if isinstance(cause, errors.DataError):
        return "A value has a form that the database cannot store."
    if isinstance(cause, errors.InsufficientPrivilege):
        return _OUT_OF_REACH
    return _REFUSED


def _in_words(message: str) -> str:
    """The message with the names of records in place of those of tables."""
    names = {model._meta.db_table: str(model._meta.verbose_name_plural) for model in apps.get_models()}
    return re.sub(r"\b\w+\b", lambda word: names.get(word.group(), word.group()), message)


def _field_of_key(constraint: str | None, model: type[Model], fields: Iterable[str]) -> str | None:
    """The foreign key that a constraint is of: its name begins with table and column."""
    start = f"{model._meta.db_table}_"
    columns = {
        field.column: field.name
        for field in model._meta.concrete_fields
        if field.is_relation and field.column and f"{start}{field.column}" in (constraint or "")
    }
    longest = max(columns, key=len, default=None)
    return columns[longest] if longest is not None and columns[longest] in fields else None


def _plural(table: str | None) -> str:
    for model in apps.get_models():
        if model._meta.db_table == table:
            return str(model._meta.verbose_name_plural)
    return "other rows"


def _constraint(name: str | None) -> BaseConstraint | None:
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name:
                return constraint
    return None
