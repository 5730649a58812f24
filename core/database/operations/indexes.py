"""Build indexes on live tables."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.core.management.base import CommandError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Index
from django.db.transaction import TransactionManagementError

from core.database.operations.database_only import run
from core.database.session_settings import session_setting


class BuildIndexes(Operation):
    """Build indexes of one model concurrently: readers and writers go on. Undone by dropping them concurrently.

    It can be killed at any moment and run again: an INVALID index that an interrupted build left behind is dropped
    and built anew, a finished one is kept.

    The migration must say `atomic = False`, since PostgreSQL builds no index concurrently inside a transaction.
    """

    atomic = False
    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str, indexes: Sequence[Index]) -> None:
        self.model_name = model_name
        self.indexes = list(indexes)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.indexes], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        model_state = state.models[app_label, self.model_name.lower()]
        model_state.options["indexes"] = [
            *model_state.options.get("indexes", []),
            *(index.clone() for index in self.indexes),
        ]
        state.reload_model(app_label, self.model_name.lower(), delay=True)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        self.build(
            schema_editor,
            model._meta.db_table,
            {index.name: str(index.create_sql(model, schema_editor, concurrently=True)) for index in self.indexes},
        )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        self.drop(schema_editor, [index.name for index in reversed(self.indexes)])

    def describe(self) -> str:
        return f"Concurrently build {len(self.indexes)} indexes of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name.lower()}_indexes"

    def build(self, schema_editor: BaseDatabaseSchemaEditor, table: str, statements: dict[str, str]) -> None:
        """Run the statement of each index that is not there, or is there but INVALID."""
        self._ensure_no_transaction(schema_editor)
        valid = self._existing(schema_editor, table, list(statements))
        with _waiting_allowed(schema_editor):
            for name, statement in statements.items():
                if valid.get(name) is False:
                    self._drop(schema_editor, name)
                if not valid.get(name):
                    run(schema_editor, statement)

    def drop(self, schema_editor: BaseDatabaseSchemaEditor, names: list[str]) -> None:
        """Drop indexes."""
        self._ensure_no_transaction(schema_editor)
        with _waiting_allowed(schema_editor):
            for name in names:
                self._drop(schema_editor, name)

    def _ensure_no_transaction(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.in_atomic_block and not schema_editor.collect_sql:
            raise TransactionManagementError(
                f"{type(self).__name__} cannot run inside a transaction: set `atomic = False` on the migration."
            )

    def _existing(self, schema_editor: BaseDatabaseSchemaEditor, table: str, names: list[str]) -> dict[str, bool]:
        """The indexes of these names that are there already, and whether each is valid.

        Raises:
            CommandError: another table has an index of one of these names.
        """
        if schema_editor.collect_sql:
            return {}
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname, i.indisvalid, t.relname FROM pg_index i "
                "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid "
                "WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (%s)",
                [names],
            )
            found = cursor.fetchall()
        for name, _, owner in found:
            if owner != table:
                raise CommandError(f"Table {owner} has an index {name}, a name that {table} needs. Rename or drop it.")
        return {name: valid for name, valid, _ in found}

    def _drop(self, schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(name)}")


class DropIndexes(BuildIndexes):
    """Drop indexes of one model concurrently: readers and writers go on. Undone by building them again, concurrently.

    It can be killed at any moment and run again. The migration must say `atomic = False`.
    """

    def __init__(self, model_name: str, names: Sequence[str]) -> None:
        self.model_name = model_name
        self.names = list(names)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.names], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for name in self.names:
            state.remove_index(app_label, self.model_name.lower(), name)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.allow_migrate_model(
            schema_editor.connection.alias, from_state.apps.get_model(app_label, self.model_name)
        ):
            self.drop(schema_editor, self.names)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        model_state = to_state.models[app_label, self.model_name.lower()]
        statements = {
            name: str(model_state.get_index_by_name(name).create_sql(model, schema_editor, concurrently=True))
            for name in reversed(self.names)
        }
        self.build(schema_editor, model._meta.db_table, statements)

    def describe(self) -> str:
        return f"Concurrently drop {len(self.names)} indexes of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"drop_{self.model_name.lower()}_indexes"


def _waiting_allowed(schema_editor: BaseDatabaseSchemaEditor) -> AbstractContextManager[None]:
    """Suspend lock_timeout: a concurrent build waits for old transactions, and blocks nobody while it waits."""
    if schema_editor.collect_sql:
        return nullcontext()
    return session_setting(schema_editor.connection, "lock_timeout", "0")
