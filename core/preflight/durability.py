"""What stands beside the database if a migration goes wrong: replicas, archived WAL, backups."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.preflight.disk import megabytes
from core.preflight.findings import Finding, fine, problem, warning

LAG_TO_MENTION = 16 * 1024**2  # bytes: one segment of WAL
LAG_TO_STOP = 1024**3
OLDEST_BACKUP = datetime.timedelta(hours=26)  # one a day, and some hours of grace
MARK = "SHA256SUMS"

_REPLICAS = """
SELECT coalesce(nullif(application_name, ''), client_addr::text, '?')::text, state,
       pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint, extract(epoch FROM replay_lag)::float
FROM pg_stat_replication WHERE state IS DISTINCT FROM 'backup' ORDER BY 1
"""
_SLOTS = """
SELECT slot_name::text, active, coalesce(wal_status, ''), pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint
FROM pg_replication_slots WHERE NOT temporary ORDER BY 1
"""
_ARCHIVE = """
SELECT current_setting('archive_mode'), failed_count, last_archived_time,
       last_failed_time > coalesce(last_archived_time, '-infinity')
FROM pg_stat_archiver
"""


def check_replicas(cursor: Any) -> Iterator[Finding]:
    """How far replicas are behind: an index build writes as much WAL as the index is large."""
    cursor.execute("SELECT pg_is_in_recovery()")
    if cursor.fetchone()[0]:
        return  # a standby has said so already, and cannot answer these
    cursor.execute(_REPLICAS)
    replicas = cursor.fetchall()
    for name, state, lag, seconds in replicas:
        if lag is None:
            yield warning(
                "replication", f"{name}: this login cannot see its lag", "GRANT pg_monitor to the login that migrates."
            )
            continue
        shown = f"{name} ({state}), {megabytes(lag)} behind" + ("" if seconds is None else f", {seconds:.1f} s")
        if lag >= LAG_TO_STOP:
            yield problem("replication", shown, "Let it catch up first, or take it out of service.")
        elif lag >= LAG_TO_MENTION:
            yield warning("replication", shown, "Let it catch up first: what reads there reads old rows.")
        else:
            yield fine("replication", shown)
    if not replicas:
        yield fine("replication", "no replica is connected")
    cursor.execute(_SLOTS)
    for name, is_active, status, kept in cursor.fetchall():
        shown = f"slot {name}, {'in use' if is_active else 'not in use'}, keeps {megabytes(kept or 0)} of WAL"
        advice = f"Start what reads it, or give it up: SELECT pg_drop_replication_slot('{name}');"
        if status == "lost":
            yield problem("replication slots", f"{shown}: its replica must be made anew", advice)
        elif (kept or 0) >= LAG_TO_STOP or status == "unreserved":
            yield problem("replication slots", shown, advice)
        elif not is_active:
            yield warning("replication slots", shown, advice)
        else:
            yield fine("replication slots", shown)


def check_archive(cursor: Any) -> Iterator[Finding]:
    """Whether the write-ahead log is archived, without which there is no way back to a moment."""
    cursor.execute(_ARCHIVE)
    mode, failures, last, is_failing = cursor.fetchone()
    if mode == "off":
        yield warning(
            "archive",
            "the write-ahead log is not archived: only whole backups can be restored",
            "docs/operations.md, Go back to a moment, says how to switch it on.",
        )
    elif is_failing:
        yield problem(
            "archive",
            f"fails ({failures:,} times); the last success was {last:%Y-%m-%d %H:%M}" if last else "has never worked",
            "Read the server's log for what archive_command said; WAL gathers on the disk until it works.",
        )
    else:
        yield fine("archive", f"last success {last:%Y-%m-%d %H:%M}" if last else "on; nothing was archived yet")


def check_backup(folder: Path | None, *, is_empty: bool) -> Iterator[Finding]:
    """How old the newest finished backup in a folder of `deploy/backup.sh` is."""
    if is_empty:
        yield fine("backup", "none is needed: there is no record in the database")
        return
    if folder is None:
        yield warning(
            "backup",
            "not known",
            "Say where deploy/backup.sh puts them: --backups FOLDER. Take one before you migrate.",
        )
        return
    marks = sorted(folder.glob(f"*/{MARK}"), key=lambda mark: mark.stat().st_mtime)
    if not marks:
        yield problem("backup", "no finished one is in the folder", "Take one: deploy/backup.sh FOLDER.")
        return
    made = datetime.datetime.fromtimestamp(marks[-1].stat().st_mtime, datetime.UTC)
    age = datetime.datetime.now(datetime.UTC) - made
    shown = f"{marks[-1].parent.name}, {age.total_seconds() / 3600:.1f} hours old"
    if age > OLDEST_BACKUP:
        yield warning("backup", shown, "Take one before you migrate: deploy/backup.sh FOLDER.")
    else:
        yield fine("backup", shown)
