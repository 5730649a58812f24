"""What row security lets through while a student is opened in an emergency, asked in raw SQL of every table."""

import pytest

from core.models import UserRole
from tests.emergency.conftest import ask, move_clock, next_page, opened, role
from tests.safeguards.attempts import attempt
from tests.safeguards.two_districts import PEOPLE, PLACES, RECORDS, TABLES, take_role, taken_back
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

MAY_READ = [table for table in RECORDS if PEOPLE["nurse"].may(table, "v")]
MAY_WRITE = [table for table in MAY_READ if table != "students"]
OWN = ("A1", "A3")


def seen(table):
    return attempt(f"SELECT id FROM {table}").keys


def of(everything, table, *places):
    return set().union(*(everything[table][place] for place in places))


def test_before_while_and_after_an_access_each_table_shows_exactly_the_rows_in_reach(data, everything):
    assert len(MAY_READ) == 14
    with data.acting("nurse"):
        assert {table: seen(table) for table in MAY_READ} == {table: of(everything, table, *OWN) for table in MAY_READ}
    with opened(data):
        assert role() == "whitecross_nurse_emergency"
        for table in MAY_READ:
            assert seen(table) == of(everything, table, *OWN, "A2"), table
            assert attempt(f"SELECT count(*) FROM {table}").rows == [(len(of(everything, table, *OWN, "A2")),)]
        assert attempt("SELECT id FROM legal_holds").is_refused_by_grants
        move_clock(29)
        next_page(data)
        assert seen("students") == of(everything, "students", *OWN, "A2")
        move_clock(1)
        next_page(data)
        assert role() == "whitecross_nurse"
        for table in MAY_READ:
            assert seen(table) == of(everything, table, *OWN), table


def test_nothing_else_becomes_visible(data):
    """Schools, staff, districts, the log, settings, other people's accesses: as before."""
    others = [table for table in TABLES if table not in RECORDS and table != "emergency_accesses"]
    with data.acting("nurse"):
        before = {table: (seen(table), attempt(f"SELECT id FROM {table}").error) for table in others}
        own = seen("emergency_accesses")
    with opened(data) as access:
        assert {table: (seen(table), attempt(f"SELECT id FROM {table}").error) for table in others} == before
        assert seen("emergency_accesses") == {*own, access}


def test_nobody_else_sees_the_student_by_it(data, everything):
    with opened(data):
        for name in ("nurse_of_b", "counselor", "nurse_of_no_school", "viewer", "school_admin"):
            next_page(data, name)
            assert role() == f"whitecross_{(PEOPLE[name].role or '').lower()}"
            assert not seen("students") & everything["students"]["A2"]


def test_ending_it_holds_at_the_next_page(data, everything):
    with opened(data) as access:
        assert attempt("SELECT end_emergency_access(%s)", [access], keep=True).rows == [(True,)]
        assert attempt("SELECT end_emergency_access(%s)", [access], keep=True).rows == [(False,)]
        next_page(data)
        assert role() == "whitecross_nurse"
        assert seen("students") == of(everything, "students", *OWN)


def test_the_setting_without_the_role_shows_nothing(data, everything):
    with data.acting("nurse"):
        execute("SELECT set_config('whitecross.emergency_students', %s, true)", [f"{{{data.students['A2']}}}"])
        assert attempt("SELECT emergency_students()").rows == [([data.students["A2"]],)]
        for table in MAY_READ:
            assert seen(table) == of(everything, table, *OWN), table
        statement, values = data.insert_statement("allergies", "A2")
        assert attempt(statement, values).is_refused_by_rows


def test_the_role_without_an_access_shows_nothing_more(data, everything):
    with taken_back():
        take_role(data, "nurse")
        execute("RESET ROLE")
        execute("SET LOCAL ROLE whitecross_nurse_emergency")
        for table in MAY_READ:
            assert seen(table) == of(everything, table, *OWN), table


@pytest.mark.parametrize("place", PLACES)
def test_records_are_added_and_changed_of_this_student_and_of_no_other(data, place):
    with opened(data):
        for table in MAY_WRITE:
            statement, values = data.insert_statement(table, place)
            made = attempt(statement.as_string(None) + " RETURNING school_id", values)
            changed = attempt(
                f"UPDATE {table} SET id = id WHERE id = ANY (%s)",
                [[key for key, at in data.records[table].items() if at == place]],
            )
            if place in (*OWN, "A2"):
                assert made.keys == {data.schools[place]}, (table, made)
                assert changed.count >= 1, (table, changed)
            else:
                assert made.is_refused_by_rows, (table, made)
                assert changed.count == 0


def test_the_student_is_read_and_not_changed(data):
    with opened(data):
        for change in ("first_name = 'Eve'", "deleted_at = now()", f"school_id = '{data.schools['A1']}'"):
            assert attempt(f"UPDATE students SET {change} WHERE id = %s", [data.students["A2"]]).count == 0, change


def test_nothing_is_deleted_and_nothing_deleted_is_seen_or_restored(data):
    with opened(data):
        for table in MAY_WRITE:
            where = f"WHERE id = ANY ('{{{','.join(str(k) for k, at in data.records[table].items() if at == 'A2')}}}')"
            assert attempt(f"UPDATE {table} SET deleted_at = now() {where}").is_refused_by_rows, table
            assert attempt(f"DELETE FROM {table} {where}").sqlstate == "23001", table
            own = next(key for key, at in data.records[table].items() if at == "A1")
            assert attempt(f"UPDATE {table} SET deleted_at = now() WHERE id = %s", [own]).count == 1, table
            with taken_back():
                execute("RESET ROLE")
                execute(f"UPDATE {table} SET deleted_at = now() {where}")
                next_page(data)
                assert attempt(f"SELECT id FROM {table} {where}").rows == [], table
                deleted = next(key for key, at in data.records[table].items() if at == "A2")
                assert attempt("SELECT done FROM row_history(%s, %s)", [table, deleted]).rows == [], table
                assert attempt(f"UPDATE {table} SET deleted_at = NULL, deletion_id = NULL {where}").count == 0, table


