"""A student who changes school takes all records along, at once; the log keeps what each school did."""

from typing import Any

import pytest

from core.models import Student
from tests.safeguards.attempts import attempt
from tests.safeguards.two_districts import NOWHERE, PEOPLE, RECORDS, take_role, taken_back
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

MOVE = "UPDATE students SET school_id = %s WHERE id = %s"
OWNED = "SELECT id FROM {} WHERE {} = %s"


def rows_of(data, name, place):
    """The keys of a student's rows that somebody sees, by table, of tables that they may read."""
    found = {}
    with data.acting(name) as person:
        for table in RECORDS:
            if person.may(table, "v"):
                column = "id" if table == "students" else "student_id"
                outcome = attempt(OWNED.format(table, column), [data.students[place]])
                assert outcome.sqlstate is None, (table, outcome)
                found[table] = outcome.keys
    return found


def all_rows(data, name, place):
    """What there is of a student in the tables that somebody may read."""
    return {
        table: {key for key, home in rows.items() if home == place}
        for table, rows in data.records.items()
        if PEOPLE[name].may(table, "v")
    }


@pytest.mark.parametrize(
    ("by", "old", "new"),
    [
        pytest.param("district_admin", "A1", "A2", id="within the district"),
        pytest.param("district_admin", "A2", "A1", id="within the district, back"),
        pytest.param("nurse", "A1", "A3", id="between a nurse's schools"),
        pytest.param("admin", "A1", "B1", id="to another district"),
        pytest.param("admin", "B1", "A1", id="from another district"),
        pytest.param("admin", "A1", NOWHERE, id="away"),
        pytest.param("admin", NOWHERE, "A1", id="in"),
    ],
)
def test_the_records_follow_from_the_next_statement_on(data, by, old, new):
    student = data.students[old]
    with taken_back():
        take_role(data, by)
        assert attempt(MOVE, [data.schools.get(new), student], keep=True).count == 1
        for name in ("nurse", "counselor", "school_admin", "district_admin", "viewer", "nurse_of_b", "admin"):
            everything = all_rows(data, name, old)
            nothing: dict[str, set[Any]] = {table: set() for table in everything}
            expected = everything if new in PEOPLE[name].reach else nothing
            if (
                name == "district_admin" and new == NOWHERE
            ):  # who is of the district still, and with no school to see to
                expected = nothing | {"students": {student}}
            assert rows_of(data, name, old) == expected, name
            # The others stay where they are.
            others = {place for place in data.students if place != old}
            for place in others:
                expected = all_rows(data, name, place) if place in PEOPLE[name].reach else nothing
                assert rows_of(data, name, place) == expected, (name, place)
    assert rows_of(data, "nurse_of_b", "B1") == all_rows(data, "nurse_of_b", "B1")


def test_a_student_without_a_school_is_the_districts_to_place(data):
    """The district sees and places the student; the records are seen again where the student is."""
    student = data.students["A1"]
    with data.acting("district_admin"):
        assert attempt(MOVE, [None, student], keep=True).count == 1
        assert attempt("SELECT id FROM students WHERE id = %s", [student]).rows
        assert attempt("SELECT id FROM vaccinations WHERE student_id = %s", [student]).rows == []
        assert attempt(MOVE, [data.schools["B1"], student]).is_refused_by_rows
        for name in ("nurse", "school_admin", "nurse_of_b", "viewer"):
            with data.acting(name):
                assert attempt("SELECT id FROM students WHERE id = %s", [student]).rows == []
        assert attempt(MOVE, [data.schools["A2"], student], keep=True).count == 1
        assert attempt("SELECT id FROM vaccinations WHERE student_id = %s", [student]).rows


def test_deleted_records_and_closed_holds_follow_as_well(data):
    execute("UPDATE allergies SET deleted_at = now() WHERE student_id = %s", [data.students["A1"]])
    with data.acting("admin"):
        attempt(MOVE, [data.schools["B1"], data.students["A1"]], keep=True)
        for table in RECORDS[1:]:
            found = query(f"SELECT DISTINCT school_id FROM {table} WHERE student_id = %s", [data.students["A1"]])
            assert found == [(data.schools["B1"],)], table


