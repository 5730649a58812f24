"""Find every difference between the database and what models and migrations say."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from core.schema.catalogue import Catalogue, Column, Key, read_catalogue, unguarded_partitions
from core.schema.expectation import CannotExpectError, declared_enums, expected_catalogue
from core.schema.safeguards import Problems, missing_safeguards, role_problems

KINDS = (
    "migrations",
    "tables",
    "columns",
    "enum types",
    "foreign keys",
    "indexes",
    "constraints",
    "comments",
    "triggers",
    "functions",
    "policies",
    "grants",
    "roles",
    "safeguards",
    "settings",
    "operations",
)

# What other apps check along, by its kind: core depends on none of them.
FURTHER_CHECKS: dict[str, Callable[[Any], Problems]] = {}


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be."""

    kind: str
    name: str
    problem: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.name} {self.problem}"


@dataclass
class Report:
    """How many things of each kind were looked at, and what was found."""

    checked: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def add(self, kind: str, name: str, problem: str) -> None:
        self.differences.append(Difference(kind, name, problem))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "ok": not self.differences,
            "checked": {kind: self.checked[kind] for kind in KINDS},
            "differences": [asdict(difference) for difference in self.differences],
        }


def verify(connection: BaseDatabaseWrapper) -> Report:
    """Compare the database with its models and migrations. Changes nothing: what it makes, it rolls back."""
    report = Report()
    executor = MigrationExecutor(connection)
    # All of them: the plan of a migrate looks no further than an app's last.
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    report.checked["migrations"] = len(executor.loader.graph.nodes)
    applied = executor.loader.applied_migrations
    missing = [migration for migration, _ in plan if (migration.app_label, migration.name) not in applied]
    for migration in missing:
        report.add("migrations", f"{migration.app_label}.{migration.name}", "is not applied: run migrate")
    if missing:
        return report

    with connection.cursor() as cursor:
        found = read_catalogue(cursor)
        for partition, trigger in unguarded_partitions(cursor):
            report.add("triggers", f"{partition}.{trigger}", "is missing or disabled, and the partition's table has it")
    _compare_enums(report, found)
    try:
        expected = expected_catalogue(connection, executor.loader)
    except CannotExpectError as error:
        report.add("tables", "the expected schema", f"cannot be made: {error}")
        return report
    found = found.only_tables(table for (table,) in expected.tables)

    _compare(report, "tables", expected.tables, found.tables)
    _compare(report, "columns", expected.columns, found.columns, _column_problem)
    _compare(report, "foreign keys", expected.foreign_keys, found.foreign_keys)
    _compare(report, "indexes", expected.indexes, found.indexes, _index_problem)
    _compare(report, "constraints", expected.constraints, found.constraints)
    _compare(report, "comments", expected.comments, found.comments, _comment_problem, only_in_both=True)
    _compare(report, "triggers", expected.triggers, found.triggers)
    _compare(
        report,
        "functions",
        expected.functions,
        {key: body for key, body in found.functions.items() if key in expected.functions},
    )
    _compare(report, "policies", expected.policies, found.policies)
    _compare(report, "grants", expected.grants, found.grants)
    _compare(
        report,
        "grants",
        expected.function_grants,
        {key: roles for key, roles in found.function_grants.items() if key in expected.functions},
    )
    with connection.cursor() as cursor:
        checks = {"roles": role_problems, "safeguards": missing_safeguards, **FURTHER_CHECKS}
        for kind, problems in [(kind, check(cursor)) for kind, check in checks.items()]:
            report.checked[kind] += problems.checked
            for name, problem in problems.found:
                report.add(kind, name, problem)
    _try_basic_operations(report, connection)
    return report


def _compare(
    report: Report,
    kind: str,
    expected: Mapping[Key, Any],
    found: Mapping[Key, Any],
    problem: Callable[[Any, Any], str] | None = None,
    *,
    only_in_both: bool = False,
) -> None:
    """Report what is missing, what nobody declared, and what is otherwise than declared."""
    describe = problem or (lambda wanted, given: f"is {given}; it should be {wanted}")
    report.checked[kind] += len(expected)
    for key in sorted({*expected, *found}):
        name = ".".join(key)
        if key in expected and key in found:
            if expected[key] != found[key]:
                report.add(kind, name, describe(expected[key], found[key]))
        elif only_in_both:
            continue
        elif key in expected:
            report.add(kind, name, f"is missing; it should be {_shown(expected[key])}")
        else:
            report.add(kind, name, f"is declared nowhere; it is {_shown(found[key])}")


