"""Writing by a side door: nothing of another school is changed, taken over, referred to or found out by trying."""

import uuid

import pytest

from tests.safeguards.attempts import DENIED, NO_HARD_DELETE, attempt, tells_nothing
from tests.safeguards.two_districts import DISTRICT_A, NOWHERE, PEOPLE, RECORDS
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

WRITERS = ("nurse", "counselor", "school_admin", "district_admin")
EVERY_WRITER = pytest.mark.parametrize("name", WRITERS)
# Who may add students.
REGISTRARS = pytest.mark.parametrize("name", ["nurse", "school_admin"])


def test_returning_shows_own_rows(data):
    for name in ("nurse", "school_admin", "district_admin"):
        with data.acting(name) as person:
            outcome = attempt("UPDATE students SET grade = grade RETURNING *")
            joined = attempt(
                "UPDATE students s SET grade = o.grade FROM students o "
                "WHERE o.id <> s.id OR o.id = s.id RETURNING s.*, o.*"
            )
        assert outcome.count == len(person.reach)
        for told in (outcome, joined):
            assert tells_nothing(told, data, person)
            assert all(f"Name~{place}~" in told.text for place in person.reach)


@REGISTRARS
def test_returning_of_an_insert_shows_no_other_row(data, name):
    statement, values = data.insert_statement("students", "A1")
    with data.acting(name) as person:
        outcome = attempt(
            statement.as_string(None) + " RETURNING *, (SELECT string_agg(last_name, ' ') FROM students)",
            values,
        )
    assert outcome.count == 1, outcome
    assert tells_nothing(outcome, data, person)


# --- Numbers of students --------------------------------------------------------------------------------------------

CONFLICTS = {
    "plain": "",
    "do nothing": " ON CONFLICT DO NOTHING",
    "do update": " ON CONFLICT (student_number, district_id) WHERE deleted_at IS NULL "
    "DO UPDATE SET grade = EXCLUDED.grade",
}


def number_of(data, place):
    ((number,),) = query("SELECT student_number FROM students WHERE id = %s", [data.students[place]])
    return number


@pytest.mark.parametrize("conflict", CONFLICTS)
@REGISTRARS
def test_a_number_in_another_district_or_nowhere_is_not_known_to_be_taken(data, name, conflict):
    for place in ("B1", NOWHERE):
        statement, values = data.insert_statement("students", "A1", student_number=number_of(data, place))
        with data.acting(name):
            outcome = attempt(statement.as_string(None) + CONFLICTS[conflict], values)
        assert (outcome.sqlstate, outcome.count) == (None, 1), outcome


@pytest.mark.parametrize("column", ["student_number", "medical_record_num"])
@REGISTRARS
def test_limit_a_number_is_known_to_be_taken_within_the_district(data, name, column):
    """Numbers are unique in a district, so who adds a student learns that one is taken; not by whom, or where."""
    execute("UPDATE students SET medical_record_num = student_number")
    taken = number_of(data, "A2")
    expected = {"plain": ("23505", -1), "do nothing": (None, 0), "do update": (DENIED, -1)}
    for conflict, clause in CONFLICTS.items():
        statement, values = data.insert_statement("students", "A1", **{column: taken})
        with data.acting(name) as person:
            outcome = attempt(
                statement.as_string(None)
                + clause.replace("student_number", column).replace(
                    "deleted_at IS NULL",
                    "deleted_at IS NULL AND medical_record_num IS NOT NULL"
                    if column == "medical_record_num"
                    else "deleted_at IS NULL",
                ),
                values,
            )
        assert (outcome.sqlstate, outcome.count) == expected[conflict], outcome
        assert outcome.detail == ""
        assert tells_nothing(outcome, data, person)


@REGISTRARS
def test_the_district_of_a_student_cannot_be_chosen(data, name):
    """By it one could ask for the numbers of another district: not even with tables of one's own in the way."""
    number = number_of(data, "B1")
    statement, values = data.insert_statement("students", "A1", student_number=number, district_id=data.districts["B"])
    with data.acting(name):
        assert attempt(statement, values).count == 1
        execute(
            "CREATE TEMP TABLE schools ON COMMIT DROP AS SELECT id, %s::uuid AS district_id FROM public.schools",
            [data.districts["B"]],
        )
        execute("GRANT ALL ON pg_temp.schools TO PUBLIC")
        for path in ("pg_temp, public", "public, pg_temp", '"$user", public'):
            execute(f"SET LOCAL search_path = {path}")
            outcome = attempt(
                statement.as_string(None).replace('"students"', "public.students") + " RETURNING district_id", values
            )
            assert outcome.rows == [(data.districts["A"],)], (path, outcome)
            moved = attempt("UPDATE public.students SET district_id = %s RETURNING district_id", [data.districts["B"]])
            assert moved.keys == {data.districts["A"]}, (path, moved)