def test_many_students_at_once_and_back(data):
    before = {table: set(query(f"SELECT id, school_id FROM {table}")) for table in RECORDS}
    with data.acting("district_admin"):
        assert attempt("UPDATE students SET school_id = %s", [data.schools["A2"]], keep=True).count == 3
        for table in RECORDS:
            if PEOPLE["district_admin"].may(table, "v"):
                assert attempt(f"SELECT DISTINCT school_id FROM {table}").rows == [(data.schools["A2"],)], table
    assert {table: set(query(f"SELECT id, school_id FROM {table}")) for table in RECORDS} == before


def test_the_log_keeps_what_each_school_did(data):
    """The old school keeps the entries of its time, the new one has those since; the images are for administrators."""
    student = data.students["A1"]
    mine = "SELECT id FROM audit_logs WHERE student_id = %s"
    moved = "SELECT id FROM audit_logs WHERE student_id = %s AND action = 'UPDATE' AND entity_type = 'students'"
    with data.acting("school_admin"):
        before = attempt(mine, [student]).keys
    assert before
    with taken_back():
        take_role(data, "admin")
        attempt(MOVE, [data.schools["A2"], student], keep=True)
        execute("UPDATE students SET first_name = 'Johnny' WHERE id = %s", [student])
        first, second = (row[0] for row in query(f"{moved} ORDER BY created_at, id", [student]))
        with data.acting("school_admin"):
            after = attempt(mine, [student]).keys
            assert attempt("SELECT id FROM students WHERE id = %s", [student]).rows == []
        assert before < after
        assert first in after  # that the student went is the old school's to know
        assert second not in after
        execute("UPDATE users SET school_id = %s WHERE id = %s", [data.schools["A2"], data.users["school_admin"].pk])
        with data.acting("school_admin"):
            at_the_new = attempt(mine, [student]).keys
        assert second in at_the_new
        assert at_the_new.isdisjoint(before)


def test_the_new_school_is_told_the_history_and_the_old_one_no_more(data):
    student = data.students["A1"]
    asked = "SELECT * FROM row_history('students', %s)"
    seen_by = "SELECT * FROM student_disclosures(%s, '-infinity', 'infinity')"
    execute("SELECT record_access('VIEW', 'students', %s, NULL, ARRAY[%s]::uuid[], 1)", [student, student])
    with taken_back():
        take_role(data, "admin")
        attempt(MOVE, [data.schools["B1"], student], keep=True)
        for name in ("nurse", "nurse_of_b"):
            with data.acting(name):
                is_new = name == "nurse_of_b"
                assert bool(attempt(asked, [student]).rows) == is_new
                assert bool(attempt(seen_by, [student]).rows) == is_new


@pytest.mark.parametrize("place", ["A2", "B1", NOWHERE])
@pytest.mark.parametrize("name", ["nurse", "school_admin"])
def test_school_staff_move_a_student_out_of_their_schools_by_no_path(data, name, place):
    """Not by SQL of any shape, and not through a model."""
    school, student = data.schools.get(place), data.students["A1"]
    shapes = {
        "update": MOVE,
        "from": "UPDATE students s SET school_id = v.school FROM (VALUES (%s::uuid, %s::uuid)) v(school, id) "
        "WHERE s.id = v.id",
        "cte": "WITH moved AS (UPDATE students SET school_id = %s WHERE id = %s RETURNING id) "
        "SELECT count(*) FROM moved",
    }
    with data.acting(name):
        for shape, statement in shapes.items():
            assert attempt(statement, [school, student]).is_refused_by_rows, shape
        taken_over = attempt(
            "INSERT INTO students AS s "
            "(id, school_id, student_number, first_name, last_name, date_of_birth, grade, gender) "
            "SELECT id, school_id, student_number, first_name, last_name, date_of_birth, grade, gender FROM students "
            "WHERE id = %s ON CONFLICT (id) DO UPDATE SET school_id = %s",
            [student, school],
        )
        assert taken_over.is_refused_by_rows
        assert attempt("SELECT school_id FROM students WHERE id = %s", [student]).rows == [(data.schools["A1"],)]
        with pytest.raises(Exception, match="row-level security"), taken_back():
            Student.objects.filter(pk=student).update(school_id=school)
