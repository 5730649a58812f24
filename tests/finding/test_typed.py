"""What a person means who types into the search."""

import datetime

import pytest

from finding.typed import read

DAY = datetime.date(2012, 9, 14)


@pytest.mark.parametrize(
    "text",
    [
        "9/14/2012",
        "09/14/2012",
        "9-14-2012",
        "9.14.2012",
        "9/14/12",
        "2012-09-14",
        "2012-9-14",
        "Sep 14 2012",
        "sep. 14, 2012",
        "September 14, 2012",
        "Sept 14 2012",
        "14 Sep 2012",
        "  9/14/2012  ",
    ],
)
def test_a_day_of_birth_is_read_as_people_write_it(text):
    typed = read(text)

    assert (typed.born, typed.words, typed.phone_reversed) == (DAY, None, "")


@pytest.mark.parametrize("text", ["13/40/2012", "2012-02-30", "9/14/2999", "Foo 14 2012", "1/2", "9/14-2012"])
def test_what_is_no_day_is_words(text):
    typed = read(text)

    assert typed.born is None
    assert typed.words is not None


def test_a_day_of_birth_may_stand_among_words():
    typed = read("smith 9/14/2012 jo")

    assert typed.born == DAY
    assert typed.text == "smith jo"
    assert typed.words is not None


def test_two_digits_of_a_year_that_is_to_come_mean_the_century_before():
    assert read("5/17/99").born == datetime.date(1999, 5, 17)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("(555) 010-2345", "5550102345"),
        ("555.010.2345", "5550102345"),
        ("5550102345", "5550102345"),
        ("+1 555 010 2345", "5550102345"),
        ("1-555-010-2345", "5550102345"),
        ("010-2345", "0102345"),
        ("2345", "2345"),
        ("345", ""),
        ("S-2345", ""),
        ("smith 2345", ""),
    ],
)
def test_digits_of_a_telephone_number_are_read_from_the_last(text, digits):
    assert read(text).phone_reversed == digits[::-1]


@pytest.mark.parametrize("text", ["", " ", "a", "\0", "--", "%_", "&|!"])
def test_what_says_nothing_asks_nothing(text):
    assert not read(text)


def test_a_novel_is_cut():
    assert len(read("a" * 5_000).text) == 100
