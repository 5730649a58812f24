"""Tables that are partitioned by month."""

from datetime import UTC, date, datetime
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.models import CreateModel
from django.db.migrations.state import ProjectState
from django.db.models import Model

from core.database.operations.database_only import DatabaseOnlyOperation, run

_MONTHS_PER_YEAR = 12


def month_after(month: date, count: int = 1) -> date:
    """The first day of the month that is `count` months later."""
    months = month.year * _MONTHS_PER_YEAR + month.month - 1 + count
    return date(months // _MONTHS_PER_YEAR, months % _MONTHS_PER_YEAR + 1, 1)


def this_month() -> date:
    """The first day of the month it is, in UTC."""
    return datetime.now(UTC).date().replace(day=1)


def partition_name(table: str, month: date | None) -> str:
    """Name of the partition of a month; of the default partition for None."""
    return f"{table}_default" if month is None else f"{table}_{month:%Y_%m}"


def partition_statements(table: str, month: date | None, guard: str) -> list[str]:
    """What makes the partition of a month (UTC), or the default one, and guards it against TRUNCATE as its table is.

    PostgreSQL gives a partition the indexes and the row triggers of its table, but not the triggers of statements.
    """
    name = partition_name(table, month)
    bounds = "DEFAULT"
    if month is not None:
        bounds = f"FOR VALUES FROM ('{month} 00:00:00+00') TO ('{month_after(month)} 00:00:00+00')"
    return [
        f"CREATE TABLE {name} PARTITION OF {table} {bounds}",
        f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION {guard}()",
    ]


class CreatePartitionedTable(CreateModel):
    """Create a model whose table is partitioned by ranges of a column, which its primary key begins with.

    To the models it is a table like any other, with `id` as its key. Lock: none, the table is new. Undone by dropping
    the table with its partitions.
    """

    def __init__(self, name: str, fields: Any, *, partition_by: str, **kwargs: Any) -> None:
        super().__init__(name, fields, **kwargs)
        self.partition_by = partition_by

    def deconstruct(self) -> Any:
        name, args, kwargs = super().deconstruct()
        return name, args, kwargs | {"partition_by": self.partition_by}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            self.create_table(schema_editor, model)

    def create_table(self, schema_editor: BaseDatabaseSchemaEditor, model: type[Model]) -> None:
        """Make the table, with comments and indexes, as Django would, and partitioned."""
        editor: Any = _PartitioningEditor(schema_editor, self.partition_by)
        editor.create_model(model)

    def describe(self) -> str:
        return f"{super().describe()}, partitioned by {self.partition_by}"


class _PartitioningEditor:
    """A schema editor whose tables are partitioned, and which does all else as another one."""

    def __init__(self, editor: BaseDatabaseSchemaEditor, column: str) -> None:
        self._editor, self._column = editor, column

    def __getattr__(self, name: str) -> Any:
        return getattr(self._editor, name)

    def create_model(self, model: type[Model]) -> None:
        type(self._editor).create_model(self, model)  # type: ignore[arg-type]  # what it asks for, the editor has

    def table_sql(self, model: type[Model]) -> tuple[str, list[Any]]:
        sql, parameters = self._editor.table_sql(model)
        plain, key, rest = str(sql).partition(" PRIMARY KEY")
        columns = plain + rest.removesuffix(")")
        if not key or len(columns) == len(plain + rest):
            raise ValueError(f"The table of {model.__name__} cannot be partitioned: {sql}")
        quote = self._editor.quote_name
        primary = f"PRIMARY KEY ({quote(self._column)}, {quote(str(model._meta.pk.column))})"
        return f"{columns}, {primary}) PARTITION BY RANGE ({quote(self._column)})", parameters


class CreateMonthlyPartitions(DatabaseOnlyOperation):
    """Make the partitions of this month and of the next ones, and one for what fits none.

    `guard` is the function that refuses TRUNCATE. Lock: the table, for a moment. Undone with the table itself.
    """

    def __init__(self, table: str, *, ahead: int, guard: str) -> None:
        self.table, self.ahead, self.guard = table, ahead, guard

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {"ahead": self.ahead, "guard": self.guard}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        months = [month_after(this_month(), count) for count in range(self.ahead + 1)]
        for month in (*months, None):
            for statement in partition_statements(self.table, month, self.guard):
                run(schema_editor, statement)

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        pass

    def describe(self) -> str:
        return f"Create partitions of {self.table} for {self.ahead + 1} months, and one for the rest"

    @property
    def migration_name_fragment(self) -> str:
        return f"partitions_of_{self.table}"
