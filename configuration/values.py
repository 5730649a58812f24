"""Values of the twelve types: from the text that the table keeps, and back to it.

The forms are strict, so that PostgreSQL and Python can agree on every text whether it is a value: the database's
function `setting_is_right()` says the same as `parse`, and tests hold the two together.
"""

import datetime
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from configuration.models import ConfigValueType

MOST_CHARACTERS = 10_000
# Deeper than this, parsers begin to differ.
_MOST_LEVELS = 20

_DATE = r"(?:19|2[01])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

# The form of each type, in the regular expressions that both PostgreSQL and Python know; a JSON text has none.
FORMS: Mapping[ConfigValueType, str] = {
    ConfigValueType.NUMBER: r"(?:0|-?[1-9][0-9]{0,13}|-?(?:0|[1-9][0-9]{0,13})\.[0-9]{0,5}[1-9])",
    ConfigValueType.BOOLEAN: r"(?:true|false)",
    ConfigValueType.DATE: _DATE,
    ConfigValueType.TIME: _TIME,
    ConfigValueType.DATETIME: rf"{_DATE}T{_TIME}(?:\.[0-9]{{1,6}})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])",
    ConfigValueType.EMAIL: rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+",
    ConfigValueType.URL: rf"https?://{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?(?:[/?#][!-~]*)?",
    ConfigValueType.COLOR: r"#[0-9A-Fa-f]{6}",
}

# What would be right, as the end of "should be ...".
RIGHT: Mapping[ConfigValueType, str] = {
    ConfigValueType.STRING: f"a text of at most {MOST_CHARACTERS:,} characters",
    ConfigValueType.NUMBER: "a number such as 30 or 2.5",
    ConfigValueType.BOOLEAN: "true or false",
    ConfigValueType.JSON: "JSON, whose numbers have no exponent and at most 20 digits",
    ConfigValueType.ARRAY: 'a list of texts such as ["a", "b"]',
    ConfigValueType.DATE: "a date from 1900 to 2199, such as 2026-08-31",
    ConfigValueType.TIME: "a time of day such as 14:30",
    ConfigValueType.DATETIME: "a date and time with its zone, such as 2026-08-31T14:30:00-04:00",
    ConfigValueType.EMAIL: "an e-mail address such as name@example.org",
    ConfigValueType.URL: "a web address such as https://example.org/page",
    ConfigValueType.COLOR: "a color such as #0f766e",
    ConfigValueType.ENUM: "one of its list",
}


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text has the form of a regular expression, as PostgreSQL understands it in the C collation."""
    return re.fullmatch(pattern, text, re.ASCII | re.DOTALL) is not None


def parse(kind: ConfigValueType, text: str) -> Any:
    """The value that a text of this type stands for.

    STRING, EMAIL, URL, COLOR and ENUM: str. NUMBER: int, or Decimal with a fraction. BOOLEAN: bool. JSON: what it
    says. ARRAY: list of str. DATE, TIME: of the schools' calendar and clock. DATETIME: a moment with its zone.

    Raises:
        ValueError: the text is no value of the type. It says what would be right, and not what was given.
    """
    try:
        if "\0" in text or len(text) > MOST_CHARACTERS or not fits(FORMS.get(kind, ".*"), text):
            raise ValueError
        text.encode()  # half a surrogate pair is no text to PostgreSQL
        return _PARSERS.get(kind, str)(text)
    except (ValueError, RecursionError):
        raise ValueError(f"should be {RIGHT[kind]}") from None


def as_text(kind: ConfigValueType, value: Any) -> str:
    """The text that stands for a value of this type.

    Raises:
        ValueError: the value is none of the type.
    """
    try:
        text = _FORMATTERS.get(kind, _text)(value)
    except (TypeError, AttributeError, ArithmeticError):
        raise ValueError(f"should be {RIGHT[kind]}") from None
    parse(kind, text)
    return text


def _number(text: str) -> int | Decimal:
    return Decimal(text) if "." in text else int(text)


_STRINGS_OF_JSON = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_HUGE_NUMBERS = re.compile(r"[0-9][eE]|[0-9.]{21}")


def _json(text: str) -> Any:
    if _HUGE_NUMBERS.search(_STRINGS_OF_JSON.sub('""', text)):
        raise ValueError
    value = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    _check_json(value, 0)
    return value


def _check_json(value: Any, level: int) -> None:
    """Refuse what PostgreSQL cannot keep as JSON: the character 0 and half of a surrogate pair; and deep nesting."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError
        value.encode()
    elif isinstance(value, (list, dict)):
        if level == _MOST_LEVELS:
            raise ValueError
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            _check_json(part, level + 1)


def _refuse(_: str) -> Any:
    raise ValueError


def _array(text: str) -> list[str]:
    value = _json(text)
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise ValueError
    return value


_PARSERS: Mapping[ConfigValueType, Callable[[str], Any]] = {
    ConfigValueType.NUMBER: _number,
    ConfigValueType.BOOLEAN: lambda text: text == "true",
    ConfigValueType.JSON: _json,
    ConfigValueType.ARRAY: _array,
    ConfigValueType.DATE: datetime.date.fromisoformat,
    ConfigValueType.TIME: datetime.time.fromisoformat,
    ConfigValueType.DATETIME: datetime.datetime.fromisoformat,
}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _format_number(value: Any) -> str:
    if isinstance(value, bool):
        raise TypeError
    text = format(Decimal(str(value)), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _format_boolean(value: Any) -> str:
    if not isinstance(value, bool):
        raise TypeError
    return "true" if value else "false"


def _format_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain_number, allow_nan=False)


def _plain_number(value: Any) -> Any:
    if not isinstance(value, Decimal):
        raise TypeError
    return int(value) if value == value.to_integral_value() else float(value)


def _format_array(value: Any) -> str:
    if isinstance(value, str):
        raise TypeError
    return json.dumps(list(value), ensure_ascii=False)


def _format_moment(value: Any) -> str:
    text: str = value.isoformat()
    return text


_FORMATTERS: Mapping[ConfigValueType, Callable[[Any], str]] = {
    ConfigValueType.NUMBER: _format_number,
    ConfigValueType.BOOLEAN: _format_boolean,
    ConfigValueType.JSON: _format_json,
    ConfigValueType.ARRAY: _format_array,
    ConfigValueType.DATE: _format_moment,
    ConfigValueType.TIME: _format_moment,
    ConfigValueType.DATETIME: _format_moment,
}
