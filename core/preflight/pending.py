"""The migrations that are not applied: what lock they take, which names they need, which indexes they build."""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import AddField, AddIndex, CreateModel, Migration, SeparateDatabaseAndState
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import F, Index, UniqueConstraint

from core.database.operations import (
    BuildIndexes,
    CreateEnum,
    CreateFunction,
    DropIndexes,
    SwapUniqueConstraints,
    Together,
)
from core.preflight.findings import Pending

NOT_SAID = "not said"
_LOCK = re.compile(r"\bLock: (.*?)(?=\bUndone\b|\bNothing to undo\b|\Z)", re.DOTALL)


@dataclass(frozen=True)
class IndexToBuild:
    """An index of a pending migration: its table and the columns it keeps, by their names in the database."""

    table: str
    name: str
    columns: tuple[str, ...]
    method: str = "btree"


@dataclass
class Names:
    """What migrations make, by name; columns are `table.column`, of tables that were there before."""

    tables: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)


@dataclass
class Plan:
    """What `migrate` has done on this database, and what it would do."""

    pending: list[Migration]
    made: Names
    wanted: Names
    indexes: list[IndexToBuild]
    unknown: list[str]
    contradiction: str = ""

    def listed(self) -> list[Pending]:
        """The pending migrations with their locks, in the order in which they would run."""
        return [Pending(f"{migration.app_label}.{migration.name}", lock_of(migration)) for migration in self.pending]


def lock_of(migration: Migration) -> str:
    """The sentence of a migration's docstring about the lock it takes. Django's own have none."""
    text = sys.modules[type(migration).__module__].__doc__ or ""
    found = _LOCK.search(text)
    return " ".join(found[1].split()).rstrip(".") if found else NOT_SAID


def read_plan(connection: BaseDatabaseWrapper) -> Plan:
    """Compare the migrations of this release with those that the database has a record of."""
    loader = MigrationLoader(connection)
    applied, ours = set(loader.applied_migrations), loader.migrated_apps
    unknown = [f"{app}.{name}" for app, name in sorted(applied - set(loader.disk_migrations)) if app in ours]
    plan = Plan(pending=[], made=Names(), wanted=Names(), indexes=[], unknown=unknown)
    try:
        loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        plan.contradiction = str(error)
    state = ProjectState()
    for key in in_order(loader):
        migration = loader.graph.nodes[key]
        names = plan.made if key in applied else plan.wanted
        if key not in applied:
            plan.pending.append(migration)
        for operation in simple_operations(migration.operations):
            operation.state_forwards(migration.app_label, state)
            _note_names(names, operation, migration.app_label, state)
            if key not in applied:
                plan.indexes += indexes_of(operation, migration.app_label, state)
    return plan


def in_order(loader: MigrationLoader) -> list[tuple[str, str]]:
    """All migrations in an order in which they can be applied: each behind those it depends on."""
    ordered: dict[tuple[str, str], None] = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        ordered |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return list(ordered)


def simple_operations(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations, those inside of others taken out."""
    for operation in operations:
        if isinstance(operation, Together):
            yield from simple_operations(operation.operations)
        elif isinstance(operation, SeparateDatabaseAndState):
            yield from simple_operations([*operation.database_operations, *operation.state_operations])
        else:
            yield operation


def indexes_of(operation: Operation, app: str, state: ProjectState) -> list[IndexToBuild]:
    """The indexes that an operation builds on a table, which may hold rows already."""
    if isinstance(operation, SwapUniqueConstraints):
        model = state.models[app, operation.model_name.lower()]
        return [
            IndexToBuild(_table(app, model), constraint.name, _columns(model, constraint))
            for constraint in operation.new
        ]
    if isinstance(operation, AddIndex):
        indexes = [operation.index]
    elif isinstance(operation, BuildIndexes) and not isinstance(operation, DropIndexes):
        indexes = operation.indexes
    else:
        return []
    model = state.models[app, operation.model_name.lower()]
    return [
        IndexToBuild(_table(app, model), index.name, _columns(model, index), getattr(index, "suffix", "") or "btree")
        for index in indexes
    ]


def _note_names(names: Names, operation: Operation, app: str, state: ProjectState) -> None:
    if isinstance(operation, CreateModel):
        model = state.models[app, operation.name_lower]
        if model.options.get("managed", True) and not model.options.get("proxy", False):
            names.tables.add(_table(app, model))
    elif isinstance(operation, CreateEnum):
        names.types.add(operation.name)
    elif isinstance(operation, CreateFunction):
        names.functions.add(operation.name)
    elif isinstance(operation, AddField):
        model = state.models[app, operation.model_name_lower]
        names.columns.add(f"{_table(app, model)}.{_column(model, operation.name)}")


def _table(app: str, model: ModelState) -> str:
    return str(model.options.get("db_table") or f"{app}_{model.name_lower}")


def _columns(model: ModelState, index: Index | UniqueConstraint) -> tuple[str, ...]:
    """The columns that an index keeps; of an expression, those it is computed from."""
    names = [name.lstrip("-") for name in index.fields]
    for expression in index.expressions:
        names += _named_by(expression)
    names += index.include or ()  # type: ignore[union-attr]  # a unique constraint has it as well
    return tuple(dict.fromkeys(_column(model, name) for name in names))


def _named_by(expression: Any) -> list[str]:
    """The fields that an expression of an index speaks of."""
    if isinstance(expression, F):
        return [str(expression.name)]  # type: ignore[attr-defined]  # which the stubs do not know
    return [name for part in expression.get_source_expressions() if part is not None for name in _named_by(part)]


def _column(model: ModelState, name: str) -> str:
    field = model.fields.get(name)
    if field is None:  # the foreign key named by its column, or a part of a key
        return name
    bound = field.clone()
    bound.set_attributes_from_name(name)
    return str(bound.get_attname_column()[1] or name)
