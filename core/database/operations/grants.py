"""Grant privileges to roles."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.operations.database_only import DatabaseOnlyOperation, run


class Grant(DatabaseOnlyOperation):
    """Grant privileges on a table. Lock: none that anybody waits for. Undone by revoking them.

    `privileges` is what stands before ON ("SELECT, INSERT", "UPDATE (last_login)").
    """

    def __init__(self, privileges: str, table: str, roles: Sequence[str]) -> None:
        self.privileges, self.table, self.roles = privileges, table, list(roles)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.privileges, self.table, self.roles], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, f"GRANT {self.privileges} ON {self.table} TO {', '.join(self.roles)}")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, f"REVOKE {self.privileges} ON {self.table} FROM {', '.join(self.roles)}")

    def describe(self) -> str:
        return f"Grant {self.privileges} on {self.table} to {', '.join(self.roles)}"

    @property
    def migration_name_fragment(self) -> str:
        return f"grant_{self.table}"


class Revoke(Grant):
    """Take back what an earlier migration granted. Lock: none that anybody waits for. Undone by granting it again."""

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, f"REVOKE {self.privileges} ON {self.table} FROM {', '.join(self.roles)}")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, f"GRANT {self.privileges} ON {self.table} TO {', '.join(self.roles)}")

    def describe(self) -> str:
        return f"Take back {self.privileges} on {self.table} from {', '.join(self.roles)}"

    @property
    def migration_name_fragment(self) -> str:
        return f"revoke_{self.table}"


class RestrictFunction(DatabaseOnlyOperation):
    """Let only these roles call a function, which anybody may at first. Locks nothing. Undone by letting anybody.

    `signature` is the name with the types of the arguments.
    """

    def __init__(self, signature: str, roles: Sequence[str]) -> None:
        self.signature, self.roles = signature, list(roles)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.signature, self.roles], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, f"REVOKE ALL ON FUNCTION {self.signature} FROM PUBLIC")
        if self.roles:
            run(schema_editor, f"GRANT EXECUTE ON FUNCTION {self.signature} TO {', '.join(self.roles)}")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if self.roles:
            run(schema_editor, f"REVOKE ALL ON FUNCTION {self.signature} FROM {', '.join(self.roles)}")
        run(schema_editor, f"GRANT EXECUTE ON FUNCTION {self.signature} TO PUBLIC")

    def describe(self) -> str:
        return f"Let only {', '.join(self.roles) or 'the owner'} call {self.signature}"

    @property
    def migration_name_fragment(self) -> str:
        return f"restrict_{self.signature.split('(')[0]}"
