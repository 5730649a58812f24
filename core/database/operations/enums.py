"""Create, extend and shorten PostgreSQL enum types."""

import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.operations.database_only import DatabaseOnlyOperation, literal, run

ANYWHERE = "\0"  # no value of an enum


class EnumValueInUseError(CommandError):
    """A value cannot be removed from an enum while rows or defaults hold it. Told to the person who runs migrate."""


class CreateEnum(DatabaseOnlyOperation):
    """Create an enum type. Locks nothing. Undone by dropping the type."""

    def __init__(self, name: str, values: Sequence[str]) -> None:
        self.name = name
        self.values = tuple(values)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.name, self.values], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        values = ", ".join(literal(schema_editor, value) for value in self.values)
        run(schema_editor, f"CREATE TYPE {schema_editor.quote_name(self.name)} AS ENUM ({values})")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, f"DROP TYPE {schema_editor.quote_name(self.name)}")

    def describe(self) -> str:
        return f"Create enum type {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"create_enum_{self.name.lower()}"


class AddEnumValue(DatabaseOnlyOperation):
    """Add a value to an enum type, before or after another one or at the end. Locks no table.

    The value cannot be used before the transaction that adds it ends: put what uses it in a later migration.
    Undone by `RemoveEnumValue`, which refuses while rows hold the value.
    """

    def __init__(self, name: str, value: str, *, before: str | None = None, after: str | None = None) -> None:
        if before and after:
            raise ValueError(f"Say where {value!r} goes by `before` or by `after`, not by both.")
        self.name, self.value, self.before, self.after = name, value, before, after

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        place = {key: value for key, value in (("before", self.before), ("after", self.after)) if value}
        return type(self).__name__, [self.name, self.value], place

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        statement = f"ALTER TYPE {schema_editor.quote_name(self.name)} ADD VALUE {literal(schema_editor, self.value)}"
        if self.before:
            statement += f" BEFORE {literal(schema_editor, self.before)}"
        if self.after:
            statement += f" AFTER {literal(schema_editor, self.after)}"
        run(schema_editor, statement)

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _remove_value(schema_editor, self.name, self.value, before=ANYWHERE)

    def describe(self) -> str:
        return f"Add value {self.value} to enum type {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"add_{self.name}_{self.value}".lower()


class RenameEnumValue(DatabaseOnlyOperation):
    """Rename a value of an enum type, in every row at once. Locks no table. Undone by the rename back."""

    def __init__(self, name: str, old: str, new: str) -> None:
        self.name, self.old, self.new = name, old, new

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.name, self.old, self.new], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        self._rename(schema_editor, self.old, self.new)

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        self._rename(schema_editor, self.new, self.old)

    def _rename(self, schema_editor: BaseDatabaseSchemaEditor, old: str, new: str) -> None:
        run(
            schema_editor,
            f"ALTER TYPE {schema_editor.quote_name(self.name)} RENAME VALUE "
            f"{literal(schema_editor, old)} TO {literal(schema_editor, new)}",
        )

    def describe(self) -> str:
        return f"Rename value {self.old} of enum type {self.name} to {self.new}"

    @property
    def migration_name_fragment(self) -> str:
        return f"rename_{self.name}_{self.old}_to_{self.new}".lower()


