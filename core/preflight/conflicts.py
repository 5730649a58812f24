"""What stands in the way of the pending migrations: things of their names, broken indexes, the original's remains."""

from collections.abc import Iterator
from typing import Any

from core.preflight.findings import Finding, fine, problem, warning
from core.preflight.pending import Plan

_MOST_NAMES = 8

_TABLES = """
SELECT c.relname::text FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY (%s) AND c.relkind NOT IN ('i', 'I')
ORDER BY 1
"""
_TYPES = """
SELECT t.typname::text FROM pg_type t
WHERE t.typnamespace = current_schema()::regnamespace AND t.typname = ANY (%s) AND t.typtype <> 'c' ORDER BY 1
"""
_FUNCTIONS = """
SELECT DISTINCT p.proname::text FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace AND p.proname = ANY (%s) ORDER BY 1
"""
_COLUMNS = """
SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relname || '.' || a.attname = ANY (%s)
  AND NOT a.attisdropped ORDER BY 1
"""
_INVALID = """
SELECT i.indexrelid::regclass::text, t.relname::text,
       (SELECT max(p.pid) FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE NOT i.indisvalid AND t.relnamespace = current_schema()::regnamespace AND t.relkind <> 'p' ORDER BY 1
"""
_SEQUELIZE = """
SELECT (SELECT count(*) FROM pg_type t WHERE t.typnamespace = current_schema()::regnamespace
        AND t.typname LIKE 'enum\\_%%' AND t.typtype = 'e')
"""


def check_history(plan: Plan) -> Iterator[Finding]:
    """Whether the record of applied migrations fits this release."""
    if plan.unknown:
        yield problem(
            "history",
            f"this release does not know {_named(plan.unknown)}, which the database has",
            "Migrate with the release that knows them; to go back, undo them with that release first.",
        )
    elif plan.contradiction:
        yield problem("history", plan.contradiction, "Somebody wrote to django_migrations by hand: restore its rows.")
    else:
        yield fine("history", f"{len(plan.pending)} migrations are pending")


def check_names(cursor: Any, plan: Plan) -> Iterator[Finding]:
    """Things that have a name which a pending migration needs, and which no recorded migration made."""
    kinds = (
        ("tables", _TABLES, plan.wanted.tables - plan.made.tables),
        ("types", _TYPES, plan.wanted.types - plan.made.types),
        ("functions", _FUNCTIONS, plan.wanted.functions - plan.made.functions),
        ("columns", _COLUMNS, plan.wanted.columns - plan.made.columns),
    )
    for kind, query, names in kinds:
        check = f"conflicting {kind}"
        cursor.execute(query, [sorted(names)])
        found = [name for (name,) in cursor.fetchall()]
        if found:
            yield problem(
                check,
                f"{_named(found)}: there already, and no recorded migration made them",
                "Give White Cross a database of its own, or rename what is there. If a restore lost the rows of "
                "django_migrations, restore them.",
            )
        else:
            yield fine(check, "none")


def check_original(cursor: Any, plan: Plan) -> Iterator[Finding]:
    """What migrations of the original (Sequelize) left behind, wholly or half applied."""
    cursor.execute("""SELECT to_regclass('"SequelizeMeta"') IS NOT NULL""")
    is_there = cursor.fetchone()[0]
    cursor.execute(_SEQUELIZE)
    enums = cursor.fetchone()[0]
    if not is_there and not enums:
        yield fine("the original", "nothing of it is here")
        return
    names: list[str] = []
    if is_there:
        cursor.execute("""SELECT name::text FROM "SequelizeMeta" ORDER BY 1""")
        names = [name for (name,) in cursor.fetchall()]
    shown = f"Sequelize recorded {len(names)} migrations here"
    shown += f", the last {names[-1]}" if names else ""
    shown += f"; {enums} of its enum types are left" if enums else ""
    advice = "White Cross takes none of its tables over: give it an empty database and bring the rows there."
    yield (problem if plan.wanted.tables - plan.made.tables else warning)("the original", shown, advice)


def check_indexes(cursor: Any, plan: Plan) -> Iterator[Finding]:
    """INVALID indexes: an interrupted build left them, they cost writes and answer nothing."""
    cursor.execute(_INVALID)
    found = cursor.fetchall()
    pending = {index.name for index in plan.indexes}
    for name, table, builder in found:
        if builder is not None:
            yield warning("indexes", f"{name} of {table} is being built by session {builder}", "Let it finish.")
        elif name in pending:
            yield warning("indexes", f"{name} of {table} is INVALID", "migrate drops it and builds it anew.")
        elif name.endswith(("_ccnew", "_ccold")):
            yield problem("indexes", f"{name} of {table} is INVALID", f"DROP INDEX CONCURRENTLY {name};")
        else:
            yield problem("indexes", f"{name} of {table} is INVALID", f"REINDEX INDEX CONCURRENTLY {name};")
    if not found:
        yield fine("indexes", "none is INVALID")


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