def _shown(value: Any) -> str:
    return _column_text(value) if isinstance(value, Column) else str(value)


def _column_text(column: Column) -> str:
    text = column.type + (" NULL" if column.nullable else " NOT NULL")
    if column.default is not None:
        text += f" DEFAULT {column.default}"
    if column.generated is not None:
        text += f" GENERATED AS {column.generated}"
    return text


def _column_problem(expected: Column, found: Column) -> str:
    return f"is {_column_text(found)}; it should be {_column_text(expected)}"


def _index_problem(expected: str, found: str) -> str:
    if found == f"INVALID {expected}":
        return "is INVALID: an interrupted build left it. Drop it and build it again, or run its migration again"
    return f"is {found}; it should be {expected}"


def _comment_problem(expected: str | None, found: str | None) -> str:
    if found is None:
        return f"has no comment; it should say “{expected}”"
    return f"says “{found}”; it should say “{expected}”"


def _compare_enums(report: Report, found: Catalogue) -> None:
    declared: dict[Key, tuple[str, ...]] = {(name,): values for name, values in declared_enums().items()}
    report.checked["enum types"] = len(declared)
    for key in sorted({*declared, *found.enums}):
        (name,) = key
        if key not in found.enums:
            report.add("enum types", name, f"is missing; it should have {', '.join(declared[key])}")
        elif not found.enum_columns[key]:
            report.add("enum types", name, "is the type of no column")
        elif key not in declared:
            report.add("enum types", name, f"is declared nowhere; it is used by {', '.join(found.enum_columns[key])}")
        else:
            problem = _enum_problem(declared[key], found.enums[key])
            if problem:
                report.add("enum types", name, problem)


def _enum_problem(expected: tuple[str, ...], found: tuple[str, ...]) -> str:
    missing = [value for value in expected if value not in found]
    extra = [value for value in found if value not in expected]
    problems = []
    if missing:
        problems.append(f"lacks {', '.join(missing)}")
    if extra:
        problems.append(f"has {', '.join(extra)}, which is declared nowhere")
    if not problems and expected != found:
        problems.append(f"has its values in the order {', '.join(found)}; it should be {', '.join(expected)}")
    return "; ".join(problems)


def _try_basic_operations(report: Report, connection: BaseDatabaseWrapper) -> None:
    """The plan's basic operations, in a transaction that is rolled back."""
    operations: list[tuple[str, str, Callable[[Any], bool]]] = [
        (
            "insert a district, naming only what a person knows",
            "INSERT INTO districts (name, code, is_active) VALUES ('Verification', '_VERIFY_', true) RETURNING id",
            lambda row: row[0] is not None,
        ),
        (
            "insert a school",
            "INSERT INTO schools (name, code, district_id, is_active) "
            "SELECT 'Verification', '_VERIFY_', id, true FROM districts WHERE code = '_VERIFY_' RETURNING id",
            lambda row: row[0] is not None,
        ),
        (
            "insert a user",
            "INSERT INTO users (email, password, first_name, last_name, role) "
            "VALUES ('verify@schema.invalid', '!', 'Verification', 'User', 'NURSE') RETURNING role::text",
            lambda row: row[0] == "NURSE",
        ),
        (
            "stamp a changed row",
            "UPDATE districts SET updated_at = 'epoch' WHERE code = '_VERIFY_' RETURNING updated_at > 'epoch'",
            lambda row: row[0],
        ),
        (
            "delete a district with its schools",
            "WITH gone AS (DELETE FROM districts WHERE code = '_VERIFY_' RETURNING id) SELECT count(*) FROM gone",
            lambda row: row[0] == 1,
        ),
        ("find the schools gone", "SELECT count(*) FROM schools WHERE code = '_VERIFY_'", lambda row: row[0] == 0),
    ]
    report.checked["operations"] = len(operations)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name, statement, holds in operations:
            try:
                cursor.execute(statement)
                if not holds(cursor.fetchone()):
                    report.add("operations", name, "did not do what it should")
            except DatabaseError as error:
                report.add("operations", name, f"failed: {str(error).splitlines()[0]}")
                break
        transaction.set_rollback(True, using=connection.alias)