class RemoveEnumValue(DatabaseOnlyOperation):
    """Remove a value from an enum type, which PostgreSQL itself cannot do.

    A new type without the value takes the place of the old one: every column and array column of the type moves over
    with its default, and the indexes and check constraints that name the type are dropped and made again to the letter.
    It is one transaction: it happens wholly or not at all. What it cannot carry over (a generated column, a view, a
    policy of the type) stops it with nothing changed.

    Lock: the tables against reading and writing, while they are checked and rewritten. The wait for the locks and the
    time they are held are each bounded by MIGRATION_LOCK_TIMEOUT: where a table is too large for that, the migration
    stops with nothing changed, and belongs in a maintenance window with a longer timeout.

    `before` is the value it stands before, so that it is put back in its place when the operation is undone; the last
    value stands before none.

    Raises:
        ValueError: the type has no such value, or it stands elsewhere.
        EnumValueInUseError: a row or a column's default holds the value; names the columns and counts, never the rows.
    """

    def __init__(self, name: str, value: str, *, before: str | None = None) -> None:
        self.name, self.value, self.before = name, value, before

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.name, self.value], {"before": self.before} if self.before else {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _remove_value(schema_editor, self.name, self.value, before=self.before)

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        AddEnumValue(self.name, self.value, before=self.before).forwards(schema_editor)

    def describe(self) -> str:
        return f"Remove value {self.value} from enum type {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_{self.name}_{self.value}".lower()


def _remove_value(schema_editor: BaseDatabaseSchemaEditor, name: str, value: str, *, before: str | None) -> None:
    """Remove a value that stands before another one, before none, or ANYWHERE."""
    if schema_editor.collect_sql:
        run(schema_editor, f"-- Type {name} is replaced by one without {value}; see RemoveEnumValue")
        return
    if not schema_editor.connection.in_atomic_block:
        raise RuntimeError("RemoveEnumValue needs a transaction: leave the migration's `atomic` as True.")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        usual = cursor.fetchone()
        limit = "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"
        cursor.execute(limit, [settings.MIGRATION_LOCK_TIMEOUT] * 2)
        enum = _ReplacedEnum(_Hurried(cursor, settings.MIGRATION_LOCK_TIMEOUT), schema_editor, name)
        if before != ANYWHERE:
            enum.check_place(value, before)
        enum.without(value)
        cursor.execute(limit, usual)


class _Hurried:
    """A cursor whose statements together take no longer than a limit, counted from the first lock they get."""

    def __init__(self, cursor: Any, limit: str) -> None:
        self._cursor = cursor
        cursor.execute("SELECT extract(epoch FROM %s::interval)", [limit])
        self._seconds = float(cursor.fetchone()[0])
        self._deadline: float | None = None

    def execute(self, statement: str, parameters: Any = None) -> None:
        if self._deadline is not None:
            left = max(1, round((self._deadline - time.monotonic()) * 1000))
            self._cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{left}ms"])
        self._cursor.execute(statement, parameters)
        if self._deadline is None and statement.startswith("LOCK TABLE"):
            self._deadline = time.monotonic() + self._seconds

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchall(self) -> Any:
        return self._cursor.fetchall()


_COLUMNS = """
SELECT c.oid, c.oid::regclass::text, quote_ident(a.attname), a.atttypid <> t.oid AS is_array, a.attgenerated <> '',
       pg_get_expr(d.adbin, d.adrelid),
       c.relkind = 'p' OR EXISTS (SELECT FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent))
FROM pg_type t
JOIN pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND NOT a.attisdropped
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE t.oid = %s::regtype
ORDER BY 2, a.attnum
"""

# What holds on to the type by name: its definition is kept, dropped, and made again when the type has been replaced.
_INDEXES = """
SELECT DISTINCT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), obj_description(i.indexrelid, 'pg_class')
FROM pg_index i
WHERE i.indrelid = ANY (%(tables)s)
  AND (coalesce(pg_get_expr(i.indpred, i.indrelid), '') || coalesce(pg_get_expr(i.indexprs, i.indrelid), ''))
      LIKE '%%' || %(type)s || '%%'
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""

_CHECKS = """
SELECT k.conrelid::regclass::text, quote_ident(k.conname), pg_get_constraintdef(k.oid),
       obj_description(k.oid, 'pg_constraint')
FROM pg_constraint k
WHERE k.conrelid = ANY (%(tables)s) AND k.contype = 'c'
  AND pg_get_constraintdef(k.oid) LIKE '%%' || %(type)s || '%%'
"""


class _ReplacedEnum:
    """One enum type on its way to being replaced by a shorter one, inside a transaction."""

    def __init__(self, cursor: Any, schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
        self.cursor = cursor
        self.schema_editor = schema_editor
        self.type = schema_editor.quote_name(name)
        self.old_type = schema_editor.quote_name(f"{name}__old")
        cursor.execute(_COLUMNS, [self.type])
        rows = cursor.fetchall()
        self.tables = {oid: table for oid, table, *_ in rows}
        self.generated = [(table, column) for _, table, column, _, generated, *_ in rows if generated]
        self.divided = sorted({table for _, table, *_, divided in rows if divided})
        self.columns = [
            (table, column, is_array, default)
            for _, table, column, is_array, generated, default, _ in rows
            if not generated
        ]

    def without(self, value: str) -> None:
        """Put a type without `value` in the place of this one."""
        values = self._values()
        if value not in values:
            raise ValueError(f"Enum type {self.type} has no value {value!r}; it has {', '.join(values)}.")
        for table in sorted(self.tables.values()):
            # The strongest lock at once: to strengthen one later would deadlock with a transaction that has read.
            self.cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        self._refuse_if_used(value)
        if self.divided:
            raise EnumValueInUseError(
                f"Values of {self.type} cannot be removed while partitioned or inherited tables have columns of the "
                f"type: {', '.join(self.divided)}."
            )
        if self.generated:
            named = ", ".join(f"{table}.{column}" for table, column in self.generated)
            raise EnumValueInUseError(f"Generated columns of type {self.type} must be dropped first: {named}.")

        scope = {"tables": list(self.tables), "type": self.type}
        self.cursor.execute(_INDEXES, scope)
        indexes = self.cursor.fetchall()
        self.cursor.execute(_CHECKS, scope)
        checks = self.cursor.fetchall()

        for name, _, _ in indexes:
            self.cursor.execute(f"DROP INDEX {name}")
        for table, name, _, _ in checks:
            self.cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        self._move_columns([kept for kept in values if kept != value])
        for name, definition, comment in indexes:
            self.cursor.execute(definition)
            self._comment(f"INDEX {name}", comment)
        for table, name, definition, comment in checks:
            self.cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            self._comment(f"CONSTRAINT {name} ON {table}", comment)
        # The rewritten columns have no statistics.
        for table in sorted(self.tables.values()):
            self.cursor.execute(f"ANALYZE {table}")

    def check_place(self, value: str, before: str | None) -> None:
        """Refuse a value that does not stand where the migration says."""
        values = [*self._values(), None]
        if value in values and values[values.index(value) + 1] != before:
            raise ValueError(
                f"In enum type {self.type}, {value} stands before {values[values.index(value) + 1]}: "
                f"say so with `before`, so that it can be put back in its place."
            )

    def _values(self) -> list[str]:
        self.cursor.execute(
            "SELECT enumlabel FROM pg_enum WHERE enumtypid = %s::regtype ORDER BY enumsortorder", [self.type]
        )
        return [label for (label,) in self.cursor.fetchall()]

    def _refuse_if_used(self, value: str) -> None:
        held = []
        for table, column, is_array, default in self.columns:
            # Compared as text: a value added in this very transaction may not be used as one of the type.
            test = "%s = ANY (({})::text[])" if is_array else "%s = ({})::text"
            self.cursor.execute(f"SELECT count(*) FROM {table} WHERE {test.format(column)}", [value])
            (count,) = self.cursor.fetchone()
            if count:
                held.append(f"{table}.{column} in {count} {'row' if count == 1 else 'rows'}")
            if default:
                self.cursor.execute(f"SELECT {test.format(default.replace('%', '%%'))}", [value])
                if self.cursor.fetchone() == (True,):
                    held.append(f"the default of {table}.{column}")
        if held:
            raise EnumValueInUseError(
                f"{value} cannot be removed from enum type {self.type} while it is held by {'; '.join(held)}. "
                "Give those another value first, in a migration before this one."
            )

    def _move_columns(self, values: list[str]) -> None:
        comment = self._comment_of_type()
        self.cursor.execute(f"ALTER TYPE {self.type} RENAME TO {self.old_type}")
        CreateEnum(self.type.strip('"'), values).forwards(self.schema_editor)
        for table in dict.fromkeys(table for table, *_ in self.columns):
            # One statement, so one rewrite, however many columns of the table are of the type.
            steps = []
            for owner, column, is_array, default in self.columns:
                if owner != table:
                    continue
                suffix, text = ("[]", "text[]") if is_array else ("", "text")
                if default:
                    steps.append(f"ALTER COLUMN {column} DROP DEFAULT")
                steps.append(
                    f"ALTER COLUMN {column} TYPE {self.type}{suffix} USING {column}::{text}::{self.type}{suffix}"
                )
                if default:
                    steps.append(f"ALTER COLUMN {column} SET DEFAULT {default}")
            self.cursor.execute(f"ALTER TABLE {table} {', '.join(steps)}")
        self.cursor.execute(f"DROP TYPE {self.old_type}")
        self._comment(f"TYPE {self.type}", comment)

    def _comment_of_type(self) -> str | None:
        self.cursor.execute("SELECT obj_description(%s::regtype, 'pg_type')", [self.type])
        comment: str | None = self.cursor.fetchone()[0]
        return comment

    def _comment(self, target: str, comment: str | None) -> None:
        if comment is not None:
            self.cursor.execute(f"COMMENT ON {target} IS {literal(self.schema_editor, comment)}")
