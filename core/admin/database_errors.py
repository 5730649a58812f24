"""What the database refused, in words for the person who asked for it."""

from django.apps import apps
from django.db import DatabaseError
from django.db.models import BaseConstraint
from psycopg import errors


def explain(error: DatabaseError) -> str:
    """One sentence about a refused statement.

    It names tables and rules only: the values that PostgreSQL puts into its own message may be health information.
    """
    cause = error.__cause__
    if not isinstance(cause, errors.Error):
        return "The database refused the change."
    if isinstance(cause, errors.ForeignKeyViolation):
        return f"It is still referred to by {_plural(cause.diag.table_name)}."
    if isinstance(cause, errors.RestrictViolation) and cause.diag.constraint_name is None:
        # One of our own triggers; it names the table and the rule, never a value.
        return " ".join(filter(None, [cause.diag.message_primary, cause.diag.message_hint]))
    constraint = _constraint(cause.diag.constraint_name)
    if constraint is not None and constraint.violation_error_message:
        return str(constraint.violation_error_message)
    return _in_general(cause)


def _in_general(cause: errors.Error) -> str:
    if isinstance(cause, errors.DataError):
        return "A value has a form that the database cannot store."
    if isinstance(cause, errors.InsufficientPrivilege):
        return "Your role does not allow it."
    return "The database refused the change."


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
