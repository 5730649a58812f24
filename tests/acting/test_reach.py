"""Which schools are in reach, against an oracle that says the same in Python."""

import datetime
import itertools
import uuid

import pytest

from core.acting import acting_as
from core.models import School, SchoolAssignment, User, UserRole
from tests.acting.declared import declared, execute, schools
from tests.acting.declared import districts as districts_known
from tests.factories.core import DistrictFactory, SchoolAssignmentFactory, SchoolFactory, UserFactory

pytestmark = pytest.mark.django_db

# First and last day of a cover, counted from today; None is without end.
COVERS = {
    "past": (-30, -1),
    "ended today": (-30, 0),
    "begins today": (0, None),
    "today only": (0, 0),
    "current": (-30, 30),
    "without end": (-30, None),
    "begins tomorrow": (1, None),
    "future": (10, 20),
}


def today() -> datetime.date:
    """The database's today, which is the schools'."""
    day: datetime.date = execute("SELECT CURRENT_DATE")[0][0]
    return day


def oracle(user: User, day: datetime.date) -> tuple[str, set, str, set, str]:
    """Role, schools, district, districts and home school of an active user."""
    home = str(user.school_id or "")
    if user.is_superuser or user.role == UserRole.ADMIN:
        return "whitecross_admin", set(), "", set(), home
    if user.role == UserRole.DISTRICT_ADMIN:
        reach = {
            school.pk for school in School.objects.all() if user.district_id and school.district_id == user.district_id
        }
        return "whitecross_district_admin", reach, str(user.district_id or ""), known({user.district_id}), home
    reach = {user.school_id} if user.school_id else set()
    for cover in SchoolAssignment.objects.all():  # of everybody
        begun = cover.start_date <= day
        lasts = cover.end_date is None or cover.end_date >= day
        if cover.user_id == user.pk and begun and lasts:
            reach.add(cover.school_id)
    district = user.school.district_id if user.school else user.district_id
    districts = {school.district_id for school in School.objects.all() if school.pk in reach} | {district}
    return f"whitecross_{user.role.lower()}", reach, str(district or ""), known(districts), home


def known(districts: set) -> set:
    """The districts, and the key that stands for all of them."""
    districts -= {None}
    return districts | {uuid.UUID(int=0)} if districts else set()


def test_every_reach_is_what_the_oracle_says():
    day = today()
    districts = DistrictFactory.create_batch(2)
    houses = [SchoolFactory.create(district=district) for district in districts for _ in range(2 + len(COVERS))]
    users = []
    for role, is_superuser, home, district, covers in itertools.product(
        UserRole, (False, True), (None, houses[0]), (None, districts[1]), ((), tuple(COVERS))
    ):
        user = UserFactory.create(role=role, is_superuser=is_superuser, school=home, district=district)
        for house, name in zip(houses[1:], covers, strict=False):
            first, last = COVERS[name]
            SchoolAssignmentFactory.create(
                user=user,
                school=house,
                start_date=day + datetime.timedelta(first),
                end_date=None if last is None else day + datetime.timedelta(last),
            )
        users.append(user)

    for user in users:
        with acting_as(user):
            said = declared()
            found = (said["role"], schools(), said["district_id"], districts_known(), said["home_school"])
        assert found == oracle(user, day), (user.role, user.is_superuser, user.school_id, user.district_id)
    assert {len(oracle(user, day)[1]) for user in users} == {0, 1, 5, 6, 2 + len(COVERS)}


def test_a_school_user_without_any_school_reaches_none():
    with acting_as(UserFactory.create(role=UserRole.NURSE, school=None)):
        assert declared()["schools"] == "{}"


def test_a_home_school_that_is_assigned_as_well_counts_once():
    school = SchoolFactory.create()
    user = UserFactory.create(school=school)
    SchoolAssignmentFactory.create(user=user, school=school, start_date=today())

    with acting_as(user):
        assert declared()["schools"] == f"{{{school.pk}}}"
