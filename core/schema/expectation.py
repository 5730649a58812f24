"""What the database should hold: the models' tables as Django makes them, and what the migrations add to them.

The expected schema is really made, in a schema of its own inside a transaction that is then rolled back, and read back
from the catalogue. So both sides of the comparison are PostgreSQL's own words, whatever its version.
"""

import os
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from core.database.audit_fields import KeyedModel
from core.database.enums import EnumField
from core.database.operations import (
    AddPolicy,
    CreateFunction,
    CreatePartitionedTable,
    CreateTrigger,
    CreateUuidV7,
    Grant,
    GrantTable,
    ReplacePolicies,
    RestrictFunction,
    SecureRows,
)
from core.database.operations.database_only import DatabaseOnlyOperation
from core.schema.catalogue import Catalogue, read_catalogue


class CannotExpectError(Exception):
    """The expected schema cannot be made here; the message says why."""


def our_models() -> list[type[models.Model]]:
    """The models of this project's own apps."""
    return [model for model in apps.get_models() if issubclass(model, KeyedModel)]


def declared_enums() -> dict[str, tuple[str, ...]]:
    """Name and values of each enum type that a model's column has."""
    enums: dict[str, tuple[str, ...]] = {}
    for model in our_models():
        for field in model._meta.local_concrete_fields:
            base = getattr(field, "base_field", field)
            if isinstance(base, EnumField):
                enums[base.enum_name] = base.values
    return enums


def migrated_operations(loader: MigrationLoader) -> tuple[list[CreateTrigger], list[CreateFunction]]:
    """The triggers and functions that the migrations leave behind, in the order in which they make them."""
    triggers: dict[tuple[str, str], CreateTrigger] = {}
    functions: dict[str, CreateFunction] = {}
    for key in sorted(loader.graph.nodes, key=lambda key: len(loader.graph.forwards_plan(key))):
        for operation in loader.graph.nodes[key].operations:
            if isinstance(operation, CreateTrigger):
                for trigger in operation.triggers():
                    triggers[trigger.table, trigger.name] = trigger
            elif isinstance(operation, CreateFunction):
                functions[operation.name] = operation
    return list(triggers.values()), list(functions.values())


def migrated_security(loader: MigrationLoader) -> list[DatabaseOnlyOperation]:
    """What the migrations say of who may do what with our tables and functions, in the order in which they say it."""
    ours = {model._meta.db_table for model in our_models()}
    return [
        # Without the transaction of its own, which would end the one that is taken back here.
        ReplacePolicies(operation.table, [], [operation.policy]) if isinstance(operation, AddPolicy) else operation
        for key in sorted(loader.graph.nodes, key=lambda key: len(loader.graph.forwards_plan(key)))
        for operation in loader.graph.nodes[key].operations
        if isinstance(operation, RestrictFunction)
        or (
            isinstance(operation, (Grant, GrantTable, SecureRows, ReplacePolicies, AddPolicy))
            and operation.table in ours
        )
    ]


def partitioned_tables(loader: MigrationLoader) -> dict[str, CreatePartitionedTable]:
    """The operations that make partitioned tables, by the label of the model."""
    return {
        f"{app}.{operation.name_lower}": operation
        for (app, _), migration in loader.graph.nodes.items()
        for operation in migration.operations
        if isinstance(operation, CreatePartitionedTable)
    }


def expected_catalogue(connection: BaseDatabaseWrapper, loader: MigrationLoader) -> Catalogue:
    """The catalogue that the database should have.

    Raises:
        CannotExpectError: the user may not create a schema, or an enum type is missing that columns need.
    """
    schema = f"whitecross_expected_{os.getpid()}"
    triggers, functions = migrated_operations(loader)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        try:
            cursor.execute(f"CREATE SCHEMA {schema}")
            cursor.execute("SELECT set_config('search_path', %s, true)", [f"{schema}, public"])
            cursor.execute(
                _script(connection, triggers, functions, partitioned_tables(loader), migrated_security(loader))
            )
            expected = read_catalogue(cursor, schema)
        except DatabaseError as error:
            raise CannotExpectError(" ".join(str(error).split("\n")[0].split())) from error
        finally:
            transaction.set_rollback(True, using=connection.alias)
    expected.enums = {(name,): values for name, values in declared_enums().items()}
    return expected


def _script(
    connection: BaseDatabaseWrapper,
    triggers: list[CreateTrigger],
    functions: list[CreateFunction],
    partitioned: dict[str, CreatePartitionedTable],
    security: list[DatabaseOnlyOperation],
) -> str:
    """What makes the expected schema, in one round trip."""
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for model in our_models():
            if model._meta.label_lower in partitioned:
                partitioned[model._meta.label_lower].create_table(editor, model)
            else:
                editor.create_model(model)
        for model in our_models():
            for name, rule in getattr(model, "database_on_delete", {}).items():
                _set_rule(editor, model, model._meta.get_field(name), rule)
        for function in functions:
            if not isinstance(function, CreateUuidV7):
                function.forwards(editor)
        native: bool = connection.pg_version >= CreateUuidV7.NATIVE_SINCE  # type: ignore[attr-defined]  # PostgreSQL's
        uuidv7 = [] if native else [function.definition for function in functions if isinstance(function, CreateUuidV7)]
        for trigger in triggers:
            trigger.forwards(editor)
        for operation in security:
            operation.forwards(editor)
    collected: list[str] = editor.collected_sql
    # uuidv7() must exist before the tables; it is made in the expected schema, where their defaults find it first.
    return "\n;".join(uuidv7 + collected)


def _set_rule(editor: Any, model: type[models.Model], field: Any, rule: str) -> None:
    for statement in editor.deferred_sql:
        if statement.references_column(model._meta.db_table, field.column) and "on_delete_db" in statement.parts:
            statement.parts["on_delete_db"] = f" ON DELETE {rule}"
