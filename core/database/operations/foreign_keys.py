"""Let a foreign key act in the database where Django's checks do not let the model say so."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from core.database.operations.database_only import run


class SetForeignKeyRule(Operation):
    """Give the constraint of a foreign key that the model calls DO_NOTHING an ON DELETE rule.

    Lock: both tables against writing, while the constraint is made again. Undone by making it without the rule.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str, field_name: str, rule: str) -> None:
        self.model_name, self.field_name, self.rule = model_name, field_name, rule

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.model_name, self.field_name, self.rule], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        statement = self._statement(app_label, schema_editor, to_state, f" ON DELETE {self.rule}")
        if statement:
            # Django makes foreign keys when the migration ends; this statement stands behind theirs.
            schema_editor.deferred_sql.append(statement)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        statement = self._statement(app_label, schema_editor, to_state, "")
        if statement:
            run(schema_editor, statement)

    def _statement(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState, rule: str
    ) -> str | None:
        model = state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return None
        field: Any = model._meta.get_field(self.field_name)
        target = field.remote_field.model._meta
        quote = schema_editor.quote_name
        # The name that Django gives the constraint; the stubs leave the method out.
        name = schema_editor._fk_constraint_name(model, field, "_fk_%(to_table)s_%(to_column)s")  # type: ignore[attr-defined]
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} "
            f"FOREIGN KEY ({quote(field.column)}) REFERENCES {quote(target.db_table)} ({quote(target.pk.column)})"
            f"{rule} DEFERRABLE INITIALLY DEFERRED"
        )

    def describe(self) -> str:
        return f"On delete of its target, {self.model_name}.{self.field_name} does {self.rule}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name}_{self.field_name}_on_delete".lower()