def test_no_record_passes_from_a_student_of_one_reach_to_one_of_the_other(data):
    with opened(data):
        for table in MAY_WRITE:
            column = "student_medication_id" if table == "medication_logs" else "student_id"
            owners = data.orders if table == "medication_logs" else data.students
            for start, goal in (("A2", "A1"), ("A1", "A2")):
                key = next(key for key, at in data.records[table].items() if at == start)
                outcome = attempt(f"UPDATE {table} SET {column} = %s WHERE id = %s", [owners[goal], key])
                assert outcome.sqlstate == "23001", (table, start, outcome)
        contact = next(key for key, at in data.records["contacts"].items() if at == "A2")
        for relation in ("student_id = NULL", f"student_id = NULL, user_id = '{data.users['nurse'].pk}'"):
            assert attempt(f"UPDATE contacts SET {relation} WHERE id = %s", [contact]).sqlstate == "23001"


def test_a_student_who_is_deleted_meanwhile_takes_no_record(data):
    with opened(data):
        execute("RESET ROLE")
        statements = [data.insert_statement(table, "A2") for table in MAY_WRITE]
        execute("UPDATE students SET deleted_at = now() WHERE id = %s", [data.students["A2"]])
        next_page(data)
        assert attempt("SELECT id FROM students WHERE id = %s", [data.students["A2"]]).rows == []
        for statement, values in statements:
            assert attempt(statement, values).sqlstate == "23001"


def test_whoever_is_deactivated_demoted_or_sent_elsewhere_sees_the_student_no_more(data, everything):
    for change in ("is_active = false", "role = 'COUNSELOR'", "school_id = NULL"):
        with opened(data):
            execute("RESET ROLE")
            execute(f"UPDATE users SET {change} WHERE id = %s", [data.users["nurse"].pk])
            execute("UPDATE school_assignments SET end_date = CURRENT_DATE - 1 WHERE start_date < CURRENT_DATE")
            next_page(data)
            assert (
                role()
                == {
                    "is_active = false": "whitecross_anonymous",
                    "role = 'COUNSELOR'": "whitecross_counselor",
                    "school_id = NULL": "whitecross_nurse",
                }[change]
            )
            assert data.students["A2"] not in seen("students")


def test_a_nurse_who_covers_a_school_of_another_district_reaches_that_district(data, everything):
    with taken_back():
        execute(
            "UPDATE school_assignments SET start_date = CURRENT_DATE - 1, end_date = NULL WHERE school_id = %s "
            "AND user_id = %s AND start_date > CURRENT_DATE",
            [data.schools["B1"], data.users["nurse"].pk],
        )
        execute(
            "INSERT INTO school_assignments (user_id, school_id) VALUES (%s, %s)",
            [data.users["nurse_of_b"].pk, data.schools["A1"]],
        )
        take_role(data, "nurse_of_b")
        assert ask(data.students["A2"]).sqlstate is None
        next_page(data, "nurse_of_b")
        assert data.students["A2"] in seen("students")
        # The name of the school, which is of a district she only covers a school of.
        assert data.schools["A2"] in seen("schools")
        assert data.schools["A3"] not in seen("schools")


def test_her_colleagues_there_see_the_name_of_the_nurse_who_wrote(data):
    with taken_back():
        execute(
            "INSERT INTO school_assignments (user_id, school_id) VALUES (%s, %s)",
            [data.users["nurse_of_b"].pk, data.schools["A1"]],
        )
        execute("UPDATE users SET known_to = known_to WHERE id = %s", [data.users["nurse_of_b"].pk])
        take_role(data, "nurse_of_b")
        ask(data.students["A2"])
        next_page(data, "nurse_of_b")
        statement, values = data.insert_statement("vital_signs", "A2")
        made = attempt(statement.as_string(None) + " RETURNING id, created_by", values, keep=True)
        assert made.rows[0][1] == data.users["nurse_of_b"].pk
        next_page(data, "district_admin")
        names = query("SELECT id FROM users WHERE id = %s", [data.users["nurse_of_b"].pk])
        assert names == [(data.users["nurse_of_b"].pk,)]


def test_the_history_of_the_student_s_rows_is_told_and_of_no_others(data):
    with opened(data):
        own = {table: next(key for key, at in data.records[table].items() if at == "A2") for table in MAY_READ}
        foreign = {table: next(key for key, at in data.records[table].items() if at == "B1") for table in MAY_READ}
        for table in MAY_READ:
            assert attempt("SELECT done FROM row_history(%s, %s)", [table, own[table]]).rows, table
            assert attempt("SELECT done FROM row_history(%s, %s)", [table, foreign[table]]).rows == [], table
        assert data.confidential in {key for key, at in data.records["health_records"].items() if at == "A1"}
        assert attempt("SELECT done FROM row_history('health_records', %s)", [data.confidential]).rows
    with data.acting("nurse"):
        assert attempt("SELECT done FROM row_history('allergies', %s)", [own["allergies"]]).rows == []


def test_only_nurses_have_this_reach(data):
    found = query(
        "SELECT m.rolname FROM pg_auth_members g JOIN pg_roles m ON m.oid = g.member "
        "JOIN pg_roles r ON r.oid = g.roleid "
        "WHERE r.rolname = 'whitecross_emergency' AND m.rolname LIKE 'whitecross\\_%'"
    )
    assert found == [("whitecross_nurse_emergency",)]
    assert {person.role for person in PEOPLE.values()} >= set(UserRole)
