"""Privileges are those that the migrations say, no more; and nobody rises by an account."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from core.database.operations import Grant, GrantTable, RestrictFunction, Revoke
from core.database.operations.row_security import privileges_of
from core.models import UserRole
from core.roles import EMERGENCY_REACH, EMERGENCY_ROLE, REACH, database_role
from tests.safeguards.attempts import DENIED, attempt
from tests.safeguards.two_districts import PEOPLE, RECORDS
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

NURSE = database_role(UserRole.NURSE)
WEB_ROLES = [
    "whitecross_anonymous",
    *sorted(set(REACH.values())),
    *(database_role(role) for role in UserRole),
    EMERGENCY_REACH,
    EMERGENCY_ROLE,
]


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
    expected = {
        # Whoever acts in an emergency is a nurse still; the reach beside it calls nothing that others may not.
        operation.signature.split("(")[0]: {*operation.roles, *([EMERGENCY_ROLE] if NURSE in operation.roles else [])}
        for operation in operations(RestrictFunction)
    }
    found = query(
        "SELECT p.proname::text, p.prosecdef, p.prorettype = 'trigger'::regtype, "
        "array(SELECT r FROM unnest(%s::text[]) AS r WHERE has_function_privilege(r, p.oid, 'EXECUTE')), "
        "p.proacl IS NULL OR has_function_privilege('public', p.oid, 'EXECUTE') "
        "FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace "
        "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')",
        [WEB_ROLES],
    )
    callable_ones = {name: set(roles) for name, _, is_trigger, roles, _ in found if not is_trigger}
    # uuidv7() is PostgreSQL's own from 18 on; before, it is ours. The others say what is declared.
    everybodys = {"uuidv7", "schools_in_reach", "emergency_students"}
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


@pytest.mark.parametrize("name", ["admin", "superuser", "nurse", "district_admin", "viewer", "anonymous"])
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
    for operation in sorted(operations(Grant, GrantTable), key=lambda operation: isinstance(operation, Revoke)):
        if isinstance(operation, GrantTable):
            for role, letters in operation.letters.items():
                expected.setdefault((operation.table, f"whitecross_{role}"), set()).update(privileges_of(letters))
            continue
        change = set.difference_update if isinstance(operation, Revoke) else set.update
        for role in operation.roles:
            if "(" in operation.privileges:
                privilege, names = operation.privileges.rstrip(")").split(" (")
                for column in names.split(", "):
                    change(columns.setdefault((operation.table, column, role), set()), {privilege})
            else:
                change(expected.setdefault((operation.table, role), set()), operation.privileges.split(", "))
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
    # What accounts.0001 takes back by SQL of its own.
    expected = {key: privileges for key, privileges in expected.items() if privileges and key[0] != "django_session"}
    assert found == expected
    assert found_columns == {key: privileges for key, privileges in columns.items() if privileges}
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


# --- Accounts -------------------------------------------------------------------------------------------------------


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
