"""Exchange unique constraints on live tables."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import UniqueConstraint

from core.database.operations.indexes import BuildIndexes


class SwapUniqueConstraints(BuildIndexes):
    """Build unique constraints that have a condition concurrently, then drop the ones in whose place they stand.

    There is no moment without either. PostgreSQL keeps such a constraint as an index, so what is said of `BuildIndexes`
    holds here: readers and writers go on, it can be killed and run again, the migration must say `atomic = False`.
    Undone by the same the other way round.
    """

    def __init__(self, model_name: str, old: Sequence[UniqueConstraint], new: Sequence[UniqueConstraint]) -> None:
        super().__init__(model_name, [])
        self.old, self.new = list(old), list(new)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name], {"old": self.old, "new": self.new}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        model_state = state.models[app_label, self.model_name.lower()]
        gone = {constraint.name for constraint in self.old}
        kept = [constraint for constraint in model_state.options["constraints"] if constraint.name not in gone]
        model_state.options["constraints"] = [*kept, *(constraint.clone() for constraint in self.new)]
        state.reload_model(app_label, self.model_name.lower(), delay=True)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._swap(app_label, schema_editor, to_state, self.old, self.new)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        self._swap(app_label, schema_editor, to_state, self.new, self.old)

    def _swap(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        state: ProjectState,
        old: list[UniqueConstraint],
        new: list[UniqueConstraint],
    ) -> None:
        model = state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        self.build(
            schema_editor,
            model._meta.db_table,
            {
                constraint.name: str(constraint.create_sql(model, schema_editor)).replace(
                    "CREATE UNIQUE INDEX", "CREATE UNIQUE INDEX CONCURRENTLY", 1
                )
                for constraint in new
            },
        )
        self.drop(schema_editor, [constraint.name for constraint in old])

    def describe(self) -> str:
        return f"Concurrently exchange unique constraints of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name.lower()}_unique"
