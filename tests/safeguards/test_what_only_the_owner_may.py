"""No role of the web changes the schema, forges a stamp, writes the log or calls what is the owner's."""

import pytest

from medications.declared_settings import DUE_BEFORE
from tests.safeguards.attempts import DENIED, attempt
from tests.safeguards.two_districts import OF_ONESELF, TABLES
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

# Who acts, one for each role.
ACTORS = ["admin", "superuser", "nurse", "counselor", "school_admin", "district_admin", "viewer", "anonymous"]
EVERY_ACTOR = pytest.mark.parametrize("name", ACTORS)

DEFINITIONS = [
    "CREATE TABLE public.kept (id int)",
    "CREATE TABLE kept AS SELECT 1",
    "SELECT 1 AS a INTO public.kept",
    "CREATE SCHEMA kept",
    "CREATE SCHEMA AUTHORIZATION CURRENT_USER",
    "CREATE EXTENSION dblink",
    "CREATE LANGUAGE plperlu",
    "CREATE ROLE kept",
    "CREATE DATABASE kept",
    "CREATE EVENT TRIGGER kept ON ddl_command_start EXECUTE FUNCTION stamp_row()",
    "CREATE PUBLICATION kept FOR TABLE students",
    "CREATE SUBSCRIPTION kept CONNECTION 'host=x' PUBLICATION kept WITH (connect = false)",
    "CREATE FUNCTION public.kept() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION public.stamp_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE OPERATOR public.~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)",
    "CREATE CAST (text AS uuid) WITH INOUT AS IMPLICIT",
    "CREATE VIEW public.kept AS SELECT * FROM students",
    "CREATE MATERIALIZED VIEW public.kept AS SELECT * FROM students",
    "CREATE TYPE public.kept AS ENUM ('a')",
    "CREATE STATISTICS kept ON first_name, last_name FROM students",
    "ALTER FUNCTION guard_delete() RESET ALL",
    "ALTER FUNCTION declare_actor(uuid, text, text, text, text, text) RESET search_path",
    "DROP FUNCTION stamp_row() CASCADE",
    "DROP FUNCTION mark_deletion() CASCADE",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "GRANT whitecross_all TO whitecross_viewer",
    "ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON TABLES TO PUBLIC",
    "ALTER SYSTEM SET log_statement = 'all'",
    "SET LOCAL session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', true)",
    "REASSIGN OWNED BY postgres TO CURRENT_USER",
    "COMMENT ON COLUMN students.last_name IS 'No PHI'",
    "SECURITY LABEL ON TABLE students IS 'x'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
    "SELECT pg_create_logical_replication_slot('kept', 'test_decoding')",
    "SELECT pg_switch_wal()",
    "SELECT pg_reload_conf()",
    "DO LANGUAGE plpgsql $$ BEGIN EXECUTE 'ALTER TABLE students DISABLE ROW LEVEL SECURITY'; END $$",
]
ALTERATIONS = [
    "ALTER TABLE {} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {} NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} DISABLE TRIGGER USER",
    "ALTER TABLE {} OWNER TO CURRENT_USER",
    "ALTER TABLE {} ADD COLUMN kept int",
    "ALTER TABLE {} DROP COLUMN id",
    "ALTER TABLE {} RENAME TO kept",
    "CREATE POLICY kept ON {} USING (true)",
    "CREATE TRIGGER kept BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION stamp_row()",
    "CREATE RULE kept AS ON DELETE TO {} DO INSTEAD NOTHING",
    "CREATE INDEX kept ON {} (id)",
    "DROP TABLE {} CASCADE",
    "REVOKE ALL ON {} FROM PUBLIC",
    "GRANT SELECT ON {} TO PUBLIC",
]


RIGHTS = (
    "SELECT relname, relacl::text, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
)


@EVERY_ACTOR
def test_the_schema_is_the_owners(data, name):
    with data.acting(name):
        for statement in DEFINITIONS:
            outcome = attempt(statement)
            # Where PostgreSQL knows no such thing, or asks for other things first, it is as good as refused.
            assert outcome.sqlstate in {DENIED, "0LP01", "25001", "22023", "58P01", "0A000", "42710", "42704"}, (
                statement,
                outcome,
            )


