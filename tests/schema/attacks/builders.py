"""Ways to attack a check constraint: what it must accept, and what it must refuse."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Values = SearchStrategy[dict[str, Any]]

INTEGER_MAX = 2**31 - 1
DAYS = st.dates(datetime.date(2000, 1, 1), datetime.date(2090, 12, 31))
MOMENTS = st.builds(datetime.datetime.combine, DAYS, st.times(), tzinfo=st.just(datetime.UTC))
# Text that PostgreSQL can store: no NUL, no half of a surrogate pair.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


# Digits to Python's \d and to people, not to our patterns.
ARABIC_DIGITS = str.maketrans("0123456789", "".join(chr(0x660 + digit) for digit in range(10)))


@dataclass(frozen=True)
class Attack:
    """Values of a few columns, the rest of the row being its minimal one."""

    accepted: Values
    refused: Values


def columns(**strategies: SearchStrategy[Any]) -> Values:
    """One value for each column."""
    return st.fixed_dictionaries(strategies)


def one(column: str, strategy: SearchStrategy[Any]) -> Values:
    """Values of one column."""
    return st.fixed_dictionaries({column: strategy})


def whole(column: str, low: int, high: int | None = None, **others: Any) -> Attack:
    """An integer from low to high."""
    top = INTEGER_MAX if high is None else high
    outside = st.just(low - 1) | st.integers(-INTEGER_MAX, low - 1)
    if high is not None:
        outside |= st.just(high + 1) | st.integers(high + 1, INTEGER_MAX)
    rest = {name: st.just(value) for name, value in others.items()}
    return Attack(
        columns(**{column: st.sampled_from([low, top]) | st.integers(low, top)}, **rest),
        columns(**{column: outside}, **rest),
    )


def decimal(column: str, low: int, high: int, most: str, **others: Any) -> Attack:
    """A number of two decimals from low to high; the column's type can hold up to `most`, of either sign."""
    step = Decimal("0.01")
    least, top = Decimal(low) - step, Decimal(high) + step
    rest = {name: st.just(value) for name, value in others.items()}
    return Attack(
        columns(**{column: st.sampled_from([Decimal(low), Decimal(high)]) | st.decimals(low, high, places=2)}, **rest),
        columns(
            **{
                column: st.sampled_from([least, top])
                | st.decimals(-Decimal(most), least, places=2)
                | st.decimals(top, Decimal(most), places=2)
            },
            **rest,
        ),
    )


def text(column: str, accepted: Sequence[str], refused: Sequence[str], near_misses: Sequence[str] = ()) -> Attack:
    """A text that has one of some forms, given as regular expressions; near misses are given as they are."""
    return Attack(
        one(column, st.one_of(*(st.from_regex(form, fullmatch=True) for form in accepted))),
        one(
            column,
            st.sampled_from(["", " ", *near_misses]) | st.one_of(*(st.from_regex(f, fullmatch=True) for f in refused)),
        ),
    )


def listed(column: str, values: Sequence[str], longest: int, **others: Any) -> Attack:
    """One of a list, in this spelling."""
    rest = {name: st.just(value) for name, value in others.items()}
    misspelt = {spelling for value in values for spelling in (value.lower(), value.title(), f"{value} ", f" {value}")}
    return Attack(
        columns(**{column: st.sampled_from(values)}, **rest),
        columns(
            **{
                column: (st.sampled_from(sorted(misspelt)) | st.text("ABCXYZabcxyz0189_ -", max_size=longest)).filter(
                    lambda value: value not in values and len(value) <= longest
                )
            },
            **rest,
        ),
    )


def in_order(earlier: str, later: str, moments: SearchStrategy[Any], **others: Any) -> Attack:
    """The later is not before the earlier."""
    rest = dict(others)
    pairs = st.tuples(moments, moments).map(sorted)
    same = moments.map(lambda value: [value, value])
    return Attack(
        (same | pairs).map(lambda pair: {earlier: pair[0], later: pair[1]} | rest),
        pairs.filter(lambda pair: pair[0] != pair[1]).map(lambda pair: {earlier: pair[1], later: pair[0]} | rest),
    )


def only_with(column: str, values: SearchStrategy[Any], allowed: dict[str, Any], denied: dict[str, Any]) -> Attack:
    """A value that stands only beside others; null stands beside all.

    `allowed` and `denied` map the other column to the values beside which it may and may not stand.
    """
    beside = {name: st.sampled_from(options) for name, options in allowed.items()}
    without = {name: st.sampled_from(options) for name, options in denied.items()}
    return Attack(
        columns(**{column: values}, **beside) | columns(**{column: st.none()}, **without),
        columns(**{column: values}, **without),
    )


def soft_delete_mark() -> Attack:
    """A row that is not deleted bears no mark."""
    marks = st.uuids()
    return Attack(
        columns(deleted_at=MOMENTS, deletion_id=marks | st.none())
        | columns(deleted_at=st.none(), deletion_id=st.none()),
        columns(deleted_at=st.none(), deletion_id=marks),
    )