def test_limit_a_known_key_is_known_to_be_taken(data):
    """Nobody hits upon the 62 random bits of a key by chance; who has one learns that it is there."""
    outcomes = {}
    for what, key in {"foreign": data.students["B1"], "free": uuid.uuid4()}.items():
        statement, values = data.insert_statement("students", "A1", id=key)
        with data.acting("nurse") as person:
            outcomes[what] = attempt(statement.as_string(None) + " ON CONFLICT (id) DO NOTHING", values).count
            taken = attempt(statement, values)
            over = attempt(
                statement.as_string(None) + " ON CONFLICT (id) DO UPDATE SET last_name = 'Taken over'", values
            )
        if what == "foreign":
            assert (taken.sqlstate, taken.detail) == ("23505", "")
            assert over.is_refused_by_rows
            assert tells_nothing(taken, data, person)
    assert outcomes == {"foreign": 0, "free": 1}


# --- Records of other people's students -----------------------------------------------------------------------------


@EVERY_WRITER
def test_a_record_is_refused_alike_whether_its_student_is_elsewhere_deleted_or_nowhere(data, name):
    execute("UPDATE students SET deleted_at = now() WHERE id = %s", [data.students["B1"]])
    elsewhere = {"deleted": data.students["B1"], "no school": data.students[NOWHERE], "none": uuid.uuid4()}
    orders = {"deleted": data.orders["B1"], "no school": data.orders[NOWHERE], "none": uuid.uuid4()}
    if name != "district_admin":
        elsewhere["other school"], orders["other school"] = data.students["A2"], data.orders["A2"]
    for table in RECORDS[1:]:
        is_dose = table == "medication_logs"
        told = {}
        for what, key in (orders if is_dose else elsewhere).items():
            changes = {"student_medication_id" if is_dose else "student_id": key}
            statement, values = data.insert_statement(table, "A1", **changes)
            with data.acting(name) as person:
                told[what] = attempt(statement, values)
        assert all(outcome == told["none"] for outcome in told.values()), (table, told)
        assert told["none"].is_refused_by_rows or not person.may(table, "a")


@EVERY_WRITER
def test_a_reference_to_a_foreign_record_is_refused_as_one_to_none(data, name):
    """Records refer to records: by an own record that refers to a foreign one, one would learn that it is there."""
    references = query(
        "SELECT k.conrelid::regclass::text, a.attname, k.confrelid::regclass::text FROM pg_constraint k "
        "JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] WHERE k.contype = 'f' "
        "AND k.confrelid::regclass::text = ANY (%s) AND a.attname <> ALL (%s)",
        [RECORDS, ["student_id", "student_medication_id"]],
    )
    assert len(references) == 7
    for table, column, referred in references:
        foreign = next(key for key, place in data.records[referred].items() if place == "B1")
        own_record = next(key for key, place in data.records[referred].items() if place == "A1")
        own = next(key for key, place in data.records[table].items() if place == "A1")
        told = {}
        for what, key in {"foreign": foreign, "none": uuid.uuid4(), "own": own_record}.items():
            statement, values = data.insert_statement(table, "A1", **{column: key})
            with data.acting(name) as person:
                told[what] = (
                    attempt(statement, values),
                    attempt(f"UPDATE {table} SET {column} = %s WHERE id = %s", [key, own]),
                )
        assert told["foreign"] == told["none"], (table, column)
        for outcome in told["foreign"]:
            assert outcome.sqlstate is not None, (table, column, outcome)
        if person.may(table, "a"):
            assert told["own"][0].count == 1, (table, column, told["own"])


