"""Columns that the database computes: the body mass index, and the words of the search."""

from decimal import Decimal

import pytest

from core.database.functions import PUNCTUATION
from tests.schema.rows import execute, query


@pytest.mark.parametrize(
    ("height", "weight", "bmi"),
    [
        ("140.00 cm", "35.00 kg", "17.86"),  # 35 / 1.4^2 = 17.857142...
        ("100.00 cm", "15.00 kg", "15.00"),
        ("170.00 cm", "72.25 kg", "25.00"),
        ("55.00 inches", "77.00 lbs", "17.90"),  # 34.92661... kg / 1.397^2 m2 = 17.8962...
        ("70.00 inches", "150.00 lbs", "21.52"),  # 68.0388555 kg / 1.778^2 m2 = 21.5227...
        ("55.00 inches", "35.00 kg", "17.93"),  # 35 / 1.951609 = 17.9339...
        ("140.00 cm", "77.00 lbs", "17.82"),  # 34.92661249 / 1.96 = 17.8197...
        ("30.00 cm", "400.00 kg", "4444.44"),  # the extremes that the checks allow fit the column
        ("12.00 inches", "880.00 lbs", "4296.54"),
        ("250.00 cm", "1.00 kg", "0.16"),
    ],
)
def test_the_bmi_is_kilograms_over_square_meters_in_every_pair_of_units(rows, height, weight, bmi):
    (height, height_unit), (weight, weight_unit) = height.split(), weight.split()

    key = rows.insert(
        "growth_measurements", height=height, height_unit=height_unit, weight=weight, weight_unit=weight_unit
    )

    assert query("SELECT bmi FROM growth_measurements WHERE id = %s", [key]) == [(Decimal(bmi),)]


@pytest.mark.parametrize("measured", [{"height": "140"}, {"weight": "35"}, {}])
def test_the_bmi_is_null_where_height_or_weight_is_missing(rows, measured):
    key = rows.insert("growth_measurements", **measured)

    assert query("SELECT bmi FROM growth_measurements WHERE id = %s", [key]) == [(None,)]


def test_the_bmi_follows_a_correction(rows):
    key = rows.insert("growth_measurements", height="140", weight="35")

    execute("UPDATE growth_measurements SET weight = 40 WHERE id = %s", [key])

    assert query("SELECT bmi FROM growth_measurements WHERE id = %s", [key]) == [(Decimal("20.41"),)]


@pytest.mark.parametrize(
    ("table", "values", "words"),
    [
        (
            "students",
            {"first_name": "Mary-Ann", "last_name": "O'Brien-Smith", "student_number": "S-1042"},
            ["1042", "ann", "brien", "mary", "o", "s", "smith"],
        ),
        ("students", {"first_name": "Will", "last_name": "An", "student_number": "7"}, ["7", "an", "will"]),
        ("students", {"first_name": "José", "last_name": "Núñez", "student_number": "7"}, ["7", "jose", "nunez"]),
        (
            "users",
            {"first_name": "Jane", "last_name": "Doe", "email": "j.doe+school@mail.example.org"},
            ["doe", "example", "j", "jane", "mail", "org", "school"],
        ),
        ("medications", {"name": "Albuterol 90 mcg/act", "generic_name": None}, ["90", "act", "albuterol", "mcg"]),
        ("medications", {"name": "EpiPen (Jr.)", "generic_name": "epinephrine"}, ["epinephrine", "epipen", "jr"]),
    ],
)
def test_the_search_vector_holds_every_part_of_a_name_and_drops_none(rows, table, values, words):
    key = rows.insert(table, **values)

    found = query(f"SELECT tsvector_to_array(search_vector) FROM {table} WHERE id = %s", [key])

    assert sorted(found[0][0]) == words


@pytest.mark.parametrize("mark", PUNCTUATION)
def test_each_mark_of_punctuation_parts_two_words(rows, mark):
    key = rows.insert("students", first_name=f"Ab{mark}Cd", last_name="Lee", student_number="7")

    found = query("SELECT tsvector_to_array(search_vector) FROM students WHERE id = %s", [key])

    assert sorted(found[0][0]) == ["7", "ab", "cd", "lee"]
