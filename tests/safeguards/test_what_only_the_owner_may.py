"""No role of the web changes the schema, forges a stamp, writes the log or calls what is the owner's."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from core.database.operations import Grant, GrantTable, RestrictFunction
from core.database.operations.row_security import privileges_of
from core.models import UserRole
from core.roles import REACH, database_role
from tests.safeguards.attempts import DENIED, attempt
from tests.safeguards.two_districts import PEOPLE, RECORDS, TABLES
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

WEB_ROLES = ["whitecross_anonymous", *sorted(set(REACH.values())), *(database_role(role) for role in UserRole)]
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
    before = query(
        "SELECT relname, relacl::text, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    )
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
        assert (
            query(
                "SELECT relname, relacl::text, relrowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
            )
            == before
        )


# --- The log -----------------------------------------------------------------------------------------------------------


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


# --- Stamps and what triggers fill in ----------------------------------------------------------------------------------

LONG_AGO = "1999-09-09T00:00:00Z"


@pytest.mark.parametrize("name", ["admin", "superuser", "nurse", "counselor", "school_admin", "district_admin"])
def test_stamps_are_not_forged(data, name):
    somebody = data.users["nurse_of_b"].pk
    stamps = {"created_at": LONG_AGO, "updated_at": LONG_AGO, "created_by": somebody, "updated_by": somebody}
    me, columns = data.users[name].pk, ", ".join(stamps)
    for table in (table for table in TABLES if table not in {"audit_logs", "audit_seals", "configuration_history"}):
        statement, values = data.insert_statement(
            table, "A1", **stamps, **({"start_date": "2030-01-01"} if table == "school_assignments" else {})
        )
        with data.acting(name) as person:
            made = attempt(f"{statement.as_string(None)} RETURNING {columns}", values)
            changed = attempt(
                f"UPDATE {table} SET ({columns}) = (%s, %s, %s, %s) "
                f"WHERE id = (SELECT id FROM {table} WHERE created_by IS DISTINCT FROM %s LIMIT 1) RETURNING {columns}",
                [*stamps.values(), somebody],
            )
        if person.may(table, "a"):
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


# --- Privileges, as the migrations say ---------------------------------------------------------------------------------


def operations(*kinds: type) -> list[Any]:
    """What the migrations do of some kinds."""
    loader = MigrationLoader(connection)
    return [
        operation
        for migration in loader.disk_migrations.values()
        for operation in migration.operations
        if isinstance(operation, kinds)
    ]


def test_functions_are_called_by_those_whom_the_migrations_name(data):
    expected = {operation.signature.split("(")[0]: set(operation.roles) for operation in operations(RestrictFunction)}
    found = query(
        "SELECT p.proname::text, p.prosecdef, p.prorettype = 'trigger'::regtype, "
        "array(SELECT r FROM unnest(%s::text[]) AS r WHERE has_function_privilege(r, p.oid, 'EXECUTE')), "
        "p.proacl IS NULL OR has_function_privilege('public', p.oid, 'EXECUTE') "
        "FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace "
        "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')",
        [WEB_ROLES],
    )
    callable_ones = {name: set(roles) for name, _, is_trigger, roles, _ in found if not is_trigger}
    # uuidv7() is PostgreSQL's own from 18 on; before, it is ours. The other says what is declared, to whoever declared it.
    everybodys = {"uuidv7", "schools_in_reach"}
    assert {name: roles for name, roles in callable_ones.items() if name not in everybodys} == expected
    assert expected.keys() >= {"declare_actor", "record_access", "row_history", "student_disclosures"}
    assert callable_by_anybody(found) <= everybodys
    assert not [roles for _, _, is_trigger, roles, _ in found if is_trigger and roles]


def callable_by_anybody(found: list[Any]) -> set[str]:
    return {name for name, _, _, _, is_open in found if is_open}


def test_functions_that_run_as_the_owner_look_for_tables_where_they_belong(data):
    found = query(
        "SELECT proname::text, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert len(found) > 5
    for name, settings in found:
        assert "search_path=pg_catalog, public, pg_temp" in settings, name


@EVERY_ACTOR
def test_functions_of_triggers_are_neither_called_nor_hung_on_a_table_of_ones_own(data, name):
    """On one's own table they would file, audit and delete with the owner's rights whatever one likes."""
    functions = query(
        "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "AND prorettype = 'trigger'::regtype"
    )
    assert len(functions) > 15
    with data.acting(name):
        execute(
            "CREATE TEMP TABLE own (id uuid, school_id uuid, student_id uuid, deleted_at timestamptz) ON COMMIT DROP"
        )
        for (function,) in functions:
            assert attempt(f"SELECT {function}()").sqlstate == DENIED
            for event in ("BEFORE INSERT ON own FOR EACH ROW", "AFTER UPDATE ON own FOR EACH STATEMENT"):
                outcome = attempt(
                    f"CREATE TRIGGER own {event} EXECUTE FUNCTION {function}('students', 'id', 'last_name')"
                )
                assert outcome.message == f"permission denied for function {function}", outcome


def test_privileges_on_tables_are_those_of_the_migrations(data):
    expected: dict[tuple[str, str], set[str]] = {}
    columns: dict[tuple[str, str, str], set[str]] = {}
    for operation in operations(Grant, GrantTable):
        if isinstance(operation, GrantTable):
            for role, letters in operation.letters.items():
                expected.setdefault((operation.table, f"whitecross_{role}"), set()).update(privileges_of(letters))
            continue
        for role in operation.roles:
            if "(" in operation.privileges:
                privilege, names = operation.privileges.rstrip(")").split(" (")
                for column in names.split(", "):
                    columns.setdefault((operation.table, column, role), set()).add(privilege)
            else:
                expected.setdefault((operation.table, role), set()).update(operation.privileges.split(", "))
    found: dict[tuple[str, str], set[str]] = {}
    for table, role, privilege in query(
        "SELECT c.relname::text, CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_get_userbyid(a.grantee)::text END, "
        "a.privilege_type FROM pg_class c, aclexplode(c.relacl) AS a "
        "WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner"
    ):
        found.setdefault((table, role), set()).add(privilege)
    found_columns: dict[tuple[str, str, str], set[str]] = {}
    for table, column, role, privilege in query(
        "SELECT c.relname::text, t.attname::text, pg_get_userbyid(a.grantee)::text, a.privilege_type FROM pg_class c "
        "JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a "
        "WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner"
    ):
        found_columns.setdefault((table, column, role), set()).add(privilege)
    assert found == {key: privileges for key, privileges in expected.items() if privileges}
    assert found_columns == columns
    assert {table for table, _ in found} >= set(RECORDS)


def test_no_web_role_has_more_than_its_grants(data):
    found = query(
        "SELECT rolname::text, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolcanlogin "
        "FROM pg_roles WHERE rolname LIKE 'whitecross\\_%%'"
    )
    assert {name for name, *_ in found} == set(WEB_ROLES)
    assert not any(any(attributes) for _, *attributes in found)
    assert query("SELECT has_schema_privilege(r, 'public', 'CREATE') FROM unnest(%s::text[]) r", [WEB_ROLES]) == [
        (False,)
    ] * len(WEB_ROLES)


# --- Accounts ----------------------------------------------------------------------------------------------------------


def test_the_log_of_the_admin_shows_everybody_what_they_did_themselves(data):
    kind = query("SELECT id FROM django_content_type LIMIT 1")[0][0]
    for name in ("nurse", "nurse_of_b", "admin"):
        execute(
            "INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message, "
            "content_type_id, user_id) VALUES (now(), %s, 'student', 1, '', %s, %s)",
            [str(data.students["B1"]), kind, data.users[name].pk],
        )
    for name in ("nurse", "nurse_of_b", "viewer", "district_admin", "admin"):
        with data.acting(name) as person:
            outcome = attempt("SELECT user_id FROM django_admin_log")
            forged = attempt(
                "INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message, "
                "user_id) VALUES (now(), '', '', 1, '', %s)",
                [data.users["counselor"].pk],
            )
        if person.has_all:
            assert len(outcome.rows) == 3
        else:
            assert outcome.keys <= {data.users[name].pk}
            assert len(outcome.rows) == (name in {"nurse", "nurse_of_b"})
            assert forged.is_refused_by_rows


@pytest.mark.parametrize("name", [name for name in PEOPLE if PEOPLE[name].role and PEOPLE[name].is_declared])
def test_nobody_raises_themselves_or_a_superuser(data, name):
    me = data.users[name].pk
    for change in (
        "role = 'VIEWER', is_active = false",
        "is_superuser = NOT is_superuser",
        f"school_id = '{data.schools['B1']}'",
        f"district_id = '{data.districts['B']}'",
    ):
        with data.acting(name):
            assert attempt(f"UPDATE users SET {change} WHERE id = %s", [me]).sqlstate == DENIED, change
            if name != "superuser":
                outcome = attempt(f"UPDATE users SET {change} WHERE id = %s", [data.users["superuser"].pk])
                assert outcome.sqlstate == DENIED or outcome.count == 0


def test_a_district_makes_and_changes_no_account_above_it_or_elsewhere(data):
    with data.acting("district_admin"):
        for changes in ({"role": "ADMIN"}, {"is_superuser": True}):
            statement, values = data.insert_statement("users", "A1", **changes)
            assert attempt(statement, values).sqlstate == DENIED
            key = data.users["nurse"].pk
            ((column, value),) = changes.items()
            assert attempt(f"UPDATE users SET {column} = %s WHERE id = %s", [value, key]).sqlstate == DENIED
        for place in ("B1",):
            assert attempt(
                "UPDATE users SET school_id = %s WHERE id = %s", [data.schools[place], data.users["nurse"].pk]
            ).is_refused_by_rows
        for name in ("nurse_of_b", "nurse_of_no_school", "admin", "superuser"):
            assert attempt("UPDATE users SET first_name = 'X' WHERE id = %s", [data.users[name].pk]).count == 0
        assert attempt("UPDATE schools SET district_id = %s", [data.districts["B"]]).is_refused_by_rows
