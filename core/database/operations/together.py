"""Take several steps with one look at the models."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class Together(Operation):
    """Run operations that only add (models, fields, indexes, constraints) as one step of the state.

    Between any two operations Django builds anew the classes of all models that are related, and here all of them are:
    that was three quarters of the time of a fresh migrate. Inside this operation they are built once. Each operation
    sees the state before all of them and the state after all of them: none may change or remove what another adds, and
    a new model has its indexes and constraints among its own options. Lock and undoing are those of the operations,
    which are undone in reverse order.
    """

    reduces_to_sql = True

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = list(operations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.operations], {}

    @property
    def reversible(self) -> bool:  # type: ignore[override]  # a plain attribute in Django
        return all(operation.reversible for operation in self.operations)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # Without built classes in the state, adding to it builds none; they are built when they are next asked for.
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)

    @property
    def migration_name_fragment(self) -> str:
        return "_".join(filter(None, (operation.migration_name_fragment for operation in self.operations[:2])))
