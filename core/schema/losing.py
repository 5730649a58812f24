"""The migrations that lose what people wrote when they are undone, as a list for the manual."""

from django.db.migrations import AddField, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader

from core.preflight.pending import in_order, simple_operations
from core.schema.expectation import our_models


def losses(migration: Migration) -> list[str]:
    """What goes when the migration is undone: tables with their rows, columns with their values."""
    tables: list[str] = []
    columns: dict[str, list[str]] = {}
    for operation in simple_operations(migration.operations):
        if isinstance(operation, CreateModel) and operation.options.get("managed", True):
            tables.append(str(operation.options.get("db_table") or f"{migration.app_label}_{operation.name_lower}"))
        elif isinstance(operation, AddField):
            columns.setdefault(operation.model_name_lower, []).append(operation.name)
    lost = [f"tables {', '.join(tables)}"] if tables else []
    return lost + [f"of each {model}: {', '.join(names)}" for model, names in columns.items()]


def losing_list() -> str:
    """A table of the migrations of ours that lose something, in the order in which they are applied."""
    loader = MigrationLoader(None)
    apps = {model._meta.app_label for model in our_models()}
    lines = ["| Undoing | loses |", "|---|---|"]
    for app, name in in_order(loader):
        lost = losses(loader.graph.nodes[app, name]) if app in apps else []
        if lost:
            lines.append(f"| `{app}.{name}` | {'; '.join(lost)} |")
    return "\n".join(lines) + "\n"
