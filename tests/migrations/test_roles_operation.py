"""Database roles and grants, by logins of every kind, on the tests' server; other databases' roles stay out of it."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter

from core.database.operations import CreateRoles, Grant, RestrictFunction
from core.database.operations.roles import MissingRolesError, UnfitRoleError
from tests.scratch import Scratch

HAS_OPTIONS = 160000


def test_it_survives_being_written_into_a_migration():
    for operation in (
        CreateRoles({"reach": (), "role": ("reach",)}),
        Grant("SELECT", "users", ["role"]),
        RestrictFunction("f(uuid)", ["role"]),
    ):
        name, args, kwargs = operation.deconstruct()
        source, imports = OperationWriter(operation, indentation=0).serialize()

        assert type(operation)(*args, **kwargs).deconstruct() == operation.deconstruct()
        assert name in source
        assert all("core.database.operations" in line for line in imports)
        assert operation.migration_name_fragment.isidentifier()


@contextmanager
def alias_of(scratch: Scratch, user: str) -> Iterator[str]:
    """A connection of Django's to the scratch database as this login."""
    alias = f"as_{user}"
    database = scratch.url.rpartition("/")[2].partition("?")[0]
    connections.settings[alias] = connections.settings["default"] | {
        "ENGINE": "whitecross.postgresql",
        "NAME": database,
        "USER": user,
        "PASSWORD": "secret",
        "HOST": connection.get_connection_params().get("host"),
        "PORT": connection.get_connection_params().get("port") or "",
    }
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


def apply(operation: Any, alias: str, direction: str = "forwards") -> None:
    with connections[alias].schema_editor(atomic=True) as editor:
        getattr(operation, direction)(editor)


