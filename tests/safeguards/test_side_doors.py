"""Reading by a side door: by no shape of query, function or copy does anybody learn of a row of another school.

Every attack must find the attacker's own students: one that finds nothing at all would prove nothing.
"""

import pytest

from tests.safeguards.attempts import DENIED, attempt, copy_out, tells_all_names, tells_nothing
from tests.safeguards.two_districts import PEOPLE, take_role, taken_back
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

ATTACKERS = ("nurse", "school_admin", "district_admin", "viewer")
EVERY_ATTACKER = pytest.mark.parametrize("name", ATTACKERS)

QUERIES = {
    "column": "SELECT last_name FROM students",
    "whole row": "SELECT students FROM students",
    "json": "SELECT to_jsonb(s) FROM students s",
    "system columns": "SELECT ctid, xmin, tableoid, last_name FROM students",
    "only": "SELECT last_name, student_number FROM ONLY students",
    "sample": "SELECT last_name FROM students TABLESAMPLE BERNOULLI (100)",
    "page sample": "SELECT last_name FROM students TABLESAMPLE SYSTEM (100)",
    "cross join": "SELECT a.last_name, b.last_name FROM students a CROSS JOIN students b",
    "outer join": "SELECT c.name, s.id, s.last_name FROM schools c FULL JOIN students s ON s.school_id = c.id",
    "lateral": "SELECT n FROM schools c, LATERAL (SELECT s.last_name FROM students s WHERE s.school_id = c.id) AS t(n)",
    "self join by district": "SELECT b.* FROM students a JOIN students b USING (district_id)",
    "aggregate": "SELECT school_id, count(*), string_agg(last_name, ',') FROM students GROUP BY ROLLUP (school_id)",
    "extremes": "SELECT min(last_name), max(last_name), array_agg(last_name), array_agg(id) FROM students",
    "scalar subquery": "SELECT array(SELECT last_name FROM students)",
    "subquery over all schools": "SELECT name, array(SELECT last_name FROM students WHERE school_id = c.id) "
    "FROM schools c",
    "exists": "SELECT last_name FROM students s "
    "WHERE EXISTS (SELECT FROM students o WHERE o.id <> s.id OR o.id = s.id)",
    "materialized": "WITH s AS MATERIALIZED (SELECT * FROM students) SELECT last_name FROM s",
    "inlined": "WITH s AS NOT MATERIALIZED (SELECT * FROM students) SELECT last_name FROM s WHERE last_name LIKE '%~%'",
    "recursive": "WITH RECURSIVE s(id, n) AS (SELECT id, last_name FROM students UNION SELECT o.id, o.last_name "
    "FROM students o JOIN s ON o.id <> s.id) SELECT n FROM s",
    "window": "SELECT last_name, lag(last_name) OVER w, lead(last_name) OVER w, count(*) OVER () "
    "FROM students WINDOW w AS (ORDER BY student_number)",
    "union": "SELECT last_name FROM students UNION ALL SELECT first_name FROM students",
    "order by": "SELECT last_name FROM students ORDER BY (SELECT max(s.last_name) FROM students s) OFFSET 0",
    "text search": "SELECT last_name FROM students WHERE search_vector @@ to_tsquery('simple', 'john') "
    "OR search_vector IS NOT NULL",
    "words": "SELECT string_agg(word, ' ') || (SELECT string_agg(last_name, ' ') FROM students) "
    "FROM ts_stat('SELECT search_vector FROM students')",
    "json aggregate": "SELECT jsonb_object_agg(id, last_name) FROM students",
    "set function": "SELECT json_populate_recordset(null::students, (SELECT json_agg(s) FROM students s))",
    "table": "TABLE students",
    "explain": "EXPLAIN (VERBOSE) SELECT last_name FROM students",
}


@pytest.mark.parametrize("attack", QUERIES)
@EVERY_ATTACKER
def test_no_query_tells_of_another_school(data, name, attack):
    with data.acting(name) as person:
        outcome = attempt(QUERIES[attack])
    assert outcome.sqlstate is None, outcome
    assert tells_nothing(outcome, data, person)
    assert attack == "explain" or tells_all_names(outcome, data, person)


@EVERY_ATTACKER
def test_counts_and_existence_are_of_the_own_schools(data, name):
    with data.acting(name) as person:
        by_school = attempt(
            "SELECT c.name FROM schools c WHERE EXISTS (SELECT FROM students s WHERE s.school_id = c.id)"
        )
        known = attempt("SELECT name FROM schools WHERE id IN (SELECT school_id FROM students)")
        absent = attempt("SELECT name FROM schools WHERE id <> ALL (SELECT school_id FROM students)")
        count = attempt(
            "SELECT count(*), count(DISTINCT school_id), count(*) FILTER (WHERE school_id IS NULL) FROM students"
        )
        asked = [
            attempt("SELECT count(*) FROM students WHERE id = %s", [key]).rows[0][0] for key in data.students.values()
        ]
    assert by_school.keys == known.keys == person.reach
    assert absent.keys.isdisjoint(person.reach)
    assert count.rows == [(len(person.reach), len(person.reach), 0)]
    assert dict(zip(data.students, asked, strict=True)) == {place: place in person.reach for place in data.students}


