"""What is written down about an access, and how it is signed off."""

import pytest

from tests.emergency.conftest import REASON, ask, move_clock, next_page, opened
from tests.safeguards.attempts import attempt
from tests.safeguards.two_districts import take_role, taken_back
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

REVIEW = "UPDATE emergency_accesses SET outcome = %s, review_note = %s WHERE id = %s"
VIEW = "SELECT record_access('VIEW', 'students', %s, NULL, ARRAY[%s]::uuid[], NULL)"


def log(access):
    """The entries that name an access, oldest first."""
    return query(
        "SELECT action::text, entity_type, student_id, reason FROM audit_logs WHERE reason LIKE %s ORDER BY id",
        [f"%{access}%"],
    )


def test_every_entry_about_the_student_names_the_access_and_no_other_entry_does(data):
    student, own = data.students["A2"], data.students["A1"]
    with opened(data) as access:
        execute(VIEW, [student, student])
        execute(VIEW, [own, own])
        execute(
            "SELECT record_access('LIST', 'students', NULL, NULL, ARRAY[%s, %s, %s]::uuid[], NULL)", [own, student, own]
        )
        for place in ("A2", "A1"):
            statement, values = data.insert_statement("vital_signs", place)
            assert attempt(statement, values, keep=True).count == 1
        execute("UPDATE allergies SET notes = 'Seen' WHERE student_id = %s", [student])
        execute("SELECT set_config('whitecross.reason', 'Asked for', true)")
        execute("UPDATE allergies SET notes = 'Seen twice' WHERE student_id = %s", [student])
        assert attempt("SELECT end_emergency_access(%s)", [access], keep=True).rows == [(True,)]
        execute("RESET ROLE")
        named = f"Emergency access {access}"
        assert log(access) == [
            ("VIEW", "students", student, named),
            ("LIST", "students", None, named),
            ("CREATE", "vital_signs", student, named),
            ("UPDATE", "allergies", student, named),
            ("UPDATE", "allergies", student, f"{named}. Asked for"),
            ("UPDATE", "emergency_accesses", student, f"{named}. Asked for"),
        ]
        granted = "SELECT action::text, user_id FROM audit_logs WHERE entity_id = %s AND action = 'CREATE'"
        assert query(granted, [access]) == [("CREATE", data.users["nurse"].pk)]
        # The reason that the nurse gave is nobody's who reads the log.
        assert query("SELECT count(*) FROM audit_logs WHERE reason LIKE %s", [f"%{REASON}%"]) == [(0,)]


def test_each_of_two_open_accesses_is_named_where_it_is_used(data):
    with taken_back():
        other = data.rows.insert("students", school_id=data.schools["A2"])
        take_role(data, "nurse")
        first, second = (ask(student).rows[0][0] for student in (data.students["A2"], other))
        next_page(data)
        execute(VIEW, [other, other])
        execute(
            "SELECT record_access('LIST', 'students', NULL, NULL, ARRAY[%s, %s]::uuid[], NULL)",
            [data.students["A2"], other],
        )
        execute("RESET ROLE")
        assert [entry[0] for entry in log(first)] == ["LIST"]
        assert [entry[0] for entry in log(second)] == ["VIEW", "LIST"]


def test_an_access_of_earlier_is_not_named_again(data):
    with opened(data) as first:
        move_clock(31)
        next_page(data)
        second = ask(data.students["A2"]).rows[0][0]
        next_page(data)
        execute(VIEW, [data.students["A2"], data.students["A2"]])
        execute("RESET ROLE")
        assert log(first) == []
        assert len(log(second)) == 1


def test_what_was_done_is_told_to_the_nurse_and_to_those_who_review(data):
    with opened(data) as access:
        execute(VIEW, [data.students["A2"], data.students["A2"]])
        deeds = attempt("SELECT done, done_table FROM emergency_activity(%s)", [access]).rows
        assert deeds == [("VIEW", "students")]
        for name, told in {"district_admin": deeds, "admin": deeds, "nurse_of_b": []}.items():
            next_page(data, name)
            assert attempt("SELECT done, done_table FROM emergency_activity(%s)", [access]).rows == told, name
        next_page(data, "counselor")
        assert attempt("SELECT * FROM emergency_activity(%s)", [access]).is_refused_by_grants
        # The district's are the district's.
        execute("RESET ROLE")
        execute(
            "UPDATE users SET district_id = %s WHERE id = %s", [data.districts["B"], data.users["district_admin"].pk]
        )
        next_page(data, "district_admin")
        assert attempt("SELECT * FROM emergency_activity(%s)", [access]).rows == []
        assert attempt("SELECT id FROM emergency_accesses WHERE id = %s", [access]).rows == []