@EVERY_ACTOR
def test_tables_triggers_and_policies_are_the_owners(data, name):
    policies = query("SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'")
    triggers = query("SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0")
    before = query(RIGHTS)
    with data.acting(name):
        for table in TABLES:
            for statement in ALTERATIONS:
                outcome = attempt(statement.format(table), keep=True)
                # To grant or revoke what one does not have is a warning, and nothing is granted.
                changes_nothing = (
                    outcome.sqlstate is None and statement.startswith(("GRANT", "REVOKE")) and outcome.notices
                )
                assert outcome.sqlstate == DENIED or changes_nothing, (statement, table, outcome)
        for policy, table in policies:
            assert attempt(f"DROP POLICY {policy} ON {table}").sqlstate == DENIED
            assert attempt(f"ALTER POLICY {policy} ON {table} TO PUBLIC").sqlstate == DENIED
        for trigger, table in triggers:
            assert attempt(f"DROP TRIGGER {trigger} ON {table}").sqlstate == DENIED
            assert attempt(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}").sqlstate == DENIED
        assert query(RIGHTS) == before


# --- The log --------------------------------------------------------------------------------------------------------


@EVERY_ACTOR
def test_the_log_is_written_by_nobody(data, name):
    statements = [
        "INSERT INTO {} (id) VALUES (gen_random_uuid())",
        "INSERT INTO {} DEFAULT VALUES",
        "INSERT INTO {} SELECT * FROM {}",
        "UPDATE {} SET id = gen_random_uuid()",
        "UPDATE {} SET id = id WHERE false",
        "DELETE FROM {}",
        "DELETE FROM {} WHERE false",
        "TRUNCATE {}",
        "COPY {} FROM STDIN",
        "MERGE INTO {} l USING (VALUES (1)) v ON true WHEN MATCHED THEN DELETE",
        "SELECT 1 FROM {} FOR UPDATE",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "LOCK TABLE {} IN EXCLUSIVE MODE",
    ]
    for table in ("audit_logs", "audit_seals"):
        for statement in statements:
            with data.acting(name):
                assert attempt(statement.replace("{}", table)).sqlstate == DENIED, (statement, table)


@EVERY_ACTOR
def test_partitions_of_the_log_are_not_reached(data, name):
    partitions = query("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass")
    assert len(partitions) > 1
    with data.acting(name):
        for (partition,) in partitions:
            for statement in (
                f"SELECT count(*) FROM {partition}",
                f"TABLE {partition}",
                f"COPY {partition} TO STDOUT",
                f"INSERT INTO {partition} (action, entity_type) VALUES ('VIEW', 'students')",
                f"DELETE FROM {partition}",
                f"TRUNCATE {partition}",
                f"ALTER TABLE audit_logs DETACH PARTITION {partition}",
                f"DROP TABLE {partition}",
            ):
                assert attempt(statement).sqlstate == DENIED, statement


@pytest.mark.parametrize("name", ["school_admin", "district_admin"])
def test_the_log_is_read_without_images(data, name):
    with data.acting(name):
        assert attempt("SELECT entity_id FROM audit_logs").rows
        for statement in (
            "SELECT old_row FROM audit_logs",
            "SELECT * FROM audit_logs",
            "TABLE audit_logs",
            "SELECT audit_logs FROM audit_logs",
            "SELECT to_jsonb(l) FROM audit_logs l",
            "SELECT count(old_row) FROM audit_logs",
            "SELECT id FROM audit_logs WHERE old_row IS NOT NULL",
            "SELECT id FROM audit_logs ORDER BY old_row",
            "COPY audit_logs TO STDOUT",
            "COPY audit_logs (old_row) TO STDOUT",
        ):
            assert attempt(statement).is_refused_by_grants, statement


# --- Stamps and what triggers fill in -------------------------------------------------------------------------------

LONG_AGO = "1999-09-09T00:00:00Z"