# --- Functions that see rows before the policy might have -----------------------------------------------------------

PEEK = """
CREATE FUNCTION pg_temp.peek(seen text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN RAISE NOTICE 'saw %', seen; RETURN true; END $$
"""
PEEK_OPERATOR = """
CREATE FUNCTION pg_temp.peek_both(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
CREATE OPERATOR pg_temp.~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.peek_both);
"""
PEEKING = {
    "where": "SELECT count(*) FROM students WHERE pg_temp.peek(last_name)",
    "where with a better filter": "SELECT 1 FROM students WHERE pg_temp.peek(last_name) AND school_id IS NOT NULL",
    "having": "SELECT last_name FROM students GROUP BY last_name HAVING pg_temp.peek(last_name)",
    "join": "SELECT 1 FROM schools c JOIN students s ON pg_temp.peek(s.last_name)",
    "outer join": "SELECT 1 FROM schools c LEFT JOIN students s ON s.school_id = c.id AND pg_temp.peek(s.last_name)",
    "order": "SELECT 1 FROM students ORDER BY pg_temp.peek(last_name)",
    "case": "SELECT 1 FROM students WHERE CASE WHEN pg_temp.peek(last_name) THEN true END",
    "filter": "SELECT count(*) FILTER (WHERE pg_temp.peek(last_name)) FROM students",
    "subquery": "SELECT 1 FROM (SELECT * FROM students) s WHERE pg_temp.peek(s.last_name)",
    "operator": "SELECT 1 FROM students WHERE last_name OPERATOR(pg_temp.~~~) 'x'",
}


@pytest.mark.parametrize("attack", PEEKING)
@EVERY_ATTACKER
def test_a_function_is_shown_no_row_that_is_hidden(data, name, attack):
    with data.acting(name) as person:
        execute(PEEK)
        execute(PEEK_OPERATOR)
        for hint in ("SET LOCAL enable_seqscan = on", "SET LOCAL enable_seqscan = off"):
            execute(hint)
            outcome = attempt(PEEKING[attack])
            assert outcome.sqlstate is None, outcome
            assert tells_nothing(outcome, data, person)
            assert tells_all_names(outcome, data, person)


@EVERY_ATTACKER
def test_an_update_or_delete_shows_a_function_no_hidden_row(data, name):
    with data.acting(name) as person:
        execute(PEEK)
        for statement in (
            "UPDATE students SET grade = grade WHERE pg_temp.peek(last_name)",
            "DELETE FROM students WHERE pg_temp.peek(last_name)",
        ):
            assert tells_nothing(attempt(statement), data, person)


@EVERY_ATTACKER
def test_nobody_makes_a_function_that_passes_for_leakproof(data, name):
    with data.acting(name):
        outcome = attempt(
            "CREATE FUNCTION pg_temp.quiet(text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS 'BEGIN RETURN true; END'"
        )
    assert (outcome.sqlstate, outcome.message) == (DENIED, "only superuser can define a leakproof function")


ERRORS = {
    "cast in where": "SELECT 1 FROM students WHERE last_name::int > 0",
    "cast in list": "SELECT last_name::int FROM students",
    "cast in aggregate": "SELECT sum(last_name::int) FROM students",
    "cast in join": "SELECT 1 FROM schools c JOIN students s ON s.last_name::int = 1",
    "cast to uuid": "SELECT last_name::uuid FROM students",
    "cast to json": "SELECT last_name::json FROM students",
    "cast to enum": 'SELECT last_name::"Gender" FROM students',
    "cast to date": "SELECT 1 FROM students ORDER BY last_name::date",
    "pattern": "SELECT regexp_replace('x', '(' || last_name, 'y') FROM students",
    "setting": "SELECT set_config(last_name, last_name, true) FROM students",
    "class": "SELECT last_name::regclass FROM students",
}


@pytest.mark.parametrize("attack", ERRORS)
@EVERY_ATTACKER
def test_an_error_quotes_no_hidden_value(data, name, attack):
    with data.acting(name) as person:
        outcome = attempt(ERRORS[attack])
    assert outcome.sqlstate is not None
    assert tells_nothing(outcome, data, person)


