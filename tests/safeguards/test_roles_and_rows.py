"""Every table of ours, under every role, by every command: exactly what the table of roles and the reach say.

The rows are in `two_districts.py`; what is expected is said there and here, not read from the database.
"""

from typing import Any

import pytest

from core.models import UserRole
from core.schema.expectation import our_models
from tests.safeguards.attempts import NO_HARD_DELETE, NO_SUCH_ROW, attempt
from tests.safeguards.two_districts import (
    NOWHERE,
    ORGANISATION,
    PEOPLE,
    PLACES,
    RECORDS,
    TABLES,
    Person,
    TwoDistricts,
)
from tests.schema.rows import query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

UNIQUE = "23505"

EVERYBODY = pytest.mark.parametrize("name", PEOPLE)


def keys(table: str) -> set[Any]:
    """All keys, as the owner sees them."""
    return {key for (key,) in query(f"SELECT id FROM {table}")}


def seen(data: TwoDistricts, person: Person, table: str) -> set[Any] | None:  # noqa: PLR0911 - a case for each kind of table
    """The keys that a person sees; None if the table is closed to them."""
    if person.role is None:
        # Of the settings those that are read at the door.
        return {"users": keys(table), "system_configurations": public_settings()}.get(table)
    if table == "user_sessions" or not person.may(table, "vlm"):
        return seen_of_sessions(data, person) if table == "user_sessions" else None
    if table == "audit_logs":
        places = {data.schools[place] for place in person.reach if place != NOWHERE}
        entries = query("SELECT id, school_id, user_id FROM audit_logs")
        return {key for key, school, user in entries if person.has_all or (school in places and user)}
    if table in ORGANISATION | {"emergency_accesses"} and not person.has_all:
        return seen_of_organisation(data, person, table)
    if table in data.own:
        return {key for owner, key in data.own[table].items() if owner == name_of(person)}
    if table == "login_attempts":
        return seen_of_attempts(data, person)
    if table not in data.records:
        return seen_of_counts(data, person) if table == "school_counts" and not person.has_all else keys(table)
    found = {key for key, place in data.records[table].items() if place in person.reach}
    return found if person.may(table, "s") else found - {data.confidential}


def seen_of_sessions(data: TwoDistricts, person: Person) -> set[Any]:
    """One's own, and those of the staff whose accounts one may change."""
    name = next(name for name, other in PEOPLE.items() if other is person)
    names = {name}
    if person.role == UserRole.DISTRICT_ADMIN and person.is_declared:
        names |= {"nurse", "counselor", "school_admin", "district_admin", "viewer", "inactive"}
    return {key for owner, key in data.sessions.items() if person.has_all or owner in names}


def name_of(person: Person) -> str:
    return next(name for name, other in PEOPLE.items() if other is person)


def seen_of_attempts(data: TwoDistricts, person: Person) -> set[Any]:
    """Those on the staff whose accounts one may change."""
    names = {"nurse", "counselor", "school_admin", "district_admin", "viewer", "inactive"} if person.reach else set()
    return {key for owner, key in data.attempts.items() if person.has_all or owner in names}


def seen_of_counts(data: TwoDistricts, person: Person) -> set[Any]:
    """A school's own figures; a district's of its schools, and their sum; of neither what it may not see row by row."""
    places = person.reach | ({"A"} if person.reach and person.role == UserRole.DISTRICT_ADMIN else set())
    return {key for (place, is_clinical), key in data.counts.items() if place in places and not is_clinical}


def seen_of_emergencies(data: TwoDistricts, person: Person) -> set[Any]:
    """The own ones of a nurse, wherever the student; a district's of its students."""
    if person.role == UserRole.DISTRICT_ADMIN:
        return {key for place, (key, _) in data.emergencies.items() if place in person.reach}
    name = next(name for name, other in PEOPLE.items() if other is person)
    return {key for key, whose in data.emergencies.values() if whose == name}


