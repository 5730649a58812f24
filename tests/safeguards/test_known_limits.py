"""What the guard does not protect from: each limit is shown, so that docs/safeguards.md says nothing by hearsay.

Row security binds the queries that we write. Somebody who can run SQL of their own in the web process, by an injection,
is at most as far as its login: these tests say how far that is.
"""

import uuid

import pytest

from tests.safeguards.attempts import attempt, tells_nothing
from tests.schema.rows import execute, need_superuser, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

NAMES = "SELECT last_name FROM students"


def test_limit_injected_sql_can_declare_another_actor(data):
    with data.acting("viewer"):
        assert attempt(NAMES).keys == {"Name~A1~"}
        execute(
            "SELECT set_config('role', declare_actor(%s, NULL, NULL, NULL, NULL, NULL), true)", [data.users["admin"].pk]
        )
        assert len(attempt(NAMES).rows) == len(data.students)


def test_limit_injected_sql_can_widen_its_reach(data):
    """What is declared are settings, which whoever runs SQL may set: the policies believe them."""
    with data.acting("viewer"):
        execute("SELECT set_config('whitecross.schools', %s, true)", [f"{{{data.schools['B1']}}}"])
        assert attempt(NAMES).keys == {"Name~B1~"}


def test_limit_injected_sql_can_sign_as_somebody_else(data):
    somebody = data.users["nurse_of_b"].pk
    with data.acting("nurse"):
        execute("SELECT set_config('whitecross.actor_id', %s, true)", [str(somebody)])
        assert attempt("UPDATE students SET first_name = 'Johnny' RETURNING updated_by").keys == {somebody}


def test_limit_injected_sql_can_reset_the_role_where_the_login_owns_the_tables(data):
    """Hence the login of its own that the manual asks for: there RESET ROLE leaves no right at all."""
    with data.acting("viewer"):
        execute("RESET ROLE")
        assert len(attempt(NAMES).rows) == len(data.students)


def test_resetting_the_role_leaves_a_login_that_owns_nothing_without_rights(data):
    need_superuser()
    execute("CREATE ROLE whitecross_test_login NOINHERIT LOGIN")
    execute("GRANT whitecross_anonymous, whitecross_viewer, whitecross_nurse TO whitecross_test_login")
    execute("SET LOCAL SESSION AUTHORIZATION whitecross_test_login")
    try:
        assert attempt(NAMES).is_refused_by_grants
        assert attempt("SELECT id FROM users").is_refused_by_grants
        execute("SET LOCAL ROLE whitecross_viewer")
        assert attempt(NAMES).rows == []
        execute("RESET ROLE")
        assert attempt(NAMES).is_refused_by_grants
        assert attempt("SET ROLE whitecross_admin").sqlstate is not None
    finally:
        execute("RESET SESSION AUTHORIZATION")


def test_limit_a_role_can_be_exchanged_for_another_of_the_web(data):
    with data.acting("viewer"):
        execute("SET LOCAL ROLE whitecross_nurse")
        assert attempt("SELECT id FROM health_records").rows


def test_limit_reads_that_did_not_happen_can_be_written_down(data):
    """The web says what it showed. That it showed more than it did can be claimed; a change cannot."""
    made_up = [uuid.uuid4(), data.schools["B1"]]
    with data.acting("viewer"):
        assert attempt("SELECT record_access('VIEW', 'students', %s, %s, NULL, 1)", made_up, keep=True).sqlstate is None
        outcome = attempt("SELECT record_access('UPDATE', 'students', %s, %s, NULL, 1)", made_up)
        assert outcome.message == "Changes are recorded by the tables themselves."


def test_limit_password_hashes_are_read_by_every_role(data):
    """Django compares them in the web process, under whatever role that has."""
    for name in ("anonymous", "viewer", "nurse"):
        with data.acting(name):
            assert attempt("SELECT password FROM users WHERE id = %s", [data.users["admin"].pk]).rows


@pytest.mark.parametrize("name", ["nurse", "viewer"])
def test_limit_an_explanation_counts_the_rows_it_leaves_out(data, name):
    """EXPLAIN ANALYZE tells how many rows a filter removed, and so whether a guessed number is some student's anywhere.

    It tells no value. No page of ours runs it.
    """
    ((number,),) = query("SELECT student_number FROM students WHERE id = %s", [data.students["B1"]])
    removed = {}
    for what, asked in {"foreign": number, "free": "0"}.items():
        with data.acting(name) as person:
            execute("SET LOCAL enable_seqscan = off")
            execute("SET LOCAL enable_bitmapscan = off")
            outcome = attempt(
                "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT last_name FROM students "
                f"WHERE student_number = '{asked}' AND deleted_at IS NULL"
            )
        removed[what] = "Rows Removed by Filter: 1" in outcome.text
        outcome.rows = [(row[0].replace(number, ""),) for row in outcome.rows]
        assert tells_nothing(outcome, data, person)
    assert removed == {"foreign": True, "free": False}


def test_limit_the_sizes_of_whole_tables_are_no_secret(data):
    execute("ANALYZE students")
    with data.acting("viewer"):
        ((estimate, size),) = attempt(
            "SELECT reltuples, pg_relation_size(oid) FROM pg_class WHERE oid = 'students'::regclass"
        ).rows
    assert (estimate, size > 0) == (len(data.students), True)


def test_limit_an_open_cursor_keeps_the_rights_of_who_opened_it(data):
    """Within a transaction, and WITH HOLD beyond it on the same connection. A request closes what it opens."""
    with data.acting("admin"):
        execute("DECLARE names CURSOR WITH HOLD FOR SELECT last_name FROM students")
        with data.acting("viewer"):
            assert len(attempt("FETCH ALL FROM names").rows) == len(data.students)


def test_limit_temporary_tables_are_everybodys_to_make(data):
    """They outlive the transaction on a connection that is kept, and their names come before ours: revoke TEMPORARY."""
    with data.acting("viewer"):
        execute("CREATE TEMP TABLE students ON COMMIT PRESERVE ROWS AS SELECT 'shadowed' AS last_name")
        execute("GRANT SELECT ON pg_temp.students TO PUBLIC")
        with data.acting("nurse"):
            assert attempt(NAMES).keys == {"shadowed"}
        execute("DROP TABLE pg_temp.students")
    execute(f"REVOKE TEMPORARY ON DATABASE {query('SELECT quote_ident(current_database())')[0][0]} FROM PUBLIC")
    with data.acting("viewer"):
        assert attempt("CREATE TEMP TABLE students (last_name text)").is_refused_by_grants


def test_limit_who_may_change_rows_may_lock_a_table(data):
    for name, mode, is_refused in (("nurse", "ACCESS EXCLUSIVE", False), ("viewer", "ACCESS EXCLUSIVE", True)):
        with data.acting(name):
            assert attempt(f"LOCK TABLE students IN {mode} MODE").is_refused_by_grants == is_refused


def test_limit_the_owner_of_the_tables_is_bound_by_no_policy(data):
    """Commands run as the owner. Triggers bind it until it disables them; the seals tell on it then."""
    assert len(query(NAMES)) == len(data.students)
    assert attempt("DELETE FROM students").sqlstate == "23001"
    assert attempt("DELETE FROM audit_logs").sqlstate == "23001"
    execute("ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_keep")
    assert attempt("DELETE FROM audit_logs").count > 0