@pytest.mark.parametrize("name", ["admin", "superuser", "nurse", "counselor", "school_admin", "district_admin"])
def test_stamps_are_not_forged(data, name):
    somebody = data.users["nurse_of_b"].pk
    stamps = {"created_at": LONG_AGO, "updated_at": LONG_AGO, "created_by": somebody, "updated_by": somebody}
    me, columns = data.users[name].pk, ", ".join(stamps)
    unstamped = {"audit_logs", "audit_seals", "configuration_history", "school_counts", "user_sessions"}
    # What each may add: a time that is free, a value in the place of a declared one, what opens one's own account.
    taken = {
        "school_assignments": {"start_date": "2030-01-01"},
        "system_configurations": {
            "key": DUE_BEFORE.key,
            "value": "20",
            "scope": "SCHOOL",
            "scope_id": data.schools["A1"],
        },
        **{table: {"user_id": me} for table in OF_ONESELF},
    }
    taken["authenticator_apps"]["confirmed_at"] = LONG_AGO  # each has one already that is being set up
    for table in (table for table in TABLES if table not in unstamped):
        statement, values = data.insert_statement(table, "A1", **stamps, **taken.get(table, {}))
        with data.acting(name) as person:
            made = attempt(f"{statement.as_string(None)} RETURNING {columns}", values)
            changed = attempt(
                f"UPDATE {table} SET ({columns}) = (%s, %s, %s, %s) "
                f"WHERE id = (SELECT id FROM {table} WHERE created_by IS DISTINCT FROM %s LIMIT 1) RETURNING {columns}",
                [*stamps.values(), somebody],
            )
        if person.may(table, "a"):
            assert made.sqlstate is None, (table, made)
            ((created_at, updated_at, created_by, updated_by),) = made.rows
            assert (created_by, updated_by) == (me, me), table
            assert created_at == updated_at != LONG_AGO
            assert created_at.year > 2000
        for row in changed.rows:
            assert somebody not in row
            assert min(row[0].year, row[1].year) > 2000


def test_an_unchanged_row_stays_who_changed_it_last(data):
    key = data.students["A1"]
    stamps = "SELECT created_at, updated_at, created_by, updated_by FROM students WHERE id = %s"
    before = query(stamps, [key])
    with data.acting("school_admin"):
        assert attempt("UPDATE students SET updated_by = NULL, created_at = now(), grade = grade", keep=True).count == 1
        assert query(stamps, [key]) == before
        assert attempt("UPDATE students SET first_name = 'Johnny', created_by = NULL", keep=True).count == 1
        ((created_at, updated_at, created_by, updated_by),) = query(stamps, [key])
    assert (created_at, created_by) == (before[0][0], before[0][2])
    assert updated_at > before[0][1]
    assert updated_by == data.users["school_admin"].pk


def test_the_moment_of_a_deletion_is_not_chosen_nor_a_row_made_deleted(data):
    own = data.students["A1"]
    with data.acting("nurse"):
        ((moment, mark),) = attempt(
            "UPDATE students SET deleted_at = %s WHERE id = %s RETURNING deleted_at, deletion_id", [LONG_AGO, own]
        ).rows
        assert moment.year > 2000
        assert mark is not None
        statement, values = data.insert_statement("students", "A1", deleted_at=LONG_AGO)
        assert attempt(statement, values).message == "A new row of students cannot be a deleted one."
    for name in ("school_admin", "district_admin"):
        with data.acting(name):
            outcome = attempt("UPDATE students SET deleted_at = now() WHERE id = %s", [own])
            assert (outcome.sqlstate, outcome.hint) == (DENIED, "It lacks the DELETE privilege on the table.")
    execute("UPDATE students SET deleted_at = now() WHERE id = %s", [own])
    for name in ("school_admin", "district_admin"):
        with data.acting(name):
            assert attempt("UPDATE students SET deleted_at = NULL WHERE id = %s", [own]).sqlstate == DENIED


def test_the_student_of_a_dose_is_its_orders(data):
    for place in ("A3", "B1"):
        with data.acting("nurse"):
            statement, values = data.insert_statement("medication_logs", "A1", student_id=data.students[place])
            made = attempt(f"{statement.as_string(None)} RETURNING student_id, school_id", values)
            changed = attempt(
                "UPDATE medication_logs SET student_id = %s, school_id = %s WHERE school_id = %s "
                "RETURNING student_id, school_id",
                [data.students[place], data.schools[place], data.schools["A1"]],
            )
        expected = [(data.students["A1"], data.schools["A1"])]
        assert made.rows == expected
        assert changed.rows == expected, (place, changed)