def seen_of_organisation(data: TwoDistricts, person: Person, table: str) -> set[Any]:
    """Districts, schools and staff that somebody sees who does not see everything."""
    name = next(name for name, other in PEOPLE.items() if other is person)
    districts = {place[0] for place in person.reach if place != NOWHERE}
    in_sight = {key for place, key in data.schools.items() if place[0] in districts}
    match table:
        case "emergency_accesses":
            return seen_of_emergencies(data, person)
        case "districts":
            return {data.districts[district] for district in districts}
        case "schools":
            return in_sight
        case "school_assignments":
            return {key for key, school in query("SELECT id, school_id FROM school_assignments") if school in in_sight}
    # Who works in a district, who did or will, and who administers all; and everybody themselves.
    known = {
        "A": set(PEOPLE) - {"nurse_of_b", "nurse_of_no_school"},
        "B": {"nurse_of_b", "nurse", "admin", "superuser"},
    }
    names = {name}.union(*(known[district] for district in districts))
    return {user.pk for other, user in data.users.items() if other in names}


def public_settings() -> set[Any]:
    return {key for (key,) in query("SELECT id FROM system_configurations WHERE is_public")}


def changeable(data: TwoDistricts, person: Person, table: str) -> set[Any] | None:
    """The keys that a person's UPDATE touches; None if the table is closed to it."""
    if not person.may(table, "cd"):
        return None
    if table == "system_configurations" and not person.has_all:
        return set()  # all of them are the system's
    if table not in ORGANISATION or person.has_all:
        return seen(data, person, table)
    schools = {data.schools[place] for place in person.reach}
    if table == "schools":
        return schools
    if table == "districts":
        return {data.districts["A"]} if person.reach else set()
    column = "coalesce(school_id, district_id)" if table == "users" else "school_id"
    places = schools | ({data.districts["A"]} if person.reach else set())
    return {key for key, place in query(f"SELECT id, {column} FROM {table}") if place in places}


def test_the_tables_are_those_of_the_catalogue(data):
    found = query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition AND relname !~ '^(django|auth)_'"
    )
    assert {name for (name,) in found} == set(TABLES)
    assert len(TABLES) == len(our_models())


def test_every_table_with_health_information_has_rows_at_every_place(data):
    found = query(
        "SELECT DISTINCT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND c.relkind IN ('r', 'p') "
        "AND col_description(c.oid, a.attnum) LIKE 'PHI:%%' ORDER BY 1"
    )
    assert [name for (name,) in found] == sorted([*RECORDS, "audit_logs", "emergency_accesses"])
    for table in RECORDS:
        assert set(data.records[table].values()) == set(PLACES)
        assert set(data.records[table]) == keys(table)
    for table in TABLES:
        assert keys(table), table


@EVERYBODY
def test_select_gives_exactly_the_rows_in_reach(data, name):
    for table in TABLES:
        expected = seen(data, PEOPLE[name], table)
        with data.acting(name):
            outcome, only = attempt(f"SELECT id FROM {table}"), attempt(f"SELECT r.id FROM ONLY {table} AS r")
            count = attempt(f"SELECT count(*) FROM {table}")
        if expected is None:
            assert outcome.is_refused_by_grants, (table, outcome)
            assert only.error == count.error == outcome.error
            continue
        assert outcome.keys == expected, (table, outcome.error)
        assert count.rows == [(len(expected),)]
        # The rows of the log are in its partitions.
        assert only.keys == (set() if table == "audit_logs" else expected), (table, only.error)


@EVERYBODY
def test_update_touches_exactly_the_rows_in_reach(data, name):
    for table in TABLES:
        expected = changeable(data, PEOPLE[name], table)
        # Superusers are above an administrator: see test_accounts.
        where, above = ("WHERE NOT is_superuser", {data.users["superuser"].pk}) if table == "users" else ("", set())
        with data.acting(name):
            outcome = attempt(f"UPDATE {table} SET id = id {where}")
            returning = attempt(f"UPDATE {table} SET id = id {where} RETURNING id")
        if expected is None:
            assert outcome.is_refused_by_grants, (table, outcome)
            continue
        assert outcome.count == len(expected - above), (table, outcome.error)
        assert returning.keys == expected - above, table


