"""Add check constraints to tables in use."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint

from core.database.operations.database_only import DatabaseOnlyOperation, run


class AddChecksNotValid(Operation):
    """Add check constraints of one model that hold for new rows at once, and for old rows once they are validated.

    Lock: the table against reading and writing, for a moment; no row is read. `ValidateChecks` belongs in a later
    migration. Undone by dropping the constraints.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str, constraints: Sequence[CheckConstraint]) -> None:
        self.model_name = model_name
        self.constraints = list(constraints)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.constraints], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        model_state = state.models[app_label, self.model_name.lower()]
        model_state.options["constraints"] = [*model_state.options.get("constraints", []), *self.constraints]
        state.reload_model(app_label, self.model_name.lower(), delay=True)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            for constraint in self.constraints:
                run(schema_editor, f"{constraint.create_sql(model, schema_editor)} NOT VALID")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            for constraint in reversed(self.constraints):
                schema_editor.remove_constraint(model, constraint)

    def describe(self) -> str:
        return f"Add {len(self.constraints)} constraints to {self.model_name} without reading its rows"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name.lower()}_checks"


class ValidateChecks(DatabaseOnlyOperation):
    """Have PostgreSQL check the rows that were there before a constraint. Blocks neither readers nor writers.

    Nothing to undo: a constraint that was checked stays so until it goes.
    """

    def __init__(self, table: str, names: Sequence[str]) -> None:
        self.table, self.names = table, list(names)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.names], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        quote = schema_editor.quote_name
        for name in self.names:
            run(schema_editor, f"ALTER TABLE {quote(self.table)} VALIDATE CONSTRAINT {quote(name)}")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        pass

    def describe(self) -> str:
        return f"Validate {len(self.names)} constraints of {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"validate_{self.table}"