@EVERY_ATTACKER
def test_an_error_is_no_oracle_of_hidden_values(data, name):
    division = "SELECT 1 / (last_name <> %s)::int FROM students"
    filtered = "SELECT 1 FROM students WHERE 1 / (last_name <> %s)::int > 0"
    with data.acting(name) as person:
        for statement in (division, filtered):
            for place in data.students:
                outcome = attempt(statement, [f"Name~{place}~"])
                assert outcome.sqlstate == ("22012" if place in person.reach else None), place


# --- Copies, dumps and documents ------------------------------------------------------------------------------------


@EVERY_ATTACKER
def test_copy_gives_the_own_schools(data, name):
    with data.acting(name) as person:
        for statement in (
            "COPY students TO STDOUT",
            "COPY students (last_name) TO STDOUT WITH (FORMAT csv)",
            "COPY (SELECT * FROM students) TO STDOUT",
            "COPY (TABLE ONLY students) TO STDOUT",
        ):
            outcome = copy_out(statement)
            assert tells_nothing(outcome, data, person)
            assert tells_all_names(outcome, data, person), outcome


@EVERY_ATTACKER
def test_no_copy_goes_around_row_security(data, name):
    with data.acting(name):
        execute("SET LOCAL row_security = off")  # as pg_dump does
        for outcome in (copy_out("COPY students TO STDOUT"), attempt("SELECT last_name FROM students")):
            assert (outcome.sqlstate, outcome.rows) == (DENIED, [])
            assert outcome.message == 'query would be affected by row-level security policy for table "students"'


@EVERY_ATTACKER
def test_nothing_is_copied_into_a_table_or_to_the_server(data, name):
    with data.acting(name):
        assert attempt("COPY students FROM STDIN").sqlstate in {DENIED, "0A000"}  # row security has no COPY FROM
        for statement in (
            "COPY students TO '/tmp/students'",
            "COPY students TO PROGRAM 'cat'",
            "SELECT lo_import('/etc/passwd')",
            "SELECT lo_export(1, '/tmp/x')",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT pg_ls_dir('.')",
            "SELECT * FROM pg_statistic",
            "SELECT * FROM pg_authid",
            "SELECT * FROM pg_largeobject",
        ):
            assert attempt(statement).sqlstate == DENIED, statement


@EVERY_ATTACKER
def test_documents_hold_the_own_schools(data, name):
    with data.acting(name) as person:
        for call in (
            "query_to_xml('SELECT * FROM students', true, false, '')",
            "table_to_xml('students', true, false, '')",
            "query_to_xml_and_xmlschema('TABLE students', true, false, '')",
        ):
            outcome = attempt(f"SELECT {call}::text")
            assert tells_nothing(outcome, data, person)
            # Some builds of PostgreSQL know no XML.
            assert outcome.sqlstate == "0A000" or tells_all_names(outcome, data, person), outcome


# --- What the server knows of tables and sessions -------------------------------------------------------------------


@EVERY_ATTACKER
def test_statistics_of_secured_tables_are_hidden(data, name):
    execute("ANALYZE students")
    execute("ANALYZE contacts")
    asked = (
        "SELECT tablename, attname, most_common_vals::text, histogram_bounds::text FROM pg_stats "
        "WHERE schemaname = 'public' AND tablename !~ '^django_'"
    )
    assert "Name~B1~" in str(query(asked))
    with data.acting(name) as person:
        assert attempt(asked).rows == []
        for view in ("pg_stats_ext", "pg_stats_ext_exprs"):
            assert attempt(f"SELECT * FROM {view}").rows == []
        assert tells_nothing(attempt("SELECT * FROM pg_stats"), data, person)


@EVERY_ATTACKER
def test_what_others_ask_is_hidden(data, name):
    with data.acting(name):
        outcome = attempt("SELECT query FROM pg_stat_activity")
    assert outcome.keys == {"<insufficient privilege>"}


@EVERY_ATTACKER
def test_no_function_of_ours_notifies_whoever_listens(data, name):
    with data.acting(name):
        assert attempt("LISTEN students").sqlstate is None  # anybody may
    assert query("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosrc ~* 'notify'") == []


@EVERY_ATTACKER
def test_no_number_of_a_sequence_tells_how_much_is_written(data, name):
    with data.acting(name):
        for (sequence,) in query(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
        ):
            for statement in (
                f"SELECT last_value FROM {sequence}",
                f"SELECT nextval('{sequence}')",
                f"SELECT currval('{sequence}')",
            ):
                assert attempt(statement).sqlstate == DENIED, statement
        assert attempt("SELECT lastval()").sqlstate in {DENIED, "55000"}
    assert query(
        "SELECT count(*) FROM information_schema.columns "
        "WHERE table_name = ANY (%s) AND column_default LIKE 'nextval%%'",
        [list(data.records)],
    ) == [(0,)]


# --- What outlives a change of the actor ----------------------------------------------------------------------------