def test_it_is_reviewed_once_when_it_is_over_by_who_acts_and_now(data):
    with opened(data) as access:
        next_page(data, "district_admin")
        early = attempt(REVIEW, ["JUSTIFIED", None, access])
        assert early.message == "An emergency access is reviewed when it is over."
        move_clock(31)
        next_page(data, "district_admin")
        forged = REVIEW.replace("SET", "SET reviewed_by_id = user_id, reviewed_at = '2001-01-01',")
        assert attempt(forged, ["NOT_JUSTIFIED", "No emergency", access], keep=True).count == 1
        ((outcome, by, is_now),) = query(
            "SELECT outcome, reviewed_by_id, reviewed_at > clock_timestamp() - interval '1 minute' "
            "FROM emergency_accesses WHERE id = %s",
            [access],
        )
        assert (outcome, by, is_now) == ("NOT_JUSTIFIED", data.users["district_admin"].pk, True)
        for name in ("district_admin", "admin"):
            next_page(data, name)
            assert attempt(REVIEW, ["JUSTIFIED", None, access]).sqlstate == "23001"


@pytest.mark.parametrize("note", [None, "", " \n"])
@pytest.mark.parametrize("outcome", ["NOT_JUSTIFIED", "FOLLOW_UP"])
def test_what_was_not_simply_justified_needs_a_note(data, outcome, note):
    with data.acting("district_admin"):
        assert attempt(REVIEW, [outcome, note, data.emergencies["A1"][0]]).sqlstate == "23514"
        assert attempt(REVIEW, [outcome, "Talked to her", data.emergencies["A1"][0]]).count == 1


def test_nobody_reviews_their_own(data):
    """Not even a nurse who has become an administrator since."""
    key, _ = data.emergencies["A1"]
    with taken_back():
        execute("UPDATE users SET role = 'ADMIN' WHERE id = %s", [data.users["nurse"].pk])
        take_role(data, "nurse")
        assert attempt(REVIEW, ["JUSTIFIED", None, key]).sqlstate == "23514"
        take_role(data, "admin")
        assert attempt(REVIEW, ["JUSTIFIED", None, key]).count == 1


@pytest.mark.parametrize("name", ["district_admin", "admin"])
def test_a_reviewer_who_ends_an_access_ends_it_now(data, name):
    """Nobody says that it was over before: what was seen until now stays within it."""
    for forged in ("granted_at", "expires_at", "'2001-01-01'"):
        with opened(data) as access:
            next_page(data, name)
            statement = f"UPDATE emergency_accesses SET ended_at = {forged} WHERE id = %s"
            assert attempt(statement, [access], keep=True).count == 1
            ((ended, seconds),) = query(
                "SELECT ended_at, extract(epoch FROM statement_timestamp() - ended_at) "
                "FROM emergency_accesses WHERE id = %s",
                [access],
            )
            assert 0 <= seconds < 30, (forged, ended)


@pytest.mark.parametrize("name", ["nurse", "counselor", "school_admin", "viewer", "nurse_of_b"])
def test_nobody_else_reviews(data, name):
    with data.acting(name):
        assert attempt(REVIEW, ["JUSTIFIED", None, data.emergencies["A1"][0]]).is_refused_by_grants


def test_a_district_reviews_its_own_only(data):
    with data.acting("district_admin"):
        assert attempt(REVIEW, ["JUSTIFIED", None, data.emergencies["B1"][0]]).count == 0
        assert attempt(REVIEW, ["JUSTIFIED", None, data.emergencies["A1"][0]]).count == 1


def test_a_reviewer_changes_nothing_else(data):
    key = data.emergencies["A1"][0]
    with data.acting("district_admin"):
        for change in ("reason = 'It was all right'", "expires_at = now()", "user_id = student_id", "student_id = id"):
            assert attempt(f"UPDATE emergency_accesses SET {change} WHERE id = %s", [key]).sqlstate == "23001", change
        assert attempt("DELETE FROM emergency_accesses").is_refused_by_grants
