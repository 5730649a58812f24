"""Let a district know the users who are named in records that lie there, wherever they work now."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.operations.database_only import DatabaseOnlyOperation, run
from core.database.operations.triggers import WEB_ACTS, CreateTrigger


class KnowSigners(CreateTrigger):
    """Let `know_signers()` tell the district of a record who is named in it: when it is written, and when it moves.

    Lock: each table against writing, for a moment. Undone by dropping the triggers.
    """

    def __init__(self, tables: Sequence[str]) -> None:
        self.tables = list(tables)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.tables], {}

    def triggers(self) -> list[CreateTrigger]:
        call = "REFERENCING NEW TABLE AS _new FOR EACH STATEMENT EXECUTE FUNCTION know_signers()"
        return [
            CreateTrigger(f"{table}_{name}", table, event, call)
            for table in self.tables
            for name, event in (("signed", "AFTER INSERT"), ("signers", "AFTER UPDATE"))
        ]

    def describe(self) -> str:
        return f"Know who signs {', '.join(self.tables)}"

    @property
    def migration_name_fragment(self) -> str:
        return "know_signers"


class NameSeen(CreateTrigger):
    """Let the web name, by these columns of a table, no user whom the actor does not see.

    Lock: the table against writing, for a moment. Undone by dropping the triggers.
    """

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self.table, self.columns = table, list(columns)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.columns], {}

    def triggers(self) -> list[CreateTrigger]:
        return [
            CreateTrigger(
                f"{self.table}_of_{column.removesuffix('_id').removesuffix('_by').split('_')[-1]}",
                self.table,
                f"BEFORE INSERT OR UPDATE OF {column}",
                f"FOR EACH ROW WHEN (NEW.{column} IS NOT NULL AND {WEB_ACTS}) "
                f"EXECUTE FUNCTION refer_to_seen('users', '{column}')",
            )
            for column in self.columns
        ]

    def describe(self) -> str:
        return f"Name only users who are seen in {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"name_seen_{self.table}"


class KnowOldStaff(DatabaseOnlyOperation):
    """Tell districts of the users who worked there before `know_staff()` did, by writing those whom nobody knows.

    It can be killed at any moment and run again. The migration should say `atomic = False`. Lock: those users against
    writing, until the statement ends. Nothing to undo.
    """

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, "DO $$ BEGIN UPDATE users SET known_to = '{}' WHERE known_to = '{}'; END $$")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        pass

    def describe(self) -> str:
        return "Know the staff who were there before"

    @property
    def migration_name_fragment(self) -> str:
        return "know_old_staff"


class KnowOldSigners(DatabaseOnlyOperation):
    """Tell districts who is named in the records that were there before. One statement for each table.

    Only users whom a district does not know yet are written, so that it can be killed at any moment and run again. The
    migration should say `atomic = False`. Lock: those users against writing, until the statement ends; a table is only
    read. Nothing to undo.
    """

    def __init__(self, tables: Sequence[str]) -> None:
        self.tables = list(tables)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.tables], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in self.tables:
            run(schema_editor, f"DO $$ BEGIN EXECUTE signers_statement('{table}', '{table}'); END $$")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        pass

    def describe(self) -> str:
        return f"Know who signed {', '.join(self.tables)} before"

    @property
    def migration_name_fragment(self) -> str:
        return "know_old_signers"
