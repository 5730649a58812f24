"""Create triggers."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.operations.database_only import DatabaseOnlyOperation, run

# Whoever works through the web has one of its roles; all others act as the owner of the tables.
WEB_ACTS = r"current_setting('role') LIKE 'whitecross\_%'"


class CreateTrigger(DatabaseOnlyOperation):
    """Create a trigger. Lock: its table against writing, for a moment. Undone by dropping it.

    `event` is what stands between the trigger's name and its table ("BEFORE INSERT OR UPDATE OF school_id");
    `action` what stands behind ("FOR EACH ROW EXECUTE FUNCTION fill_student_district()").
    """

    def __init__(self, name: str, table: str, event: str, action: str) -> None:
        self.name, self.table, self.event, self.action = name, table, event, action

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.name, self.table, self.event, self.action], {}

    def statement(self) -> str:
        return f"CREATE TRIGGER {self.name} {self.event} ON {self.table} {self.action}"

    def triggers(self) -> list["CreateTrigger"]:
        """The triggers this operation makes, for `verify_schema`."""
        return [self]

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for trigger in self.triggers():
            run(schema_editor, trigger.statement())

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for trigger in reversed(self.triggers()):
            run(schema_editor, f"DROP TRIGGER {trigger.name} ON {trigger.table}")

    def describe(self) -> str:
        return f"Create trigger {self.name} on {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"trigger_{self.name}"


class StampRows(CreateTrigger):
    """Let `stamp_row()` move `updated_at` of these tables. Lock and undoing as `CreateTrigger`."""

    def __init__(self, tables: Sequence[str]) -> None:
        self.tables = list(tables)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.tables], {}

    def triggers(self) -> list[CreateTrigger]:
        return [
            CreateTrigger(f"{table}_stamp", table, "BEFORE UPDATE", "FOR EACH ROW EXECUTE FUNCTION stamp_row()")
            for table in self.tables
        ]

    def describe(self) -> str:
        return f"Stamp changed rows of {', '.join(self.tables)}"

    @property
    def migration_name_fragment(self) -> str:
        return "stamp_rows"