@EVERY_WRITER
def test_errors_of_constraints_quote_no_row(data, name):
    statements = [
        "UPDATE students SET date_of_birth = '1800-01-01'",
        "UPDATE students SET last_name = NULL",
        "UPDATE students SET (student_number, grade) = ('1', NULL)",
        "UPDATE students SET nurse_id = id",
        "UPDATE students SET id = gen_random_uuid()",
        "UPDATE contacts SET last_name = NULL",
        "UPDATE health_records SET title = NULL",
        "UPDATE health_records SET record_date = '1800-01-01'",
        "UPDATE students SET grade = (SELECT last_name FROM students s WHERE s.id <> students.id LIMIT 1)",
    ]
    for statement in statements:
        with data.acting(name) as person:
            outcome = attempt(statement)
        assert outcome.sqlstate is not None, statement
        assert "Failing row" not in outcome.detail
        assert tells_nothing(outcome, data, person), statement


@EVERY_WRITER
def test_merge_neither_finds_nor_takes_over_a_foreign_row(data, name):
    statement = (
        "MERGE INTO students s USING (VALUES (%s::uuid)) AS v(id) ON s.id = v.id "
        "WHEN MATCHED THEN UPDATE SET last_name = 'Taken over' WHEN NOT MATCHED THEN DO NOTHING"
    )
    for place, key in data.students.items():
        with data.acting(name) as person:
            outcome = attempt(statement, [key])
        if person.may("students", "c"):
            assert (outcome.sqlstate, outcome.count) == (None, int(place in person.reach)), outcome
        else:
            assert outcome.is_refused_by_grants


def test_merge_adds_and_moves_nothing_elsewhere_and_erases_nothing(data):
    adding = (
        "MERGE INTO allergies a USING (VALUES (%s::uuid)) AS v(student) ON false "
        "WHEN NOT MATCHED THEN INSERT (student_id, allergen) VALUES (v.student, 'Peanuts')"
    )
    moving = (
        "MERGE INTO students s USING (VALUES (%s::uuid)) AS v(id) ON s.id = v.id "
        "WHEN MATCHED THEN UPDATE SET school_id = %s"
    )
    erasing = "MERGE INTO students s USING (VALUES (%s::uuid)) AS v(id) ON s.id = v.id WHEN MATCHED THEN DELETE"
    with data.acting("nurse"):
        assert attempt(adding, [data.students["A1"]]).count == 1
        assert attempt(adding, [data.students["B1"]]).is_refused_by_rows
        assert attempt(adding, [uuid.uuid4()]).is_refused_by_rows
        assert attempt(moving, [data.students["A1"], data.schools["A3"]]).count == 1
        assert attempt(moving, [data.students["A1"], data.schools["A2"]]).is_refused_by_rows
        assert attempt(erasing, [data.students["A1"]]).sqlstate == NO_HARD_DELETE
        assert attempt(erasing, [data.students["B1"]]).count == 0


# --- Where a student may be put -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nurse", "school_admin", "district_admin"])
def test_nobody_moves_a_student_to_a_school_that_is_not_theirs(data, name):
    own = PEOPLE[name].reach
    for place in (*DISTRICT_A, "B1", NOWHERE):
        with data.acting(name):
            outcome = attempt(
                "UPDATE students SET school_id = %s WHERE id = %s", [data.schools.get(place), data.students["A1"]]
            )
            anywhere = attempt("UPDATE students SET school_id = %s", [data.schools.get(place)])
        # A student whose place is being sought has no school, and is the district's all the same.
        if place in own or (name == "district_admin" and place == NOWHERE):
            assert (outcome.count, anywhere.count) == (1, len(own))
        else:
            assert outcome.is_refused_by_rows
            assert anywhere.is_refused_by_rows


@EVERY_WRITER
def test_the_school_of_a_record_cannot_be_written(data, name):
    for table in RECORDS[1:]:
        for place in ("A2", "B1", NOWHERE):
            statement, values = data.insert_statement(table, "A1", school_id=data.schools.get(place))
            with data.acting(name) as person:
                made = attempt(statement.as_string(None) + " RETURNING school_id", values)
                moved = attempt(f"UPDATE {table} SET school_id = %s RETURNING school_id", [data.schools.get(place)])
            own = {data.schools[at] for at in person.reach}
            if person.may(table, "a"):
                assert made.keys == {data.schools["A1"]}, (table, made)
            if person.may(table, "cd"):
                assert moved.keys == own, (table, moved)