class Server:
    """Roles of one test's own on the tests' server."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch, self.mark = scratch, uuid.uuid4().hex[:8]
        self.reach, self.nurse = f"reach_{self.mark}", f"nurse_{self.mark}"
        self.operation = CreateRoles({self.reach: (), self.nurse: (self.reach,)})
        self.logins: list[str] = []

    def login(self, attributes: str = "") -> str:
        name = f"login{len(self.logins)}_{self.mark}"
        self.logins.append(name)
        self.scratch.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'secret' {attributes}")
        return name

    def can_take(self, login: str, role: str) -> bool:
        with alias_of(self.scratch, login) as alias, transaction.atomic(using=alias):
            try:
                connections[alias].cursor().execute(f"SET LOCAL ROLE {role}")
            except DatabaseError:
                transaction.set_rollback(True, using=alias)
                return False
            return True

    def inherits(self, role: str, other: str) -> bool:
        return bool(self.scratch.execute(f"SELECT pg_has_role('{role}', '{other}', 'USAGE')")[0][0])

    def drop(self) -> None:
        for name in (*self.logins, self.nurse, self.reach):
            if self.scratch.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'"):
                self.scratch.execute(f"DROP OWNED BY {name}")
        for name in (self.nurse, self.reach, *reversed(self.logins)):
            self.scratch.execute(f"DROP ROLE IF EXISTS {name}")


@pytest.fixture
def server(scratch: Scratch, django_db_blocker) -> Iterator[Server]:
    if not scratch.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")[0][0]:
        pytest.skip("the tests' database user is no superuser, so it cannot make logins of every kind")
    made = Server(scratch)
    with django_db_blocker.unblock():
        try:
            yield made
        finally:
            made.drop()


def test_a_login_with_createrole_makes_the_roles_and_may_take_them(server):
    login = server.login("CREATEROLE")

    with alias_of(server.scratch, login) as alias:
        apply(server.operation, alias)
        apply(server.operation, alias)

    assert server.can_take(login, server.nurse)
    assert server.can_take(login, server.reach)
    assert server.inherits(server.nurse, server.reach)
    attributes = server.scratch.execute(
        "SELECT DISTINCT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles "
        f"WHERE rolname IN ('{server.nurse}', '{server.reach}')"
    )
    assert attributes == [(False, False, False, False)]
    if connection.pg_version >= HAS_OPTIONS:
        assert not server.inherits(login, server.nurse)


def test_a_superuser_is_made_no_member(server):
    login = server.login("SUPERUSER")

    with alias_of(server.scratch, login) as alias:
        apply(server.operation, alias)

    members = server.scratch.execute(
        f"SELECT m.member::regrole::text FROM pg_auth_members m WHERE m.roleid = '{server.nurse}'::regrole"
    )
    assert members == []
    assert server.can_take(login, server.nurse)


def test_a_plain_login_is_told_the_sql_and_passes_once_an_administrator_has_run_it(server):
    login = server.login()

    with alias_of(server.scratch, login) as alias:
        with pytest.raises(MissingRolesError) as caught:
            apply(server.operation, alias)
        line, *statements = str(caught.value).splitlines()
        assert server.scratch.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{server.reach}'") == []
        for statement in statements:
            server.scratch.execute(statement)
        apply(server.operation, alias)

    options = connection.pg_version >= HAS_OPTIONS
    inherit, take = (" WITH INHERIT TRUE, SET TRUE", " WITH INHERIT FALSE, SET TRUE") if options else ("", "")
    assert line == (
        f"The database user {login} may not create the roles that the web acts as, or is no member of them. "
        "The server's administrator can run this, and then migrate goes on:"
    )
    assert [statement.strip() for statement in statements] == [
        f"CREATE ROLE {server.reach} NOLOGIN;",
        f"CREATE ROLE {server.nurse} NOLOGIN;",
        f"GRANT {server.reach} TO {server.nurse}{inherit};",
        f'GRANT {server.reach} TO "{login}"{take};',
        f'GRANT {server.nurse} TO "{login}"{take};',
    ]
    assert server.can_take(login, server.nurse)


def test_a_login_that_is_no_member_of_roles_that_are_there_is_told_so(server):
    """Made by another login with CREATEROLE; from version 16 on that gives no right over them."""
    first, second = server.login("CREATEROLE"), server.login()
    with alias_of(server.scratch, first) as alias:
        apply(server.operation, alias)

    with alias_of(server.scratch, second) as alias, pytest.raises(MissingRolesError) as caught:
        apply(server.operation, alias)

    assert "CREATE ROLE" not in str(caught.value)
    assert f'GRANT {server.nurse} TO "{second}"' in str(caught.value)
    assert not server.can_take(second, server.nurse)


@pytest.mark.parametrize("attribute", ["LOGIN", "SUPERUSER", "BYPASSRLS", "CREATEROLE"])
def test_a_role_that_may_too_much_is_refused(server, attribute):
    server.scratch.execute(f"CREATE ROLE {server.nurse} {attribute}")

    with alias_of(server.scratch, server.login("SUPERUSER")) as alias, pytest.raises(UnfitRoleError) as caught:
        apply(server.operation, alias)

    assert str(caught.value) == (
        f"The database role {server.nurse} has {attribute}, which a role of the web should not have. If it is White "
        f"Cross's, the server's administrator can run: ALTER ROLE {server.nurse} NO{attribute};"
    )
    assert server.scratch.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{server.reach}'") == []


def test_undoing_leaves_the_roles(server):
    with alias_of(server.scratch, server.login("CREATEROLE")) as alias:
        apply(server.operation, alias)
        apply(server.operation, alias, "backwards")

    assert server.inherits(server.nurse, server.reach)


def test_databases_of_one_server_that_migrate_at_one_moment_both_pass(server):
    login = server.login("CREATEROLE")
    together, failures = threading.Barrier(4), []

    def run() -> None:
        try:
            together.wait(10)
            apply(server.operation, alias)
        except Exception as error:
            failures.append(error)
        finally:
            connections[alias].close()

    with alias_of(server.scratch, login) as alias:
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    assert failures == []
    assert server.can_take(login, server.nurse)


def test_one_that_waits_for_another_finds_its_roles(server):
    """The other has made the roles, and ends its transaction while this one waits."""
    login, failures = server.login("CREATEROLE"), []

    def run() -> None:
        try:
            apply(server.operation, alias)
        except Exception as error:
            failures.append(error)
        finally:
            connections[alias].close()

    with alias_of(server.scratch, login) as alias, psycopg.connect(server.scratch.url) as other:
        other.execute(f"CREATE ROLE {server.reach} NOLOGIN".encode())
        other.execute(f"GRANT {server.reach} TO {login} WITH ADMIN OPTION".encode())
        thread = threading.Thread(target=run)
        thread.start()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not server.scratch.execute(
            f"SELECT 1 FROM pg_stat_activity WHERE usename = '{login}' AND wait_event_type = 'Lock'"
        ):
            threading.Event().wait(0.05)
        other.commit()
        thread.join(60)

    assert deadline
    assert failures == []
    assert server.can_take(login, server.nurse)


def collected(operation: Any, direction: str) -> list[str]:
    with connection.schema_editor(collect_sql=True) as editor:
        getattr(operation, f"database_{direction}")("core", editor, ProjectState(), ProjectState())
    return list(editor.collected_sql)


@pytest.mark.django_db
def test_the_sql_of_grants():
    table = Grant("SELECT, UPDATE (a)", "t", ["x", "y"])
    function = RestrictFunction("f(uuid)", ["x", "y"])

    assert collected(table, "forwards") == ["GRANT SELECT, UPDATE (a) ON t TO x, y;"]
    assert collected(table, "backwards") == ["REVOKE SELECT, UPDATE (a) ON t FROM x, y;"]
    assert collected(function, "forwards") == [
        "REVOKE ALL ON FUNCTION f(uuid) FROM PUBLIC;",
        "GRANT EXECUTE ON FUNCTION f(uuid) TO x, y;",
    ]
    assert collected(function, "backwards") == [
        "REVOKE ALL ON FUNCTION f(uuid) FROM x, y;",
        "GRANT EXECUTE ON FUNCTION f(uuid) TO PUBLIC;",
    ]


@pytest.mark.django_db
def test_sqlmigrate_says_how_roles_are_made():
    statements = collected(CreateRoles({"reach": (), "role": ("reach",)}), "forwards")

    assert statements[:2] == ["CREATE ROLE reach NOLOGIN;", "CREATE ROLE role NOLOGIN;"]
    assert statements[2].startswith("GRANT reach TO role")
    assert len(statements) == 5
