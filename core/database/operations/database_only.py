"""The base of operations that change the database and not the models."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class DatabaseOnlyOperation(Operation):
    """Runs SQL forwards and backwards; the state of the models stays as it is."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.allowed(app_label, schema_editor):
            self.forwards(schema_editor)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if self.allowed(app_label, schema_editor):
            self.backwards(schema_editor)

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not say how it is done")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not say how it is undone")

    def allowed(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor) -> bool:
        """Whether the database router lets this app migrate here."""
        from django.db import router  # noqa: PLC0415

        return router.allow_migrate(schema_editor.connection.alias, app_label)


def run(schema_editor: BaseDatabaseSchemaEditor, statement: str) -> None:
    """Execute a statement that takes no parameters, so that a percent sign in it is just a percent sign."""
    schema_editor.execute(statement, params=None)


def literal(schema_editor: BaseDatabaseSchemaEditor, value: Any) -> str:
    """A value as it stands in a statement."""
    return str(schema_editor.quote_value(value))
