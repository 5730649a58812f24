"""What a person means who types into the search: words, a day of birth, digits of a telephone number."""

import re
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.search import SearchQuery
from django.utils import timezone

from core.search import prefix_query

SHORTEST = 2
LONGEST = 100
FEWEST_DIGITS = 4

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_DAYS = (
    re.compile(r"(?<![0-9-])(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})(?![0-9-])"),
    re.compile(rf"(?<![0-9/.-])(?P<month>[0-9]{{1,2}})([/.-])(?P<day>[0-9]{{1,2}})\2{_YEAR}(?![0-9/-])"),
    re.compile(rf"\b(?P<name>[A-Za-z]{{3,9}})\.? (?P<day>[0-9]{{1,2}}),? {_YEAR}(?![0-9])"),
    re.compile(rf"(?<![0-9])(?P<day>[0-9]{{1,2}}) (?P<name>[A-Za-z]{{3,9}})\.?,? {_YEAR}(?![0-9])"),
)
_PHONE = re.compile(r"[0-9 ().+/-]*")


@dataclass(frozen=True)
class Typed:
    """What was typed, read."""

    text: str = ""
    words: SearchQuery | None = None
    born: date | None = None
    # Digits that a telephone number ends with, the last one first; empty if it was no such number.
    phone_reversed: str = ""

    def __bool__(self) -> bool:
        return self.words is not None or self.born is not None or bool(self.phone_reversed)


def read(text: str) -> Typed:
    """Read a search. A day of birth may stand among words: "smith 9/14/2012" """
    text = " ".join(text.replace("\0", " ").split())[:LONGEST]
    if len(text) < SHORTEST:
        return Typed()
    born, rest = _day_of_birth(text)
    digits = "" if born else _digits(rest)
    return Typed(text=rest, words=prefix_query(rest), born=born, phone_reversed=digits[::-1])


def _day_of_birth(text: str) -> tuple[date | None, str]:
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            if (day := _day(match.groupdict())) is not None:
                return day, " ".join([*text[: match.start()].split(), *text[match.end() :].split()])
    return None, text


def _day(parts: dict[str, str]) -> date | None:
    name = parts.get("name", "").lower()
    if name:
        known = name in _FULL_MONTHS or name in (*_MONTHS, "sept")
        month = _MONTHS.index(name[:3]) + 1 if known else 0
    else:
        month = int(parts["month"])
    year, today = int(parts["year"]), timezone.localdate()
    if len(parts["year"]) == 2:  # digits
        year += 2000 if 2000 + year <= today.year else 1900
    try:
        day = date(year, month, int(parts["day"]))
    except ValueError:
        return None
    return day if date(1900, 1, 1) <= day <= today else None


def _digits(text: str) -> str:
    if not _PHONE.fullmatch(text):
        return ""
    digits = "".join(character for character in text if character in "0123456789")
    if len(digits) == 11 and digits.startswith("1"):  # the country code of North America
        digits = digits[1:]
    return digits if len(digits) >= FEWEST_DIGITS else ""
