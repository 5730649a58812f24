"""The command that counts, and its table."""

from io import StringIO

import pytest
from django.core.management import call_command

from core.models import Student
from home.counting import count_schools
from home.models import SchoolCount
from tests.factories.core import SchoolFactory, home_school
from tests.home.rows import fill_school

pytestmark = pytest.mark.django_db


def figures():
    return sorted(
        SchoolCount.objects.values_list("school__name", "measure", "key", "part", "period_date", "count"), key=str
    )


def test_counting_twice_gives_the_same_figures():
    fill_school(home_school())
    count_schools()
    once = figures()

    count_schools()

    assert figures() == once


def test_a_district_and_all_together_are_the_sums_of_their_schools():
    fill_school(home_school())
    fill_school(SchoolFactory.create(), times=2)

    count_schools()

    counts = SchoolCount.objects.filter(measure="epi_pens_expiring")
    assert sorted(counts.filter(school__isnull=False).values_list("count", flat=True)) == [2, 4]
    together = counts.filter(school=None)
    assert sorted(together.filter(district__isnull=False).values_list("count", flat=True)) == [2, 4]
    assert together.get(district=None).count == 6


def test_rows_of_students_with_no_school_are_counted_for_none():
    fill_school(home_school())
    Student.objects.update(school=None)

    count_schools()

    assert set(SchoolCount.objects.values_list("measure", "count")) == {("students", 0)}


def test_the_command_says_what_it_did():
    out = StringIO()

    call_command("count_schools", stdout=out)

    assert out.getvalue().startswith("Counted: ")