@EVERYBODY
def test_delete_is_refused_by_grants_or_by_the_guard(data, name):
    person = PEOPLE[name]
    for table in TABLES:
        expected = changeable(data, person, table)
        with data.acting(name):
            outcome = attempt(f"DELETE FROM {table}")
        if not person.may(table, "d"):
            assert outcome.is_refused_by_grants, (table, outcome)
        elif (
            table == "school_assignments" or table in data.own
        ):  # what a person is assigned to is no health information
            assert outcome.count == len(expected or ()), outcome.error
        elif expected:
            assert outcome.sqlstate == NO_HARD_DELETE, (table, outcome)
            assert outcome.message == f"Rows of {table} cannot be erased."
            assert "purge_records" in outcome.hint
        else:
            assert (outcome.sqlstate, outcome.count) == (None, 0), (table, outcome)


@EVERYBODY
def test_truncate_is_refused(data, name):
    with data.acting(name):
        for table in TABLES:
            for statement in (f"TRUNCATE {table}", f"TRUNCATE {table} CASCADE"):
                assert attempt(statement).is_refused_by_grants, table


@pytest.mark.parametrize("place", PLACES)
@EVERYBODY
def test_insert_is_taken_within_reach_and_refused_elsewhere(data, name, place):
    person = PEOPLE[name]
    for table in TABLES:
        if table in {"schools", "school_assignments"} and place == NOWHERE:
            continue
        changes = {"start_date": "2030-01-01"} if table == "school_assignments" else {}
        statement, values = data.insert_statement(table, place, **changes)
        with data.acting(name):
            outcome = attempt(statement, values)
        if not person.may(table, "a"):
            assert outcome.is_refused_by_grants, (table, outcome)
        elif table == "system_configurations":
            assert outcome.message == "A setting is declared in the code that reads it.", outcome
        elif table in data.own:
            # The row is to be the nurse's: who has an app that is being set up has no second one.
            taken = name == "nurse" and (table != "authenticator_apps" or outcome.sqlstate == UNIQUE)
            assert taken or outcome.is_refused_by_rows, (table, outcome)
        elif table in ORGANISATION | set(RECORDS) and place not in person.reach:
            # Who sees no staff is told that the nurse whom the row names is not there.
            assert outcome.is_refused_by_rows or (outcome.sqlstate == NO_SUCH_ROW and not person.reach), (
                table,
                outcome,
            )
            assert outcome.detail == outcome.hint == ""
        else:
            assert (outcome.sqlstate, outcome.count) == (None, 1), (table, outcome)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["nurse", "counselor", "school_admin", "district_admin", "nurse_of_b"])
def test_a_record_is_moved_to_no_student_out_of_reach(data, name, place):
    person = PEOPLE[name]
    for table in RECORDS[1:]:
        column = "student_medication_id" if table == "medication_logs" else "student_id"
        owner = (data.orders if table == "medication_logs" else data.students)[place]
        own = next(key for key, home in data.records[table].items() if home in person.reach)
        with data.acting(name):
            outcome = attempt(f"UPDATE {table} SET {column} = %s WHERE id = %s", [owner, own])
        if not person.may(table, "c"):
            assert outcome.is_refused_by_grants, (table, outcome)
        elif table in {"student_medications", "legal_holds"} and place != data.records[table][own]:
            assert outcome.sqlstate == NO_HARD_DELETE  # they stay with their student, whoever the other is
        elif place in person.reach:
            assert (outcome.sqlstate, outcome.count) == (None, 1), (table, outcome)
        else:
            assert outcome.is_refused_by_rows, (table, outcome)
