"""The migrations that lose what people wrote when they are undone, as a list for the manual."""

from django.db.migrations import AddField, CreateModel, Migration
from django.db.migrations.loader import MigrationLoader

from core.preflight.pending import simple_operations
from core.schema.expectation import our_models


def losses(migration: Migration) -> list[str]:
    """What goes when the migration is undone: tables with their rows, columns with their values."""
    tables = [
        str(operation.options.get("db_table") or f"{migration.app_label}_{operation.name_lower}")
        for operation in simple_operations(migration.operations)
        if isinstance(operation, CreateModel) and operation.options.get("managed", True)
    ]
    columns = [
        f"{operation.model_name_lower}.{operation.name}"
        for operation in simple_operations(migration.operations)
        if isinstance(operation, AddField)
    ]
    return [f"table {table}" for table in tables] + [f"column {column}" for column in columns]


def losing_list() -> str:
    """A table of the migrations of ours that lose something, in the order in which they are applied."""
    loader = MigrationLoader(None)
    apps = {model._meta.app_label for model in our_models()}
    ordered: dict[tuple[str, str], None] = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        ordered |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    lines = ["| Undoing | loses |", "|---|---|"]
    for key in ordered:
        lost = losses(loader.graph.nodes[key]) if key[0] in apps else []
        if lost:
            shown = ", ".join(f"{kind} `{name}`" for kind, name in map(str.split, lost))
            lines.append(f"| `{key[0]}.{key[1]}` | {shown} |")
    return "\n".join(lines) + "\n"
