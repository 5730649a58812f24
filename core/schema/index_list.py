"""The list of indexes: each with what it is on, which migration makes it, and the question it answers.

Nothing here asks a database: definitions are what Django would send to PostgreSQL.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from core.schema.expectation import our_models
from core.schema.index_questions import index_questions
from core.schema.markdown import DocumentationError, table_row

# The categories of indexes that the plan names in its Phase 4, in its order, and the tables of each.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "Student-related": ("students",),
    "User-related": ("users",),
    "Medication-related": ("medications", "student_medications", "medication_logs"),
    "Health records": ("health_records",),
    "Appointments": ("appointments",),
    "Incident reports": ("incident_reports",),
    "Emergency contacts": ("emergency_contacts",),
    "Audit logs": ("audit_logs",),
    "Vaccinations": ("vaccinations",),
    "Additional tables": (
        "allergies",
        "chronic_conditions",
        "screenings",
        "growth_measurements",
        "vital_signs",
    ),
}
OTHER_CATEGORY = "Foreign keys and base tables"


@dataclass(frozen=True)
class DocumentedIndex:
    """An index in the words of its line."""

    name: str
    table: str
    columns: str
    method: str
    condition: str
    migration: str
    question: str


def documented_indexes() -> list[DocumentedIndex]:
    """Every index that a model declares, with the migration that makes it and the question it answers.

    Raises:
        DocumentationError: no migration makes one of them.
        MissingQuestionError: one of them has no question above it.
    """
    made_by = _migration_of_each_index()
    found = []
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for model in our_models():
            questions = index_questions(model)
            for index in model._meta.indexes:
                if index.name not in made_by:
                    raise DocumentationError(f"No migration makes the index {index.name}.")
                method, columns, condition = _definition(str(index.create_sql(model, editor)))
                found.append(
                    DocumentedIndex(
                        name=index.name,
                        table=model._meta.db_table,
                        columns=columns,
                        method=method,
                        condition=condition,
                        migration=made_by[index.name],
                        question=questions[index.name],
                    )
                )
    return found


def _definition(statement: str) -> tuple[str, str, str]:
    """Method, columns and predicate of a CREATE INDEX statement."""
    head, _, condition = statement.replace('"', "").partition(" WHERE ")
    matched = re.fullmatch(r"CREATE INDEX \w+ ON \w+(?: USING (\w+))? ?\((.*)\)", head)
    if matched is None:
        raise DocumentationError(f"This index is of a kind that the list does not know: {statement}")
    return matched[1] or "btree", matched[2], _without_parentheses(condition)


def _without_parentheses(condition: str) -> str:
    """The predicate without a pair of parentheses around the whole of it."""
    depth = 0
    for place, sign in enumerate(condition):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            whole = condition.startswith("(") and place == len(condition) - 1
            return condition[1:-1] if whole else condition
    return condition


def _migration_of_each_index() -> dict[str, str]:
    """Which migration makes the index of each name, from the migrations' own state."""
    graph = MigrationLoader(None).graph
    plan = sorted(graph.nodes, key=lambda key: (len(graph.forwards_plan(key)), key))
    state = ProjectState()
    made_by: dict[str, str] = {}
    for key in plan:
        state = graph.nodes[key].mutate_state(state, preserve=False)
        for model in state.models.values():
            for index in model.options.get("indexes", []):
                made_by.setdefault(index.name, ".".join(key))
    return made_by


def index_list() -> str:
    """The indexes by the plan's categories, a line each, as Markdown."""
    indexes = documented_indexes()
    of_category: dict[str, list[DocumentedIndex]] = {name: [] for name in (*CATEGORIES, OTHER_CATEGORY)}
    category_of = {table: name for name, tables in CATEGORIES.items() for table in tables}
    for index in indexes:
        of_category[category_of.get(index.table, OTHER_CATEGORY)].append(index)
    lines = [
        "",
        f"{len(indexes)} indexes beyond primary keys and unique constraints.",
        "",
    ]
    for number, (category, members) in enumerate(of_category.items(), start=1):
        title = f"{number}. {category}" if category in CATEGORIES else category
        lines += [f"#### {title} ({len(members)})", ""]
        lines += _index_table(members) if members else ["None yet: their table comes with a later issue."]
        lines += [""]
    return "\n".join(lines)


def _index_table(indexes: Iterable[DocumentedIndex]) -> Iterator[str]:
    yield "| Index | Table | Columns | Method, condition | Made by | Question |"
    yield "|---|---|---|---|---|---|"
    for index in indexes:
        condition = f", `{index.condition}`" if index.condition else ""
        yield table_row(
            f"`{index.name}`",
            index.table,
            index.columns,
            index.method + condition,
            f"`{index.migration}`",
            index.question,
        )
