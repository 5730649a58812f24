"""File rows with the school whose staff see them."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.operations.database_only import DatabaseOnlyOperation, run
from core.database.operations.triggers import CreateTrigger

_WEB_ACTS = r"current_setting('role') LIKE 'whitecross\_%'"

# For check_filing(): the table that says where a row lies, the column that refers to it, and what is copied from it.
_FILES = {
    "file_under_student": "'students', 'student_id', 'school_id'",
    "file_under_order": "'student_medications', 'student_medication_id', 'school_id', 'student_id'",
}


class FileRecords(CreateTrigger):
    """Let a function fill `school_id` of these tables: when a row is made, given to another owner, moved or restored.

    `by` is the function, `owner` the column that says whose the row is, `when` a further condition. A bulk load by the
    owner that brings the school along is checked once per statement instead of being looked up for every row.

    Lock: each table against writing, for a moment. Undone by dropping the triggers.
    """

    def __init__(
        self, tables: Sequence[str], *, by: str = "file_under_student", owner: str = "student_id", when: str = ""
    ) -> None:
        self.tables, self.by, self.owner, self.when = list(tables), by, owner, when

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.tables], {"by": self.by, "owner": self.owner, "when": self.when}

    def triggers(self) -> list[CreateTrigger]:
        return [trigger for table in self.tables for trigger in self._triggers_of(table)]

    def _triggers_of(self, table: str) -> list[CreateTrigger]:
        moved = (
            f"OLD.{self.owner} IS DISTINCT FROM NEW.{self.owner} OR OLD.school_id IS DISTINCT FROM NEW.school_id "
            "OR (OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL)"
        )
        brought = f"NEW.school_id IS NULL OR {_WEB_ACTS}"
        call = f"EXECUTE FUNCTION {self.by}()"
        return [
            CreateTrigger(f"{table}_file", table, "BEFORE INSERT", f"FOR EACH ROW {self._when(brought)}{call}"),
            CreateTrigger(f"{table}_refile", table, "BEFORE UPDATE", f"FOR EACH ROW {self._when(moved)}{call}"),
            CreateTrigger(
                f"{table}_filed",
                table,
                "AFTER INSERT",
                f"REFERENCING NEW TABLE AS _new FOR EACH STATEMENT WHEN (NOT {_WEB_ACTS}) "
                f"EXECUTE FUNCTION check_filing({_FILES[self.by]})",
            ),
        ]

    def _when(self, condition: str) -> str:
        return f"WHEN ({self.when} AND ({condition})) " if self.when else f"WHEN ({condition}) "

    def describe(self) -> str:
        return f"File rows of {', '.join(self.tables)} by {self.by}"

    @property
    def migration_name_fragment(self) -> str:
        return "file_records"


class FileOldRecords(DatabaseOnlyOperation):
    """Copy columns of the rows that others belong to, in batches, each a transaction of its own.

    Only rows without a school are looked at, so that it can be killed at any moment and run again. Lock: the rows of a
    batch against writing. The migration must say `atomic = False`. Nothing to undo.
    """

    BATCH = 10_000

    def __init__(
        self,
        table: str,
        *,
        owner: str = "students",
        key: str = "student_id",
        columns: Sequence[str] = ("school_id",),
    ) -> None:
        self.table, self.owner, self.key, self.columns = table, owner, key, list(columns)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {"owner": self.owner, "key": self.key, "columns": self.columns}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.collect_sql:
            run(schema_editor, f"-- in batches of {self.BATCH} rows, by key: {self._statement()}")
            return
        last = "00000000-0000-0000-0000-000000000000"
        with schema_editor.connection.cursor() as cursor:
            while last is not None:
                cursor.execute(self._statement(), {"last": last, "batch": self.BATCH})
                last = cursor.fetchone()[0]

    def _statement(self) -> str:
        copied = ", ".join(f"{column} = owner.{column}" for column in self.columns)
        return (
            f"WITH batch AS (SELECT id, {self.key} FROM {self.table} WHERE id > %(last)s AND school_id IS NULL "
            f"AND {self.key} IS NOT NULL ORDER BY id LIMIT %(batch)s), "
            f"filed AS (UPDATE {self.table} AS filed SET {copied} FROM batch JOIN {self.owner} AS owner "
            f"ON owner.id = batch.{self.key} WHERE filed.id = batch.id AND owner.school_id IS NOT NULL) "
            "SELECT max(id::text)::uuid FROM batch"
        )

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        pass

    def describe(self) -> str:
        return f"File the rows of {self.table} that were there before"

    @property
    def migration_name_fragment(self) -> str:
        return f"file_{self.table}"
