"""Parity with what CDC published: the percentiles of its own data files, and examples of its own program."""

import csv
import datetime
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from health import growth_reference
from health.growth_reference import (
    FIRST_MONTH,
    LAST_MONTH,
    LMS,
    BmiCategory,
    Measure,
    Sex,
    age_in_months,
    assess,
    bmi_category,
    lms,
    value_at,
)

TABLES = Path(growth_reference.__file__).parent / "growth_tables"

sexes = st.sampled_from(Sex)
measures = st.sampled_from(Measure)
months = st.floats(FIRST_MONTH, LAST_MONTH)
percentiles = st.floats(1, 99.5)


def published(measure):
    with (TABLES / f"{measure.value}.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if float(row["Agemos"]) <= LAST_MONTH]


def differences(measure, columns):
    """Between each percentile that CDC published and the one computed from its L, M and S."""
    return [
        abs(value_at(measure, Sex(int(row["Sex"])), float(row["Agemos"]), float(column[1:])) - float(row[column]))
        for row in published(measure)
        for column in columns
    ]


@pytest.mark.parametrize(
    ("measure", "columns", "tolerance"),
    [
        (Measure.WEIGHT, ["P3", "P5", "P10", "P25", "P50", "P75", "P90", "P95", "P97"], 0.00001),
        (Measure.BMI, ["P3", "P5", "P10", "P25", "P50", "P75", "P85", "P90", "P95"], 0.00001),
        # In a few rows of stature CDC's percentiles do not quite follow from its own L, M and S: 0.0023 cm at most.
        (Measure.STATURE, ["P3", "P5", "P10", "P25", "P50", "P75", "P90", "P95", "P97"], 0.0025),
    ],
)
def test_every_percentile_that_cdc_published_is_met(measure, columns, tolerance):
    found = differences(measure, columns)

    assert len(found) == 432 * 9
    assert max(found) < tolerance


def test_of_the_statures_all_but_a_few_rows_are_met_to_five_decimals():
    found = differences(Measure.STATURE, ["P3", "P97"])

    assert sum(difference > 0.00001 for difference in found) <= 20


@pytest.mark.parametrize(
    ("measure", "sex", "published_row"),
    [
        (Measure.BMI, Sex.MALE, LMS(-2.01118107, 16.57502768, 0.080592465)),
        (Measure.BMI, Sex.FEMALE, LMS(-0.98660853, 16.42339664, 0.085451785)),
        (Measure.STATURE, Sex.MALE, LMS(0.941523967, 86.45220101, 0.040321528)),
    ],
)
def test_the_half_month_before_the_tables_agrees_with_cdc_s_row_for_24_months(measure, sex, published_row):
    found = lms(measure, sex, 24.0)

    for z in (-2, 0, 2):
        assert found.value(z) == pytest.approx(published_row.value(z), rel=0.0004)


def test_an_age_between_two_rows_lies_on_the_line_between_them():
    before, after = lms(Measure.WEIGHT, Sex.FEMALE, 100.5), lms(Measure.WEIGHT, Sex.FEMALE, 101.5)

    between = lms(Measure.WEIGHT, Sex.FEMALE, 100.75)

    assert between.median == pytest.approx(0.75 * before.median + 0.25 * after.median)
    assert between.power == pytest.approx(0.75 * before.power + 0.25 * after.power)


def test_the_worked_example_of_cdc_holds():
    # A boy of 48.5 months with a BMI of 12 has a modified z-score of -3.85 (CDC, Modified z-scores in the CDC charts).
    assert lms(Measure.BMI, Sex.MALE, 48.5).modified_z_score(12) == pytest.approx(-3.85, abs=0.01)


@pytest.mark.parametrize(
    ("sex", "age", "bmi", "percentile"),
    [
        # 90 + 10 Phi((30 - 22.15409238) / 4.672851) and 90 + 10 Phi((30 - 22.98257733) / 4.449948), by a calculator
        # from P95 of CDC's table and the sigma of Wei 2020.
        (Sex.MALE, 120.5, 30.0, 99.5343),
        (Sex.FEMALE, 120.5, 30.0, 99.4260),
    ],
)
def test_bmi_above_the_95th_percentile_is_that_of_the_extended_charts(sex, age, bmi, percentile):
    assert assess(Measure.BMI, sex, age, bmi).percentile == pytest.approx(percentile, abs=0.0001)


def test_the_extended_bmi_goes_on_where_the_table_ends():
    p95 = value_at(Measure.BMI, Sex.FEMALE, 150, 95)

    assert value_at(Measure.BMI, Sex.FEMALE, 150, 95.000001) == pytest.approx(p95, abs=1e-4)
    assert assess(Measure.BMI, Sex.FEMALE, 150, p95 + 1e-9).percentile == pytest.approx(95)
    assert assess(Measure.BMI, Sex.FEMALE, 150, 150).z_score == 8.21


@given(measures, sexes, months, percentiles)
def test_percentile_and_value_are_each_other_s_inverse(measure, sex, age, percentile):
    value = value_at(measure, sex, age, percentile)

    assert assess(measure, sex, age, value).percentile == pytest.approx(percentile, abs=1e-6)


@given(measures, sexes, months, percentiles, percentiles)
def test_a_higher_percentile_is_a_higher_value(measure, sex, age, one, other):
    assume(abs(one - other) > 0.001)
    low, high = sorted((one, other))

    assert value_at(measure, sex, age, low) < value_at(measure, sex, age, high)


@given(measures, sexes, months, st.floats(1, 250), st.floats(0.001, 100))
def test_whoever_measures_more_stands_no_lower(measure, sex, age, value, more):
    smaller, larger = assess(measure, sex, age, value), assess(measure, sex, age, value + more)

    assert smaller.percentile <= larger.percentile
    assert smaller.z_score <= larger.z_score
    assert 0 <= smaller.percentile <= 100


@given(measures, sexes, st.floats(FIRST_MONTH, LAST_MONTH - 1))
def test_the_curves_have_no_jumps(measure, sex, age):
    now, soon = value_at(measure, sex, age, 50), value_at(measure, sex, age + 0.01, 50)

    assert soon == pytest.approx(now, rel=0.001)


@pytest.mark.parametrize(
    ("bmi", "category"),
    [
        (13.0, BmiCategory.UNDERWEIGHT),
        (16.7, BmiCategory.HEALTHY_WEIGHT),
        (20.5, BmiCategory.OVERWEIGHT),
        (23.5, BmiCategory.OBESITY),
        (27.0, BmiCategory.SEVERE_OBESITY),
    ],
)
def test_a_bmi_has_the_category_that_cdc_gives_a_boy_of_ten(bmi, category):
    assert bmi_category(Sex.MALE, 120.5, bmi) is category


def test_a_category_begins_at_its_percentile_and_severe_obesity_at_a_bmi_of_35_at_the_latest():
    for percentile, category in ((5, "HEALTHY_WEIGHT"), (85, "OVERWEIGHT"), (95, "OBESITY")):
        at = value_at(Measure.BMI, Sex.FEMALE, 200, percentile)
        assert bmi_category(Sex.FEMALE, 200, at + 1e-6) is BmiCategory[category]
        assert bmi_category(Sex.FEMALE, 200, at - 1e-6) is not BmiCategory[category]
    assert 1.2 * value_at(Measure.BMI, Sex.FEMALE, 239, 95) > 35
    assert bmi_category(Sex.FEMALE, 239, 35) is BmiCategory.SEVERE_OBESITY
    assert bmi_category(Sex.FEMALE, 239, 34.9) is BmiCategory.OBESITY


@pytest.mark.parametrize(
    ("measure", "value", "is_implausible"),
    [
        (Measure.STATURE, 138, False),
        (Measure.STATURE, 13.8, True),
        (Measure.STATURE, 170, True),
        (Measure.WEIGHT, 32, False),
        (Measure.WEIGHT, 6, True),
        (Measure.WEIGHT, 160, True),
        (Measure.BMI, 17, False),
        (Measure.BMI, 9, True),
        (Measure.BMI, 70, True),
    ],
)
def test_values_beyond_cdc_s_cut_offs_are_implausible(measure, value, is_implausible):
    assert assess(measure, Sex.MALE, 120.5, value).is_implausible is is_implausible


def test_an_age_is_counted_in_months_of_30_4375_days():
    born = datetime.date(2016, 2, 29)

    assert age_in_months(born, born + datetime.timedelta(days=3672)) == pytest.approx(120.641, abs=0.001)


@pytest.mark.parametrize("age", [23.99, 240.01])
def test_an_age_without_a_reference_is_refused(age):
    with pytest.raises(ValueError, match="24 to 240 months"):
        assess(Measure.WEIGHT, Sex.MALE, age, 12)


def test_a_value_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        assess(Measure.WEIGHT, Sex.MALE, 100, 0)
