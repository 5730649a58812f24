"""Tracebacks without values: where it happened and what kind of error it was; its text only where that is ours."""

import traceback
from collections.abc import Iterator

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.db.transaction import TransactionManagementError
from django.template import TemplateDoesNotExist, TemplateSyntaxError

from whitecross.postgresql.errors import without_values

# Their texts name code, files and servers. The text of any other error may quote what somebody typed, or a row.
_NAMES_NO_VALUE = (
    *(OperationalError, psycopg.OperationalError, TransactionManagementError, ImproperlyConfigured),
    *(ImportError, NameError, TemplateDoesNotExist, TemplateSyntaxError),
)

_BY = "The above exception was the direct cause of the following exception:"
_DURING = "During handling of the above exception, another exception occurred:"


def safe_traceback(error: BaseException) -> str:
    """The traceback of an error and of those it came from: files, lines, functions and kinds of error."""
    return "\n".join(_lines(error, set()))


def safe_text(error: BaseException) -> str:
    """The kind of an error, and what it says if that cannot hold a value of a row."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    told = next((each for each in (error, error.__cause__) if isinstance(each, psycopg.Error) and each.sqlstate), None)
    if told is not None:
        return f"{name}: {' '.join(without_values(told).split())} ({told.sqlstate})"
    if isinstance(error, _NAMES_NO_VALUE):
        return f"{name}: {' '.join(str(error).split())}"
    return f"{name} (its text is not logged)"


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    came_from, words = error.__cause__, _BY
    if came_from is None and not error.__suppress_context__:
        came_from, words = error.__context__, _DURING
    if came_from is not None and id(came_from) not in seen:
        yield from _lines(came_from, seen)
        yield from ("", words, "")
    yield "Traceback (most recent call last):"
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield safe_text(error)
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from (f"  | {line}" for line in _lines(each, seen))
