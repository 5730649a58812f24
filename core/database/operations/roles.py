"""Create the database roles that the web acts as."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from psycopg import errors

from core.database.operations.database_only import DatabaseOnlyOperation, run

# Each membership says for itself whether it is inherited from version 16 on; before, the member's INHERIT says it.
_OPTIONS_SINCE = 160000
_TRIES = 20

# What another session's migration of another database leaves behind when it is a moment faster.
_SOMEBODY_WAS_FASTER = (errors.DuplicateObject, errors.UniqueViolation, errors.InternalError_)
_CONCURRENTLY = "tuple concurrently"

_ATTRIBUTES = """
SELECT rolname, concat_ws(', ', CASE WHEN rolcanlogin THEN 'LOGIN' END, CASE WHEN rolsuper THEN 'SUPERUSER' END,
                          CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
                          CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END)
FROM pg_roles WHERE rolname = ANY (%s)
"""


class MissingRolesError(CommandError):
    """The login may not create the roles. The message holds the SQL for the administrator of the server."""


class UnfitRoleError(CommandError):
    """A role of a needed name exists and may do more than a role of the web should."""


class CreateRoles(DatabaseOnlyOperation):
    """Create roles that nobody logs in as, and make the user who migrates a member who may SET ROLE to them.

    `roles` names each role and the roles whose rights it inherits, which stand before it. Locks nothing. What is there
    already is left as it is, so that a login that may not create roles passes once an administrator has made them.

    Undoing leaves the roles: they belong to the server, and other databases on it may use them.

    Raises:
        MissingRolesError: the login may not do it; the message says what an administrator should run.
        UnfitRoleError: a role of this name may log in, or has an attribute such as SUPERUSER or BYPASSRLS.
    """

    def __init__(self, roles: Mapping[str, Sequence[str]]) -> None:
        self.roles = {name: tuple(inherited) for name, inherited in roles.items()}

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.roles], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.collect_sql:
            for statement in self._all_statements(schema_editor):
                run(schema_editor, statement)
            return
        missing = self._missing(schema_editor)
        self._refuse_unfit(schema_editor)
        left = missing
        for _ in range(_TRIES):
            if not left:
                return
            self._run(schema_editor, left, missing)
            left = self._missing(schema_editor)
            self._refuse_unfit(schema_editor)
        raise MissingRolesError(_advice(schema_editor, left))

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        pass

    def describe(self) -> str:
        return f"Create roles {', '.join(self.roles)}"

    @property
    def migration_name_fragment(self) -> str:
        return "create_roles"

    def _run(self, schema_editor: BaseDatabaseSchemaEditor, statements: list[str], missing: list[str]) -> None:
        """Run the statements until one fails because another session has just done the same."""
        for statement in statements:
            try:
                with transaction.atomic(using=schema_editor.connection.alias):
                    run(schema_editor, statement)
            except DatabaseError as error:
                cause = error.__cause__
                if isinstance(cause, errors.InsufficientPrivilege):
                    raise MissingRolesError(_advice(schema_editor, missing)) from error
                internal = isinstance(cause, errors.InternalError_)
                if not isinstance(cause, _SOMEBODY_WAS_FASTER) or (internal and _CONCURRENTLY not in str(cause)):
                    raise
                return

    def _missing(self, schema_editor: BaseDatabaseSchemaEditor) -> list[str]:
        """The statements that are still to be run, in order."""
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT session_user, rolname FROM pg_roles WHERE rolname = ANY (%s)", [list(self.roles)])
            found = cursor.fetchall()
            existing = {name for _, name in found}
            statements = [f"CREATE ROLE {role} NOLOGIN" for role in self.roles if role not in existing]
            for role, inherited in self.roles.items():
                for reach in inherited:
                    if not {role, reach} <= existing or not _holds(cursor, role, reach, "USAGE"):
                        statements.append(_grant(schema_editor, reach, role, inherit=True))
            taken = "SET" if _has_options(schema_editor) else "MEMBER"
            cursor.execute("SELECT session_user, rolsuper FROM pg_roles WHERE rolname = session_user")
            user, is_superuser = cursor.fetchone()
            for role in () if is_superuser else self.roles:
                if role not in existing or not _holds(cursor, user, role, taken):
                    statements.append(_grant(schema_editor, role, schema_editor.quote_name(user), inherit=False))
        return statements

    def _refuse_unfit(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(_ATTRIBUTES, [list(self.roles)])
            for role, attributes in cursor.fetchall():
                if attributes:
                    without = " ".join(f"NO{attribute}" for attribute in attributes.split(", "))
                    raise UnfitRoleError(
                        f"The database role {role} has {attributes}, which a role of the web should not have. "
                        f"If it is White Cross's, the server's administrator can run: ALTER ROLE {role} {without};"
                    )

    def _all_statements(self, schema_editor: BaseDatabaseSchemaEditor) -> list[str]:
        """What makes everything on a server that has nothing of it."""
        return [
            *(f"CREATE ROLE {role} NOLOGIN" for role in self.roles),
            *(
                _grant(schema_editor, reach, role, inherit=True)
                for role, inherited in self.roles.items()
                for reach in inherited
            ),
            *(_grant(schema_editor, role, "SESSION_USER", inherit=False) for role in self.roles),
        ]


def _has_options(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    return bool(schema_editor.connection.pg_version >= _OPTIONS_SINCE)  # type: ignore[attr-defined]  # PostgreSQL's


def _grant(schema_editor: BaseDatabaseSchemaEditor, role: str, member: str, *, inherit: bool) -> str:
    options = f" WITH INHERIT {'TRUE' if inherit else 'FALSE'}, SET TRUE" if _has_options(schema_editor) else ""
    return f"GRANT {role} TO {member}{options}"


def _holds(cursor: Any, member: str, role: str, how: str) -> bool:
    cursor.execute("SELECT pg_has_role(%s::name, %s::name, %s)", [member, role, how])
    return bool(cursor.fetchone()[0])


def _advice(schema_editor: BaseDatabaseSchemaEditor, statements: list[str]) -> str:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        user = cursor.fetchone()[0]
    lines = "\n".join(f"    {statement};" for statement in statements)
    return (
        f"The database user {user} may not create the roles that the web acts as, or is no member of them. "
        f"The server's administrator can run this, and then migrate goes on:\n{lines}"
    )
