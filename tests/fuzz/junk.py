"""Values that nobody means, for fields that take any."""

import uuid
from typing import Any

from django import forms
from hypothesis import strategies as st

JUNK = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "x" * 10_000,
    "-1",
    "0",
    "9" * 400,
    "1e308",
    "-0.0000000001",
    "NaN",
    "Infinity",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-03-29T02:30:00+25:00",
    "99:99",
    "[]",
    "{}",
    "null",
    '{"a": [1, {"b": "\\u0000"}]}',
    '"\\ud800"',
    "[" * 500,
    "'; DROP TABLE users; --",
    "<script>alert(1)</script>",
    "\ud7ff\U0010ffff\u202e",
    "\uff21\uff11\u0663",
    "%s%(x)s{0}",
    str(uuid.UUID(int=7)),
    "true",
    "on",
]
_PRINTED = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def junk_for(field: forms.Field, keys: list[str]) -> st.SearchStrategy[Any]:
    """Junk for a field of a form; for a reference also keys of other schools and deleted rows."""
    choices = [st.sampled_from(JUNK), _PRINTED, st.integers().map(str), st.lists(st.sampled_from(JUNK), max_size=3)]
    if isinstance(field, forms.ModelChoiceField) and keys:
        choices.insert(0, st.sampled_from(keys))
    if isinstance(field, (forms.DateField, forms.DateTimeField, forms.SplitDateTimeField)):
        choices.insert(0, st.dates().map(str))
        choices.insert(0, st.datetimes().map(str))
    if isinstance(field, (forms.DecimalField, forms.IntegerField)):
        choices.insert(0, st.decimals().map(str))
        choices.insert(0, st.floats().map(str))
    return st.one_of(choices)
