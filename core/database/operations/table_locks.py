"""Lock several tables in use, and never wait for one while another is held."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.operations.database_only import DatabaseOnlyOperation, run

# Who waits with empty hands can be in no deadlock: of the tables one is waited for, and the others are taken if nobody
# has them. If somebody has, all are given back, and the next try waits for that one. What is waited for has a queue,
# in which newcomers stand behind: so the tries come to an end with those who were there before.
_LOCK = """
DO $$
DECLARE
    tables text[] := {tables};
    patience interval := current_setting('lock_timeout');
    deadline timestamptz := clock_timestamp() + patience;
    refused text;
    tried text;
BEGIN
    LOOP
        refused := NULL;
        BEGIN
            FOREACH tried IN ARRAY tables LOOP
                refused := tried;
                EXECUTE format(
                    'LOCK TABLE %I IN {mode} MODE %s', tried, CASE WHEN tried <> tables[1] THEN 'NOWAIT' END);
            END LOOP;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            -- The first one was waited for as long as a statement may wait.
            IF refused = tables[1] OR (patience > interval '0' AND clock_timestamp() > deadline) THEN
                RAISE;
            END IF;
        END;
        tables := refused || array_remove(tables, refused);
    END LOOP;
END
$$
"""


class LockTables(DatabaseOnlyOperation):
    """Lock tables to the end of the migration, whose later statements then wait for nobody.

    A foreign key locks the table that it leads to; a migration that makes keys to several tables, or changes several,
    takes the locks one by one, and meets in a deadlock whoever has them in another order. `tables` are locked in `mode`
    where this operation stands; `undoing` are locked against all others where it stands in the way back, so it comes
    last in a migration whose undoing is to begin with it.

    Lock: as it says, once for all tables; none is held while another is waited for. It gives up as any statement does
    that waits longer than MIGRATION_LOCK_TIMEOUT.
    """

    def __init__(self, tables: Sequence[str], mode: str = "SHARE ROW EXCLUSIVE", undoing: Sequence[str] = ()) -> None:
        self.tables, self.mode, self.undoing = list(tables), mode, list(undoing)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.tables, self.mode, self.undoing], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        self._lock(schema_editor, self.tables, self.mode)

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        self._lock(schema_editor, self.undoing, "ACCESS EXCLUSIVE")

    def _lock(self, schema_editor: BaseDatabaseSchemaEditor, tables: list[str], mode: str) -> None:
        if tables:
            names = ", ".join(f"'{table}'" for table in tables)
            run(schema_editor, _LOCK.format(tables=f"ARRAY[{names}]", mode=mode).strip())

    def describe(self) -> str:
        return f"Lock {', '.join(self.tables or self.undoing)} together"

    @property
    def migration_name_fragment(self) -> str:
        return "lock_tables"
