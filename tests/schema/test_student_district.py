"""A student's district is the one of the school, whoever writes the row."""

import pytest

from core.models import Student
from tests.factories.core import DistrictFactory, SchoolFactory, StudentFactory
from tests.schema.rows import execute, query

DISTRICT = "SELECT district_id FROM students WHERE id = %s"


def test_a_raw_insert_fills_the_district(rows):
    district = rows.insert("districts")
    school = rows.insert("schools", district_id=district)

    student = rows.insert("students", school_id=school)

    assert query(DISTRICT, [student]) == [(district,)]


def test_a_student_without_a_school_has_no_district(rows):
    student = rows.insert("students")

    assert query(DISTRICT, [student]) == [(None,)]


def test_a_district_named_by_the_caller_gives_way_to_that_of_the_school(rows):
    district, other = rows.insert("districts"), rows.insert("districts")
    school = rows.insert("schools", district_id=district)

    student = rows.insert("students", school_id=school, district_id=other)
    execute("UPDATE students SET district_id = %s WHERE id = %s", [other, student])

    assert query(DISTRICT, [student]) == [(district,)]


def test_a_move_to_another_school_moves_the_district(rows):
    first, second = rows.insert("districts"), rows.insert("districts")
    student = rows.insert("students", school_id=rows.insert("schools", district_id=first))

    execute("UPDATE students SET school_id = %s", [rows.insert("schools", district_id=second)])

    assert query(DISTRICT, [student]) == [(second,)]


def test_a_school_that_passes_to_another_district_takes_its_students_along(rows):
    first, second = rows.insert("districts"), rows.insert("districts")
    school = rows.insert("schools", district_id=first)
    student = rows.insert("students", school_id=school)
    stays = rows.insert("students", school_id=rows.insert("schools", district_id=first))

    execute("UPDATE schools SET district_id = %s WHERE id = %s", [second, school])

    assert query(DISTRICT, [student]) == [(second,)]
    assert query(DISTRICT, [stays]) == [(first,)]


def test_a_student_between_two_schools_stays_in_the_district(rows):
    district = rows.insert("districts")
    student = rows.insert("students", school_id=rows.insert("schools", district_id=district))

    execute("UPDATE students SET school_id = NULL WHERE id = %s", [student])

    assert query(DISTRICT, [student]) == [(district,)]


@pytest.mark.django_db
def test_the_orm_reads_the_district_that_the_trigger_filled():
    school = SchoolFactory.create()
    student = StudentFactory.create(school=school)
    student.refresh_from_db()
    assert student.district == school.district

    district = DistrictFactory.create()
    Student.objects.filter(pk=student.pk).update(school=SchoolFactory.create(district=district))

    student.refresh_from_db()
    assert student.district == district


@pytest.mark.django_db
def test_a_bulk_insert_fills_the_district():
    school = SchoolFactory.create()
    students = StudentFactory.build_batch(3, school=school)

    Student.objects.bulk_create(students)

    assert Student.objects.filter(district=school.district).count() == 3
