"""Say in the database which rows a role sees, and what it may do with a table."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.transaction import TransactionManagementError
from django.utils.deconstruct import deconstructible

from core.database.operations.database_only import DatabaseOnlyOperation, run


@deconstructible
@dataclass
class Policy:
    """A policy of row security: which rows some roles see and may leave behind, under one command or all."""

    name: str
    to: str
    using: str = ""
    check: str = ""
    command: str = "ALL"
    restrictive: bool = False

    def statement(self, table: str) -> str:
        """What creates the policy."""
        kind = " AS RESTRICTIVE" if self.restrictive else ""
        using = f" USING ({self.using})" if self.using else ""
        check = f" WITH CHECK ({self.check})" if self.check else ""
        return f"CREATE POLICY {self.name} ON {table}{kind} FOR {self.command} TO {self.to}{using}{check}"


class SecureRows(DatabaseOnlyOperation):
    """Let every role but the owner see those rows only that a policy lets through.

    Lock: the table against all others, for a moment. Undone by dropping the policies and opening the table.
    """

    def __init__(self, table: str, policies: Sequence[Policy]) -> None:
        self.table, self.policies = table, list(policies)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.policies], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, f"ALTER TABLE {self.table} ENABLE ROW LEVEL SECURITY")
        for policy in self.policies:
            run(schema_editor, policy.statement(self.table))

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for policy in reversed(self.policies):
            run(schema_editor, f"DROP POLICY {policy.name} ON {self.table}")
        run(schema_editor, f"ALTER TABLE {self.table} DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Secure the rows of {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"secure_{self.table}"


class ReplacePolicies(DatabaseOnlyOperation):
    """Put other policies in the place of some of a table whose rows are secured already.

    Lock: the table against all others, for a moment, in which nobody sees a row too many or too few. Undone by putting
    the old ones back.
    """

    def __init__(self, table: str, old: Sequence[Policy], new: Sequence[Policy]) -> None:
        self.table, self.old, self.new = table, list(old), list(new)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.old, self.new], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        self._replace(schema_editor, self.old, self.new)

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        self._replace(schema_editor, self.new, self.old)

    def _replace(self, schema_editor: BaseDatabaseSchemaEditor, old: list[Policy], new: list[Policy]) -> None:
        for policy in old:
            run(schema_editor, f"DROP POLICY {policy.name} ON {self.table}")
        for policy in new:
            run(schema_editor, policy.statement(self.table))

    def describe(self) -> str:
        return f"Replace policies of {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"policies_{self.table}"


class AddPolicy(DatabaseOnlyOperation):
    """Add a policy to a table in use whose rows are secured already, in a transaction of its own.

    Lock: the table against all others, for a moment, and no other table at the same time: where a migration adds
    policies to several tables, nobody who locks them in another order can meet it in a deadlock. It can be killed at
    any moment and run again. Undone by dropping the policy, in the same way.

    The migration must say `atomic = False`, or the locks would be kept to its end.
    """

    atomic = False

    def __init__(self, table: str, policy: Policy) -> None:
        self.table, self.policy = table, policy

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.policy], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        self._run(schema_editor, self._drop(), self.policy.statement(self.table))

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        self._run(schema_editor, self._drop())

    def _drop(self) -> str:
        return f"DROP POLICY IF EXISTS {self.policy.name} ON {self.table}"

    def _run(self, schema_editor: BaseDatabaseSchemaEditor, *statements: str) -> None:
        connection = schema_editor.connection
        if schema_editor.collect_sql:
            statements = ("BEGIN", *statements, "COMMIT")
        elif connection.in_atomic_block:
            raise TransactionManagementError(
                f"{type(self).__name__} locks one table at a time: set `atomic = False` on the migration."
            )
        with nullcontext() if schema_editor.collect_sql else transaction.atomic(using=connection.alias):
            for statement in statements:
                run(schema_editor, statement)

    def describe(self) -> str:
        return f"Add the policy {self.policy.name} to {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"policy_{self.policy.name}"


# ADR 0015 has the figures. For the few schools of a nurse the planner must see how many there are, and must not look
# at each row of the table: hence a function whose result it can estimate and whose price is high. For the hundreds of a
# district it must hash them.
IN_REACH = "school_id = ANY (schools_in_reach())"
IN_DISTRICT = "school_id IN (SELECT unnest(nullif(current_setting('whitecross.schools', true), '')::uuid[]))"


def reach_policies(table: str) -> list[Policy]:
    """The policies of a table whose rows lie with schools: one for each reach, and none of them an OR."""
    return [
        Policy(f"{table}_app", to="whitecross_app", using=IN_REACH),
        Policy(f"{table}_district", to="whitecross_district", using=IN_DISTRICT),
        Policy(f"{table}_all", to="whitecross_all", using="true"),
    ]


def emergency_policy(table: str) -> Policy:
    """The policy by which records are seen in an emergency: those of one student, as long as they are not deleted.

    After a write as well as before, so that nothing is deleted or restored by who sees the student for half an hour.
    """
    return Policy(
        f"{table}_emergency",
        to="whitecross_emergency",
        using="student_id = ANY (emergency_students()) AND deleted_at IS NULL",
    )


def open_policies(table: str) -> list[Policy]:
    """The policy of a table that is about nobody's health: whoever may read it reads all of it."""
    return [Policy(f"{table}_open", to="whitecross_app, whitecross_district, whitecross_all", using="true")]


_PRIVILEGES = {"l": ["SELECT"], "v": ["SELECT"], "a": ["INSERT"], "c": ["UPDATE"], "d": ["UPDATE", "DELETE"]}


def privileges_of(letters: str) -> list[str]:
    """The privileges on a table that the letters of `core.roles` stand for."""
    return sorted({privilege for letter in letters for privilege in _PRIVILEGES.get(letter, [])})


class GrantTable(DatabaseOnlyOperation):
    """Let database roles do with a table what the table of roles says: `{"nurse": "vacdr", ...}`.

    A role that may delete has the privilege to DELETE, by which the trigger that marks a deletion knows it; the hard
    form of a deletion is refused to everybody. Lock: none. Undone by taking the privileges back.
    """

    def __init__(self, table: str, letters: Mapping[str, str]) -> None:
        self.table, self.letters = table, dict(letters)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.letters], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for role, letters in self.letters.items():
            if privileges := privileges_of(letters):
                run(schema_editor, f"GRANT {', '.join(privileges)} ON {self.table} TO whitecross_{role}")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for role, letters in self.letters.items():
            if privileges_of(letters):
                run(schema_editor, f"REVOKE ALL ON {self.table} FROM whitecross_{role}")

    def describe(self) -> str:
        return f"Say what roles may do with {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"grant_{self.table}"