def calendar(days: Sequence[str], moments: Sequence[str]) -> Attack:
    """A date or moment of the years 1900 to 2199, in every such column of the table."""
    outside = [datetime.date(1899, 12, 30), datetime.date(2200, 1, 2), datetime.date(9999, 12, 30)]
    late = [datetime.datetime.combine(day, datetime.time(12), datetime.UTC) for day in outside]
    endless = st.sampled_from(["infinity", "-infinity"])
    return Attack(
        one("created_at" if "created_at" in moments else moments[0], MOMENTS),
        st.one_of(
            *(one(column, st.sampled_from(outside) | endless) for column in days),
            *(one(column, st.sampled_from(late) | endless) for column in moments),
        ),
    )


def yes_only(column: str, values: SearchStrategy[Any], switch: str) -> Attack:
    """A value that stands only where a switch is on."""
    return only_with(column, values, {switch: [True]}, {switch: [False]})


def phone(column: str) -> Attack:
    """A telephone number."""
    return text(
        column,
        [
            r"[0-9]{3}-[0-9]{3}-[0-9]{4}",
            r"\([0-9]{3}\) [0-9]{3}-[0-9]{4}",
            r"\+1 [0-9]{3} [0-9]{3} [0-9]{4}",
            r"[0-9]{3}\.[0-9]{3}\.[0-9]{4} x[0-9]{1,4}",
            r"\+[0-9]{7,15}",
            r"[0-9]{7}",
            r"1?[0-9]{10}",
        ],
        [r"[a-wyzA-Z]{1,20}", r"[0-9]{1,6}", r"[0-9]{8,9}", r"[0-9]{3}-[0-9]{3}-[A-Z]{4}", r"[-. ()x]{7,20}"],
        ["614-555-0142\n", "614-555-0142;", "614-555-0142".translate(ARABIC_DIGITS), "++16145550142", "(614 555-0142"],
    )


def zip_code(column: str) -> Attack:
    """A ZIP code of five or nine digits."""
    return text(
        column,
        [r"[0-9]{5}", r"[0-9]{5}-[0-9]{4}"],
        [r"[0-9]{1,4}", r"[0-9]{6,10}", r"[0-9]{5}-[0-9]{1,3}", r"[A-Z][0-9][A-Z] [0-9][A-Z][0-9]"],
        ["43215\n", " 43215", "43215-", "43215 1234", "43215".translate(ARABIC_DIGITS)],
    )


def state(column: str) -> Attack:
    """A state, two capitals."""
    return text(column, [r"[A-Z]{2}"], [r"[a-z]{2}", r"[A-Z]", r"[A-Z][a-z0-9]"], ["O\n", "ÖH", "O."])


def email(column: str) -> Attack:
    """An e-mail address in lower case."""
    return text(
        column,
        [r"[a-z0-9._+-]{1,20}@[a-z0-9-]{1,20}(\.[a-z]{2,6}){1,2}"],
        [r"[a-z0-9.]{1,20}", r"[a-z]{1,9}@[a-z]{1,9}", r"@[a-z]{1,9}\.org", r"[a-z]{1,9}@\.?"],
        ["ann lee@example.org", "ann@exam ple.org", "ann@@example.org", "ann@example.org\n", "ann@example."],
    )


def npi(column: str) -> Attack:
    """A National Provider Identifier: ten digits."""
    return text(
        column,
        [r"[0-9]{10}"],
        [r"[0-9]{1,9}", r"[0-9]{9}[A-Z]"],
        ["123456789\n", "123 456789", "1234567890".translate(ARABIC_DIGITS)],
    )


def icd_10_cm(column: str) -> Attack:
    """A diagnosis code with its point."""
    return text(
        column,
        [r"[A-Z][0-9][0-9AB]", r"[A-Z][0-9][0-9AB]\.[0-9A-Z]{1,4}"],
        [r"[a-z][0-9]{2}", r"[0-9]{3}", r"[A-Z][0-9]{3,6}", r"[A-Z][0-9]{2}\.[0-9A-Z]{5,8}", r"[A-Z][0-9]{2}\.[a-z]"],
        ["J45.", "J45.909\n", "J45 909", "J4C", "493.90"],
    )


def ndc(column: str) -> Attack:
    """A National Drug Code with or without its hyphens."""
    return text(
        column,
        [
            r"[0-9]{4}-[0-9]{4}-[0-9]{2}",
            r"[0-9]{5}-[0-9]{3}-[0-9]{2}",
            r"[0-9]{5}-[0-9]{4}-[0-9]{1,2}",
            r"[0-9]{10,11}",
        ],
        [r"[0-9]{1,9}", r"[0-9]{12,13}", r"[0-9]{3}-[0-9]{4}-[0-9]{2}", r"[0-9]{5}-[0-9]{5}-[0-9]"],
        ["49281-0400-1A", "49281 0400 10", "49281-0400", "-49281040010", "49281-0400-1\n"],
    )
