import datetime
import json
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from audit.models import AuditAction, AuditLog
from chart import growth as growth_module
from chart.growth import PERCENTILES, ordinal
from core.models import Gender, UserRole
from health.growth_reference import BmiCategory
from tests.factories.core import StudentFactory
from tests.factories.health import GrowthMeasurementFactory

BORN = datetime.date(2015, 5, 17)


def growth_of(student) -> Any:
    return growth_module.growth_of(student)


def on(years, student, **fields):
    day = BORN.replace(year=BORN.year + int(years)) + datetime.timedelta(days=round(years % 1 * 365))
    return GrowthMeasurementFactory.create(student=student, measurement_date=day, **fields)


@pytest.fixture
def boy(db):
    return StudentFactory.create(date_of_birth=BORN, gender=Gender.MALE)


def test_each_figure_has_its_percentile_z_score_and_category_latest_first(boy):
    on(9, boy, height=Decimal(130), weight=Decimal(27))
    on(10, boy, height=Decimal("138.5"), weight=Decimal(32))

    growth = growth_of(boy)

    latest, before = growth.measured
    assert (latest.age, before.age) == ("10 y 0 m", "9 y 0 m")
    assert (latest.height.written, latest.height.percentile, latest.height.z_score) == ("138.5 cm", "49th", "0.0")
    assert (latest.weight.written, latest.weight.percentile) == ("32 kg", "50th")
    assert (latest.bmi.written, latest.category) == ("16.7", BmiCategory.HEALTHY_WEIGHT)
    assert (growth.category, growth.note) == (BmiCategory.HEALTHY_WEIGHT, "")


def test_inches_and_pounds_stand_where_their_centimeters_and_kilograms_do(boy):
    on(10, boy, height=Decimal("54.53"), height_unit="inches", weight=Decimal("70.55"), weight_unit="lbs")

    (line,) = growth_of(boy).measured

    assert (line.height.written, line.weight.written) == ("54.53 in", "70.55 lb")
    assert (line.height.value, line.weight.value) == pytest.approx((138.5, 32.0), abs=0.01)
    assert (line.height.percentile, line.weight.percentile) == ("49th", "50th")


def test_a_figure_that_cannot_be_right_is_flagged_and_decides_nothing(boy):
    on(9, boy, height=Decimal(133), weight=Decimal(28))
    on(10, boy, height=Decimal(138), weight=Decimal(160))

    growth = growth_of(boy)

    latest, before = growth.measured
    assert [figure.is_implausible for figure in (latest.height, latest.weight, latest.bmi)] == [False, True, True]
    assert (latest.category, growth.category) == (None, BmiCategory.HEALTHY_WEIGHT)
    assert growth.category_day == before.row.measurement_date
    weight = next(plot for plot in growth.plots if plot.title == "Weight")
    assert [is_implausible for _, _, is_implausible in weight.lines["points"]] == [False, True]


def test_a_plot_has_the_curves_around_the_measurements(boy):
    on(10, boy)

    plots = growth_of(boy).plots

    assert [plot.title for plot in plots] == ["Height", "Weight", "BMI"]
    for plot in plots:
        curves = plot.lines["curves"]
        assert [line["percentile"] for line in curves] == list(PERCENTILES)
        ages = [age for age, _ in curves[0]["points"]]
        assert (ages[0], ages[-1]) == (7, 14)
        at_ten = [dict(line["points"])[10.0] for line in curves]
        assert at_ten == sorted(at_ten)


def test_only_what_was_measured_has_a_plot(boy):
    on(10, boy, weight=None)

    growth = growth_of(boy)

    assert [plot.title for plot in growth.plots] == ["Height"]
    assert (growth.measured[0].weight, growth.measured[0].bmi, growth.measured[0].category) == (None, None, None)


def test_one_measurement_without_curves_is_no_plot(db):
    student = StudentFactory.create(date_of_birth=BORN, gender=Gender.OTHER)
    on(10, student)
    alone = growth_of(student).plots
    on(9, student)

    assert [plot.is_drawn for plot in alone] == [False] * 3
    assert [plot.is_drawn for plot in growth_of(student).plots] == [True] * 3


@pytest.mark.parametrize("gender", [Gender.OTHER, Gender.PREFER_NOT_TO_SAY])
def test_a_gender_without_curves_says_so_and_shows_the_figures(db, gender):
    student = StudentFactory.create(date_of_birth=BORN, gender=gender)
    on(10, student)

    growth = growth_of(student)

    assert gender.label.lower() in growth.note
    assert [plot.lines["curves"] for plot in growth.plots] == [[], [], []]
    assert (growth.measured[0].height.written, growth.measured[0].height.percentile) == ("140 cm", "")


@pytest.mark.parametrize("years", [1.5, 20.5])
def test_an_age_outside_the_reference_has_figures_and_no_percentiles(boy, years):
    on(years, boy, height=Decimal(90), weight=Decimal(12))

    growth = growth_of(boy)

    assert "2 to 20 years" in growth.note
    assert (growth.measured[0].height.percentile, growth.category) == ("", None)


@pytest.mark.parametrize(
    ("percentile", "words"),
    [
        (0.4, "under 1st"),
        (1.2, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (11, "11th"),
        (50.4, "50th"),
        (63, "63rd"),
        (99, "99th"),
        (99.64, "99.6th"),
        (99.97, "over 99.9th"),
    ],
)
def test_a_percentile_reads_as_one_says_it(percentile, words):
    assert ordinal(percentile) == words


def test_growth_takes_one_query_however_often_one_was_measured(boy, django_assert_num_queries):
    for years in range(3, 11):
        on(years, boy)

    with django_assert_num_queries(1):
        growth = growth_of(boy)

    assert len(growth.measured) == 8


def test_the_page_has_plots_and_the_same_figures_as_a_table(nurse, boy):
    on(10, boy, height=Decimal("138.5"), weight=Decimal(160))

    page = nurse.get(reverse("admin:core_student_chart", args=[boy.pk])).content.decode()

    plots = [json.loads(unescape(found)) for found in re.findall(r'data-growth="([^"]+)"', page)]
    assert [plot["points"][0][1:] for plot in plots] == [[138.5, False], [160.0, True], [83.4, True]]
    row = page[page.index("<tbody>", page.index("growth-table")) :].partition("</tr>")[0]
    assert "49th (0.0)" in row
    assert row.count("Implausible") == 2


def test_a_look_at_growth_is_written_down_once(nurse, boy):
    on(9, boy)
    on(10, boy)

    nurse.get(reverse("admin:core_student_chart", args=[boy.pk]))

    (entry,) = AuditLog.objects.filter(entity_type="growth_measurements", action=AuditAction.LIST)
    assert (entry.student_ids, entry.row_count, entry.user) == ([boy.pk], 2, nurse.user)


def test_the_page_says_that_nobody_was_measured(nurse, boy):
    page = nurse.get(reverse("admin:core_student_chart", args=[boy.pk])).content.decode()

    assert "No height or weight on record." in page
    assert "data-growth" not in page


@pytest.mark.parametrize("role", [UserRole.SCHOOL_ADMIN, UserRole.VIEWER])
def test_growth_is_left_out_for_a_role_that_may_not_see_it(client_as, boy, role):
    on(10, boy)

    response = client_as(role).get(reverse("admin:core_student_chart", args=[boy.pk]))

    assert response.status_code == 200
    assert "chart-growth" not in response.content.decode()
