"""Who may open which student, for which reason, and how often; and how one is found."""

import threading
import uuid

import psycopg
import pytest

from tests.emergency.conftest import REASON, ask, move_clock, next_page, opened, role
from tests.safeguards.attempts import attempt, tells_nothing
from tests.safeguards.two_districts import NOWHERE, PEOPLE, take_role, taken_back
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

OTHERS = [name for name, person in PEOPLE.items() if person.role is None or person.role != "NURSE"]
FIND = "SELECT * FROM find_in_emergency(%s, %s, %s)"


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_but_a_nurse_may_open_end_or_look_for_anybody(data, name):
    with data.acting(name):
        for call, parameters in (
            ("open_emergency_access(%s, %s)", [data.students["A2"], REASON]),
            ("end_emergency_access(%s)", [data.emergencies["A1"][0]]),
            ("find_in_emergency(%s, %s, %s)", ["1", "", None]),
        ):
            assert attempt(f"SELECT {call}", parameters).is_refused_by_grants, call


def test_the_role_alone_opens_nothing(data):
    with data.acting("undeclared_nurse"):
        assert ask(data.students["A2"]).message == "Only a nurse has access in an emergency."


def test_a_student_elsewhere_and_one_who_is_not_there_are_refused_alike(data):
    with taken_back():
        execute("UPDATE students SET deleted_at = now() WHERE id = %s", [data.students["A2"]])
        take_role(data, "nurse")
        told = {place: ask(data.students[place]) for place in ("A2", "B1", NOWHERE)} | {"none": ask(uuid.uuid4())}
        assert {outcome.error for outcome in told.values()} == {
            ("23001", "There is no such student in your district.", "", "")
        }
        assert ask(None).sqlstate == "23001"


def test_a_student_within_reach_needs_no_emergency(data):
    with data.acting("nurse"):
        for place in ("A1", "A3"):
            assert "a school of yours" in ask(data.students[place]).message


@pytest.mark.parametrize("reason", ["", " ", "short", "a b c d e f g h i", "\n" * 30, None])
def test_a_reason_is_ten_letters_or_more(data, reason):
    with data.acting("nurse"):
        outcome = ask(data.students["A2"], reason)
        assert outcome.sqlstate in ("23514", "23502"), outcome
    assert query("SELECT count(*) FROM emergency_accesses WHERE ended_at IS NULL AND expires_at > now()") == [(0,)]


def test_it_lasts_thirty_minutes_from_now_by_the_clock_of_the_database(data):
    with opened(data) as access:
        ((user, student, school, district, ended, minutes, age),) = query(
            "SELECT user_id, student_id, school_id, district_id, ended_at, expires_at - granted_at, "
            "clock_timestamp() - granted_at FROM emergency_accesses WHERE id = %s",
            [access],
        )
        assert (user, student, ended) == (data.users["nurse"].pk, data.students["A2"], None)
        assert (school, district) == (data.schools["A2"], data.districts["A"])
        assert minutes.total_seconds() == 1800
        assert 0 <= age.total_seconds() < 60


def test_no_row_is_written_or_changed_but_by_the_functions(data):
    with opened(data) as access:
        insert = "INSERT INTO emergency_accesses (user_id, student_id, reason) VALUES (%s, %s, %s)"
        for user in ("nurse", "nurse_of_b"):
            assert attempt(insert, [data.users[user].pk, data.students["B1"], REASON]).is_refused_by_grants
        for change in ("expires_at = now() + interval '1 year'", "student_id = user_id", "outcome = 'JUSTIFIED'"):
            assert attempt(f"UPDATE emergency_accesses SET {change}").is_refused_by_grants
        assert attempt("DELETE FROM emergency_accesses").is_refused_by_grants
        # Not another nurse's: neither by whom it is for, nor by its end.
        next_page(data, "nurse_of_b")
        assert attempt("SELECT end_emergency_access(%s)", [access]).rows == [(False,)]


def test_the_owner_cannot_rewrite_what_was_granted_either(data):
    with opened(data) as access:
        execute("RESET ROLE")
        for change in (
            "reason = 'Something quite else'",
            "granted_at = granted_at - interval '1 day', expires_at = expires_at - interval '1 day'",
            f"student_id = '{data.students['A1']}'",
            f"user_id = '{data.users['counselor'].pk}'",
        ):
            assert attempt(f"UPDATE emergency_accesses SET {change} WHERE id = %s", [access]).sqlstate == "23001", (
                change
            )
        assert attempt("DELETE FROM emergency_accesses WHERE id = %s", [access]).sqlstate == "23001"
        assert attempt("TRUNCATE emergency_accesses").sqlstate == "23001"
        longer = "INSERT INTO emergency_accesses (user_id, student_id, reason, expires_at) VALUES (%s, %s, %s, %s)"
        values = [data.users["nurse"].pk, data.students["A2"], REASON, "2199-01-01"]
        assert attempt(longer, values).sqlstate == "23514"


def test_where_it_was_stays_when_the_student_moves(data):
    with opened(data) as access:
        execute("RESET ROLE")
        execute("UPDATE students SET school_id = %s WHERE id = %s", [data.schools["B1"], data.students["A2"]])
        place = query("SELECT school_id, district_id FROM emergency_accesses WHERE id = %s", [access])
        assert place == [(data.schools["A2"], data.districts["A"])]


