"""File rows with the school whose staff see them."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.operations.database_only import DatabaseOnlyOperation, run
from core.database.operations.functions import CreateFunction
from core.database.operations.triggers import WEB_ACTS, CreateTrigger

_CHECKS = {"file_under_student": "check_student_filing", "file_under_order": "check_order_filing"}


# One look at all rows of a statement. The owners are held until the end of the transaction, as by the functions that
# file single rows. A plan kept from a statement of a few rows would be ruinous for a million, and the other way round.
_CHECK_FILING = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    misfiled boolean;
    orphaned boolean;
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM _new LIMIT 101) AS few) <= 100 THEN
        {look}
        INTO misfiled, orphaned;
    ELSE
        EXECUTE $look$
        {look}
        $look$ INTO misfiled, orphaned;
    END IF;
    IF misfiled THEN
        RAISE EXCEPTION 'Rows of % do not lie where what they belong to lies.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                  HINT = 'Leave {columns} out: the database fills it in.';
    ELSIF orphaned THEN
        RAISE EXCEPTION 'What a row of % belongs to is deleted.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Restore it first.';
    END IF;
    RETURN NULL;
END
$$
"""
_LOOK = """WITH owner AS MATERIALIZED (
            SELECT id, deleted_at, {columns} FROM {owner} WHERE id IN (SELECT {key} FROM _new) FOR SHARE)
        SELECT bool_or({misfiled}), bool_or(owner.deleted_at IS NOT NULL AND _new.deleted_at IS NULL)
        FROM _new JOIN owner ON owner.id = _new.{key}"""


class CheckFiling(CreateFunction):
    """Create the function that checks rows which bring along what is copied from their owner. Locks no table.

    `owner` is the table they belong to, `key` their column that refers to it. Undone by dropping the function.
    """

    def __init__(self, name: str, owner: str, key: str, columns: Sequence[str]) -> None:
        self.arguments = [name, owner, key, list(columns)]
        look = _LOOK.format(
            owner=owner,
            key=key,
            columns=", ".join(columns),
            misfiled=" OR ".join(f"_new.{column} IS DISTINCT FROM owner.{column}" for column in columns),
        )
        super().__init__(_CHECK_FILING.format(name=name, look=look, columns=" and ".join(columns)))

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, self.arguments, {}


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
        brought = f"NEW.school_id IS NULL OR {WEB_ACTS}"
        call = f"EXECUTE FUNCTION {self.by}()"
        return [
            CreateTrigger(f"{table}_file", table, "BEFORE INSERT", f"FOR EACH ROW {self._when(brought)}{call}"),
            CreateTrigger(f"{table}_refile", table, "BEFORE UPDATE", f"FOR EACH ROW {self._when(moved)}{call}"),
            CreateTrigger(
                f"{table}_filed",
                table,
                "AFTER INSERT",
                f"REFERENCING NEW TABLE AS _new FOR EACH STATEMENT WHEN (NOT {WEB_ACTS}) "
                f"EXECUTE FUNCTION {_CHECKS[self.by]}()",
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
