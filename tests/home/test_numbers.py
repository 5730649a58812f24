"""Every number on a home page is that of the rows behind its link, within the reader's reach."""

import datetime

import pytest
from django.utils import timezone

from core.models import UserRole
from core.roles import permissions_of
from home.counting import count_schools, grouped
from home.measures import COUNTED, TO_DO
from tests.factories.core import SchoolFactory, home_school
from tests.home.conftest import NOW, TODAY
from tests.home.page import numbers_of, rows_behind
from tests.home.rows import fill_school, fill_stock

pytestmark = pytest.mark.django_db

EXPECTED = {
    "epi_pens_expired": 1,
    "epi_pens_expiring": 2,
    "medications_expired": 1,
    "medications_expiring": 2,
    # The orders' medications have no stock and no minimum; so have none of them any left.
    "medications_low": 4,
    "referrals_overdue": 2,
    "rescreenings_overdue": 2,
    "follow_ups_overdue": 1,
    "incidents_open": 3,
    "appointments_today": 4,
    "students": 1,
    "vaccines": 3,
    "incidents": 4,
}


@pytest.fixture
def filled():
    """The home school, a second one of its district and one elsewhere."""
    home = home_school()
    fill_school(home)
    fill_stock()
    fill_school(SchoolFactory.create(district=home.district), times=2)
    fill_school(SchoolFactory.create())
    count_schools()
    return home


@pytest.mark.parametrize(
    "measure", [measure for measure in (*COUNTED, *TO_DO) if measure.has_school], ids=lambda m: m.name
)
def test_a_measure_counts_what_wants_doing_and_nothing_like_it(filled, measure):
    assert sum(row[-1] for row in grouped(measure, TODAY) if row[0] == filled.pk) == EXPECTED[measure.name]


@pytest.mark.parametrize("role", list(UserRole))
def test_every_number_is_that_of_the_rows_behind_its_link(filled, as_role, role):
    client = as_role(role)

    numbers = numbers_of(client.get("/admin/"))

    zeros = [one for one in numbers if not one[1]][:8]
    checked = [*(one for one in numbers if one[1]), *zeros]
    assert checked
    assert {address: rows_behind(client, address) for address, _ in checked} == dict(checked)


@pytest.mark.parametrize("role", [UserRole.NURSE, UserRole.COUNSELOR])
def test_who_cares_for_students_sees_what_wants_doing_at_their_school_alone(filled, as_role, role):
    page = as_role(role).get("/admin/").context["home"]

    found = {figure.title: figure.number for figure in page["figures"]}
    assert found == {measure.title: EXPECTED[measure.name] for measure in TO_DO} | {"Stock at or below minimum": 13}


@pytest.mark.parametrize(
    ("role", "schools"), [(UserRole.SCHOOL_ADMIN, 1), (UserRole.DISTRICT_ADMIN, 2), (UserRole.ADMIN, 3)]
)
def test_an_administrator_sees_the_schools_in_reach_and_their_sum(filled, as_role, role, schools):
    page = as_role(role).get("/admin/").context["home"]

    weights = {1: 1, 2: 3, 3: 4}[schools]
    assert len(page["schools"]["rows"]) == schools
    summed = page["schools"]["total"] or page["schools"]["rows"][0]["cells"]
    totals = {cell["title"]: cell["number"] for cell in summed}
    expected = {measure.title: EXPECTED[measure.name] * weights for measure in COUNTED}
    assert totals == {title: expected[title] for title in totals}
    assert "Students" in totals
    assert page["incidents"]["number"] == EXPECTED["incidents"] * weights


@pytest.mark.parametrize("role", list(UserRole))
def test_a_role_is_told_no_number_of_rows_that_it_may_not_see(filled, as_role, role):
    client = as_role(role)
    allowed = permissions_of(role)

    content = client.get("/admin/").content.decode()

    for measure in TO_DO:
        name = f"{measure.model._meta.app_label}.view_{measure.model._meta.model_name}"
        if name not in allowed:
            assert measure.title not in content
            assert measure.name not in content


@pytest.mark.parametrize("role", [UserRole.SCHOOL_ADMIN, UserRole.DISTRICT_ADMIN])
def test_administrators_are_not_told_clinical_counts_by_the_list_of_counts_either(filled, as_role, role):
    listed = as_role(role).get("/admin/home/schoolcount/", {"measure__exact": "epi_pens_expired"})

    assert list(listed.context["cl"].result_list) == []


def test_a_district_is_told_no_count_of_another_district_or_of_all(filled, as_role):
    client = as_role(UserRole.DISTRICT_ADMIN)
    others = client.get("/admin/home/schoolcount/", {"measure__exact": "students"}).context["cl"].result_list

    assert {row.school.district_id for row in others} == {filled.district_id}


def test_the_list_of_a_district_s_own_school_agrees_after_rows_are_counted_anew(filled, as_role):
    fill_school(filled)
    client = as_role(UserRole.DISTRICT_ADMIN)

    before = client.get("/admin/").context["home"]["schools"]["total"][0]["number"]
    count_schools()
    after = client.get("/admin/").context["home"]["schools"]["total"][0]["number"]

    assert (before, after) == (3, 4)


def test_a_school_without_students_is_counted_with_none(as_role):
    empty = SchoolFactory.create(district=home_school().district)
    count_schools()

    rows = as_role(UserRole.DISTRICT_ADMIN).get("/admin/").context["home"]["schools"]["rows"]

    assert {row["school"]: row["cells"][0]["number"] for row in rows} == {empty: 0, home_school(): 0}


def test_yesterday_s_count_of_today_s_appointments_is_not_shown_as_today_s(filled, administrator, monkeypatch):
    titles = administrator.get("/admin/").context["home"]["schools"]["titles"]
    monkeypatch.setattr(timezone, "now", lambda: NOW + datetime.timedelta(days=1))

    later = administrator.get("/admin/").context["home"]["schools"]["titles"]

    assert set(titles) - set(later) == {"Appointments today"}