def test_a_prepared_statement_is_planned_anew_for_each_role(data):
    asked = ["admin", "nurse", "viewer", "nurse_of_b", "district_admin", "undeclared_nurse", "admin", "counselor"]
    for mode in ("force_generic_plan", "force_custom_plan"):
        execute("PREPARE names AS SELECT last_name FROM students")
        try:
            for name in asked:
                with data.acting(name) as person:
                    execute(f"SET LOCAL plan_cache_mode = {mode}")
                    assert attempt("EXECUTE names").keys == {f"Name~{place}~" for place in person.reach}
            with data.acting("anonymous"):
                assert attempt("EXECUTE names").is_refused_by_grants
        finally:
            execute("DEALLOCATE names")


def test_a_plan_kept_in_a_function_is_made_anew_for_each_role(data):
    execute(
        "CREATE FUNCTION pg_temp.names() RETURNS SETOF text LANGUAGE plpgsql AS "
        "'BEGIN RETURN QUERY SELECT last_name::text FROM students; END'"
    )
    for name in ["admin", "nurse", "viewer", "nurse_of_b", "district_admin", "undeclared_nurse", "admin"] * 2:
        with data.acting(name) as person:
            execute("SET LOCAL plan_cache_mode = force_generic_plan")
            assert attempt("SELECT pg_temp.names()").keys == {f"Name~{place}~" for place in person.reach}


@EVERY_ATTACKER
def test_a_view_of_ones_own_shows_the_own_rows_to_whoever_reads_it(data, name):
    with taken_back():
        take_role(data, name)
        person = PEOPLE[name]
        for options in ("", "WITH (security_barrier)", "WITH (security_invoker)"):
            execute(f"CREATE OR REPLACE TEMP VIEW names {options} AS SELECT id, last_name FROM students")
            execute("GRANT SELECT ON names TO PUBLIC")
            outcome = attempt("SELECT last_name FROM names")
            assert outcome.keys == {f"Name~{place}~" for place in person.reach}
            with data.acting("nurse_of_b"):
                assert attempt("SELECT last_name FROM names").keys <= {"Name~B1~"}


@EVERY_ATTACKER
def test_a_temporary_table_keeps_the_own_rows_only(data, name):
    with data.acting(name) as person:
        execute("CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM students")
        outcome = attempt("SELECT last_name FROM kept")
        assert outcome.keys == {f"Name~{place}~" for place in person.reach}


@EVERY_ATTACKER
def test_locking_rows_reaches_the_own_only(data, name):
    with data.acting(name) as person:
        for strength in ("UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"):
            outcome = attempt(f"SELECT last_name FROM students FOR {strength}")
            if person.may("students", "cd"):
                assert outcome.keys == {f"Name~{place}~" for place in person.reach}
            else:
                assert outcome.is_refused_by_grants


# --- Functions of ours ----------------------------------------------------------------------------------------------


@EVERY_ATTACKER
def test_history_is_told_of_own_rows_in_tables_one_may_read(data, name):
    with data.acting(name) as person:
        for table, rows in data.records.items():
            for key, place in rows.items():
                outcome = attempt("SELECT * FROM row_history(%s, %s)", [table, key])
                assert outcome.sqlstate is None, outcome
                assert bool(outcome.rows) == (person.may(table, "v") and place in person.reach), (table, place)
        for table in ("audit_logs", "audit_seals", "pg_authid", "students; DROP TABLE students", "no_table"):
            assert attempt("SELECT * FROM row_history(%s, %s)", [table, data.students["A1"]]).rows == []


@EVERY_ATTACKER
def test_disclosures_are_told_of_own_students(data, name):
    for place, key in data.students.items():
        execute("SELECT record_access('VIEW', 'students', %s, NULL, ARRAY[%s]::uuid[], 1)", [key, key])
        with data.acting(name) as person:
            outcome = attempt("SELECT * FROM student_disclosures(%s, '-infinity', 'infinity')", [key])
        if name == "viewer":
            assert outcome.is_refused_by_grants
        else:
            assert len(outcome.rows) == (place in person.reach), (place, outcome)


@EVERY_ATTACKER
def test_recording_a_read_of_a_foreign_student_tells_nothing(data, name):
    call = "SELECT record_access('VIEW', 'students', %s, NULL, ARRAY[%s]::uuid[], 1)"
    with data.acting(name) as person:
        told = [attempt(call, [key, key]) for key in (data.students["B1"], data.schools["B1"])]
        for key in (data.students["B1"], data.schools["B1"]):
            attempt(call, [key, key], keep=True)
        if person.may("audit_logs", "vm"):
            found = attempt("SELECT entity_id, student_id, student_ids, school_id FROM audit_logs")
            assert found.rows
            assert tells_nothing(found, data, person)
    assert told[0] == told[1]
