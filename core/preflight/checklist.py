"""Go through the whole checklist. Reads only, and no row of a table of ours but whether there is one."""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import DatabaseError, NotSupportedError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from core.preflight import activity, conflicts, disk, durability, privileges, server
from core.preflight.findings import Finding, Report, problem, warning
from core.preflight.pending import read_plan

PATIENCE = 60.0  # seconds

_THERE = """
SELECT relname::text FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relname = ANY (%s)
"""


def inspect(connection: BaseDatabaseWrapper, *, patience: float = PATIENCE, backups: Path | None = None) -> Report:
    """Everything the operator should know before `migrate`, in the order in which one would mend it.

    `patience` is the age in seconds from which an open transaction is mentioned, `backups` the folder where
    `deploy/backup.sh` puts what it makes.
    """
    report = Report()
    try:
        connection.ensure_connection()
    except NotSupportedError as error:
        report.findings.append(
            problem("version", _first_line(error), f"Upgrade the server to PostgreSQL {server.OLDEST} or later.")
        )
        return report
    except DatabaseError as error:
        report.findings.append(
            problem("connection", _first_line(error), "DATABASE_URL names the server: is it running, is the URL right?")
        )
        return report

    plan = read_plan(connection)
    report.pending = plan.listed()
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [sorted(plan.made.tables)])
        tables = {name for (name,) in cursor.fetchall()}
        near = server.is_this_machine(cursor)
        steps: list[tuple[str, Callable[[CursorWrapper], Iterator[Finding]]]] = [
            ("connection", lambda cursor: server.check_connection(cursor, connection)),
            ("settings", server.check_settings),
            ("connections", server.check_connections),
            ("login", lambda cursor: privileges.check_login(cursor, tables)),
            ("web login", privileges.check_web_logins),
            ("history", lambda cursor: conflicts.check_history(plan)),
            ("conflicts", lambda cursor: conflicts.check_names(cursor, plan)),
            ("the original", lambda cursor: conflicts.check_original(cursor, plan)),
            ("indexes", lambda cursor: conflicts.check_indexes(cursor, plan)),
            ("disk space", lambda cursor: disk.check(cursor, plan.indexes, is_this_machine=near)),
            ("long transactions", lambda cursor: activity.check_sessions(cursor, tables, patience)),
            ("locks", lambda cursor: activity.check_locks(cursor, tables)),
            ("prepared transactions", activity.check_prepared),
            ("transaction age", server.check_age),
            ("replication", durability.check_replicas),
            ("archive", durability.check_archive),
            ("backup", lambda cursor: durability.check_backup(backups, is_empty=not _has_records(cursor, tables))),
        ]
        for name, step in steps:
            report.findings += _findings(connection, cursor, name, step)
    return report


def _findings(
    connection: BaseDatabaseWrapper,
    cursor: CursorWrapper,
    name: str,
    step: Callable[[CursorWrapper], Iterator[Finding]],
) -> list[Finding]:
    """What one step finds. A step that the server refuses is a line of the list, not the end of it."""
    try:
        with transaction.atomic(using=connection.alias):
            return list(step(cursor))
    except DatabaseError as error:
        return [warning(name, f"could not be looked at: {_first_line(error)}", "Look at it as a superuser.")]


def _has_records(cursor: CursorWrapper, tables: set[str]) -> bool:
    if "users" not in tables:
        return False
    cursor.execute("SELECT EXISTS (SELECT FROM users)")
    return bool(cursor.fetchone()[0])


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[0]
