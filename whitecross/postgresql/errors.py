"""Errors of the database without the values that PostgreSQL quotes in them.

PostgreSQL tells a refused row in full ("Failing row contains (...)"), a duplicate by its value, a mistyped date by its
text, and the statement around it. All of that may be health information, and an exception's text ends up in logs and
error trackers. What is left names the rule, table and column; a program finds the rest in the error's `diag`.
"""

from types import TracebackType

import psycopg
from django.db.utils import DatabaseErrorWrapper

_DATA_EXCEPTION = "22"


class DiscreetErrorWrapper(DatabaseErrorWrapper):
    """Turns psycopg's errors into Django's, both without the values of rows."""

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(exc_value, psycopg.Error) and exc_value.sqlstate:
            exc_value.args = (without_values(exc_value), *exc_value.args[1:])
        super().__exit__(exc_type, exc_value, traceback)


def without_values(error: psycopg.Error) -> str:
    """What the server said went wrong, and its hint, without the text of rows, parameters and statement."""
    message = error.diag.message_primary
    if message is None:
        return ""
    if (error.sqlstate or "").startswith(_DATA_EXCEPTION) and "for enum" not in message:
        message = message.split(': "')[0]  # invalid input syntax for type date: "the text"
    hint = error.diag.message_hint
    return f"{message}\nHINT:  {hint}" if hint else message