def test_a_second_time_is_the_first_and_a_fourth_student_is_refused(data):
    with taken_back():
        students = [data.students["A2"]]
        for _ in range(3):
            execute("RESET ROLE")
            students.append(data.rows.insert("students", school_id=data.schools["A2"]))
        take_role(data, "nurse")
        first = ask(students[0])
        assert ask(students[0], "Another reason altogether").rows == first.rows
        assert [ask(student).sqlstate for student in students[1:]] == [None, None, "23001"]
        attempt("SELECT end_emergency_access(%s)", [first.rows[0][0]], keep=True)
        assert ask(students[3]).sqlstate is None
        next_page(data)
        assert attempt("SELECT id FROM students WHERE id = ANY (%s)", [students]).keys == set(students[1:])
        move_clock(31)
        next_page(data)
        assert role() == "whitecross_nurse"


def test_two_openings_at_once_are_one(migrated):
    """The same nurse, the same student, two windows."""
    ((nurse, student),) = migrated.execute(
        "WITH d AS (INSERT INTO districts (name, code) VALUES ('North', 'N') RETURNING id), "
        "s AS (INSERT INTO schools (district_id, name, code) SELECT id, n, n FROM d, unnest(ARRAY['Oak', 'Elm']) n "
        "RETURNING id, name), "
        "u AS (INSERT INTO users (email, password, first_name, last_name, role, school_id) "
        "SELECT 'n@example.org', '!', 'N', 'N', 'NURSE', id FROM s WHERE name = 'Oak' RETURNING id), "
        "p AS (INSERT INTO students (student_number, first_name, last_name, date_of_birth, grade, gender, school_id) "
        "SELECT '1', 'A', 'B', '2015-01-01', '5', 'FEMALE', id FROM s WHERE name = 'Elm' RETURNING id) "
        "SELECT u.id, p.id FROM u, p"
    )
    start, answers = threading.Barrier(8), []

    def open_once() -> None:
        with psycopg.connect(migrated.url) as session:
            declare = "SELECT set_config('role', declare_actor(%s, 'web', NULL, NULL, NULL, NULL), true)"
            session.execute(declare, [nurse])
            start.wait()
            ((key,),) = session.execute("SELECT open_emergency_access(%s, %s)", [student, REASON]).fetchall()
            answers.append(key)

    threads = [threading.Thread(target=open_once) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert migrated.execute("SELECT id FROM emergency_accesses") == [(key,) for key in set(answers)]


# --- Finding ----------------------------------------------------------------------------------------------------------


def test_a_student_is_found_by_exactly_what_is_known(data):
    ((number, born),) = query("SELECT student_number, date_of_birth FROM students WHERE id = %s", [data.students["A2"]])
    found = [(data.students["A2"], "John Name~A2~", "5", "A2", False)]
    with data.acting("nurse"):
        assert attempt(FIND, [number, "", None]).rows == found
        assert attempt(FIND, [f" {number} ", "Someone", "2001-01-01"]).rows == found
        assert attempt(FIND, ["", "name~a2~", born]).rows == found
        assert attempt(FIND, [None, "Name~A2~", born]).rows == found
        for asked in (
            [number[:-1], "", None],
            [f"{number}%", "", None],
            ["%", "", None],
            ["", "Name~A2", born],
            ["", "Name~A_~", born],
            ["", "Name~A2~", "2015-05-18"],
        ):
            assert attempt(FIND, asked).rows == [], asked
        for asked in (["", "Name~A2~", None], ["", "", born], ["", " ", None], [None, None, None]):
            assert attempt(FIND, asked).sqlstate == "23001", asked


def test_no_student_of_another_district_and_none_who_is_deleted_is_found(data):
    execute("UPDATE students SET deleted_at = now() WHERE id = %s", [data.students["A2"]])
    numbers = dict(query("SELECT id, student_number FROM students"))
    with data.acting("nurse") as person:
        for place in ("A2", "B1", NOWHERE):
            outcome = attempt(FIND, [numbers[data.students[place]], "", None])
            assert outcome.rows == [], place
            assert tells_nothing(outcome, data, person)
        assert attempt(FIND, [numbers[data.students["A1"]], "", None]).rows[0][4] is True


def test_a_search_tells_of_five_at_most(data):
    with taken_back():
        for _ in range(7):
            data.rows.insert("students", school_id=data.schools["A2"], last_name="Twin", date_of_birth="2014-02-03")
        take_role(data, "nurse")
        assert len(attempt(FIND, ["", "Twin", "2014-02-03"]).rows) == 5


def test_each_search_is_written_down_and_the_twenty_first_is_refused(data):
    number = query("SELECT student_number FROM students WHERE id = %s", [data.students["A2"]])[0][0]
    with taken_back():
        take_role(data, "nurse")
        for _ in range(10):
            assert attempt(FIND, [number, "", None], keep=True).rows
            assert attempt(FIND, ["nobody", "", None], keep=True).rows == []
        refused = attempt(FIND, [number, "", None], keep=True)
        assert (refused.sqlstate, refused.hint) == ("23001", "Call the student's school.")
        # Nor by another role's leave, or a new page.
        next_page(data)
        assert attempt(FIND, [number, "", None]).sqlstate == "23001"
        execute("RESET ROLE")
        entries = query(
            "SELECT entity_type, row_count, student_ids, count(*), reason FROM audit_logs WHERE user_id = %s "
            "AND action = 'SEARCH' GROUP BY 1, 2, 3, 5 ORDER BY 1, 2",
            [data.users["nurse"].pk],
        )
        assert entries == [
            ("emergency_accesses", 0, None, 10, "Emergency search"),
            ("emergency_accesses", 1, None, 10, "Emergency search"),
            ("students", 1, [data.students["A2"]], 10, "Emergency search"),
        ]
        assert number not in str(query("SELECT a FROM audit_logs a WHERE action = 'SEARCH'"))
