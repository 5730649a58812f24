"""Gather statistics."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.operations.database_only import DatabaseOnlyOperation, run


class AnalyzeTables(DatabaseOnlyOperation):
    """ANALYZE tables, so that the planner knows new indexes at once. Blocks no writer. Nothing to undo."""

    def __init__(self, tables: Sequence[str]) -> None:
        self.tables = list(tables)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.tables], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, f"ANALYZE {', '.join(schema_editor.quote_name(table) for table in self.tables)}")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        pass

    def describe(self) -> str:
        return f"Analyze {', '.join(self.tables)}"

    @property
    def migration_name_fragment(self) -> str:
        return "analyze"
