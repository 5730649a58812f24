"""Write every change of a table to the audit log."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.database.operations.triggers import CreateTrigger


class AuditTables(CreateTrigger):
    """Let a function write every change of these tables to the audit log, once per statement.

    `tables` says for each table which columns the image of a row leaves out: secrets and generated columns. `by` is the
    function. Lock: each table against writing, for a moment. Undone by dropping the triggers.
    """

    def __init__(self, tables: Mapping[str, Sequence[str]], *, by: str) -> None:
        self.tables, self.by = {table: list(hidden) for table, hidden in tables.items()}, by

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.tables], {"by": self.by}

    def triggers(self) -> list[CreateTrigger]:
        return [trigger for table, hidden in self.tables.items() for trigger in self._triggers_of(table, hidden)]

    def _triggers_of(self, table: str, hidden: Sequence[str]) -> list[CreateTrigger]:
        columns = ", ".join(f"'{column}'" for column in hidden)
        call = f"FOR EACH STATEMENT EXECUTE FUNCTION {self.by}({columns})"
        old, new = "OLD TABLE AS _old", "NEW TABLE AS _new"
        return [
            CreateTrigger(f"{table}_audit_insert", table, "AFTER INSERT", f"REFERENCING {new} {call}"),
            CreateTrigger(f"{table}_audit_update", table, "AFTER UPDATE", f"REFERENCING {old} {new} {call}"),
            CreateTrigger(f"{table}_audit_delete", table, "AFTER DELETE", f"REFERENCING {old} {call}"),
        ]

    def describe(self) -> str:
        return f"Audit {', '.join(self.tables)} by {self.by}"

    @property
    def migration_name_fragment(self) -> str:
        return "audit_tables"
