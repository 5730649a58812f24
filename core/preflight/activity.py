"""What others do in this database right now that a migration would wait for."""

from collections.abc import Iterator
from typing import Any

from core.preflight.findings import Finding, fine, problem, warning

_SESSIONS = """
SELECT a.pid, coalesce(a.usename, '?')::text, coalesce(nullif(a.application_name, ''), 'no name')::text, a.state,
       extract(epoch FROM clock_timestamp() - a.xact_start)::int,
       array(SELECT DISTINCT c.relname::text FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
             WHERE l.pid = a.pid AND l.granted AND c.relname = ANY (%s))
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type <> 'autovacuum worker'
  AND a.xact_start < clock_timestamp() - make_interval(secs => %s)
ORDER BY a.xact_start
"""
_HIDDEN = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND query = '<insufficient privilege>'
"""
_WAITING = """
SELECT count(*), coalesce(max(extract(epoch FROM clock_timestamp() - a.query_start)), 0)::int
FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND cardinality(pg_blocking_pids(a.pid)) > 0
"""
_PREPARED = """
SELECT gid, owner::text, extract(epoch FROM clock_timestamp() - prepared)::int
FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared
"""
_FORCED_VACUUM = """
SELECT relid::regclass::text FROM pg_stat_progress_vacuum v JOIN pg_stat_activity a USING (pid)
WHERE v.datname = current_database() AND a.query LIKE '%%to prevent wraparound%%'
"""


def check_sessions(cursor: Any, tables: set[str], patience: float) -> Iterator[Finding]:
    """Transactions that have been open for longer than `patience` seconds, idle ones above all."""
    cursor.execute(_SESSIONS, [sorted(tables), patience])
    found = cursor.fetchall()
    for pid, login, program, state, seconds, held in found:
        who = f"session {pid} of {login} ({program}), {state or 'state not known'}, open for {seconds:,} s"
        advice = f"Let it end, or: SELECT pg_terminate_backend({pid}); concurrent index builds wait for it."
        if held:
            shown = ", ".join(held[:3]) + (", ..." if len(held) > 3 else "")
            yield problem("long transactions", f"{who}, and holds locks on {shown}", advice)
        else:
            yield warning("long transactions", who, advice)
    if not found:
        yield fine("long transactions", f"none open for longer than {patience:g} s")
    cursor.execute(_HIDDEN)
    hidden = cursor.fetchone()[0]
    if hidden:
        yield warning(
            "long transactions",
            f"{hidden} sessions of other logins cannot be looked at",
            "GRANT pg_read_all_stats to the login that migrates.",
        )


def check_locks(cursor: Any, tables: set[str]) -> Iterator[Finding]:
    """Whether somebody waits for a lock already, and whether autovacuum holds one that it will not give up."""
    cursor.execute(_WAITING)
    count, longest = cursor.fetchone()
    if count:
        yield warning(
            "waiting for locks",
            f"{count} sessions wait, the longest for {longest:,} s",
            "Find who holds the lock: docs/migrations.md, A lock was not to be had.",
        )
    else:
        yield fine("waiting for locks", "nobody")
    cursor.execute(_FORCED_VACUUM)
    vacuumed = [table for (table,) in cursor.fetchall() if table in tables]
    if vacuumed:
        yield warning(
            "vacuum",
            f"one that gives way to nobody works on {', '.join(vacuumed)}",
            "Let it finish: a migration of this table would not get its lock.",
        )


def check_prepared(cursor: Any) -> Iterator[Finding]:
    """Two-phase transactions that somebody prepared and did not finish: they keep their locks over restarts."""
    cursor.execute(_PREPARED)
    found = cursor.fetchall()
    for name, owner, seconds in found:
        yield problem(
            "prepared transactions",
            f"{name!r} of {owner}, {seconds:,} s old, keeps its locks until somebody ends it",
            f"COMMIT PREPARED '{name}'; or ROLLBACK PREPARED '{name}';",
        )
    if not found:
        yield fine("prepared transactions", "none")
