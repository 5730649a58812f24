"""The months of the audit log: made ahead of time, filled from the default partition, dropped past their age.

Months are those of UTC. An entry is never deleted: what the default partition caught is copied into a table that then
takes its place, and what is past its age goes with its whole partition, which the chain of seals records.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connections, transaction

from audit.chain import count_between
from audit.models import AuditSeal
from audit.months import Month
from audit.sealing import record_drop, take_turn
from audit.verification import verify_between

DEFAULT = "audit_logs_default"
_OLD_DEFAULT, _NEW_DEFAULT = "audit_logs_default_old", "audit_logs_default_new"
# Within these years an entry has its month; a date beyond them is a slip, and stays in the default partition.
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


class CannotDropError(Exception):
    """A partition past its age must stay; the message says why."""


@dataclass(frozen=True)
class Partition:
    """A partition of the log with entries of [start, end)."""

    table: str
    start: datetime
    end: datetime


@dataclass
class Made:
    """What `make_months` did."""

    tables: list[str]
    moved: int = 0


def read_partitions(cursor: Any) -> list[Partition]:
    """The partitions of the log in order of time, without the default one."""
    cursor.execute(
        "SELECT name, bounds[1]::timestamptz, bounds[2]::timestamptz FROM ("
        r"  SELECT c.relname::text, regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \('(.+)'\) TO \('(.+)'\)$$)"
        "  FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid WHERE h.inhparent = 'public.audit_logs'::regclass"
        ") bounded(name, bounds) WHERE bounds IS NOT NULL ORDER BY 2"
    )
    return [Partition(*row) for row in cursor.fetchall()]


def make_months(database: str, ahead: int, now: datetime) -> Made:
    """Make the partitions of this month and of `ahead` more, and give what the default partition caught its own months.

    Lock: none that a writer would feel while the default partition is empty. Otherwise audit_logs against reading and
    writing, while the entries are copied.
    """
    months = [Month.of(now).plus(number) for number in range(ahead + 1)]
    with _locks(database) as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM public.{DEFAULT})")  # noqa: S608
        if cursor.fetchone()[0]:
            return _move_out_of_default(cursor, months)
    made = Made([])
    for month in months:
        try:
            with _locks(database) as cursor:
                if not _is_covered(read_partitions(cursor), month):
                    _create(cursor, month.table, month)
                    _attach(cursor, month.table, month)
                    made.tables.append(month.table)
        except IntegrityError:  # a writer was quicker: the default partition has an entry of that month by now
            with _locks(database) as cursor:
                moved = _move_out_of_default(cursor, months)
            return Made(made.tables + moved.tables, moved.moved)
    return made


def guard_partitions(database: str) -> list[str]:
    """Give every partition the log's own statement triggers, which partitions do not inherit.

    Returns the partitions that lacked one.
    """
    with _locks(database) as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'public.audit_logs'::regclass"
        )
        return [table for (table,) in cursor.fetchall() if _guard(cursor, table)]


def past_their_age(database: str, months: int, now: datetime) -> list[Partition]:
    """The partitions that ended `months` months ago or earlier."""
    with connections[database].cursor() as cursor:
        limit = Month.of(now).plus(-months).start
        return [partition for partition in read_partitions(cursor) if partition.end <= limit]


def drop_partition(database: str, partition: Partition) -> AuditSeal:
    """Drop a partition that is wholly sealed, and record that in the chain; both happen or neither.

    Lock: audit_logs against reading and writing, for a moment; sealing waits.

    Raises:
        CannotDropError: an entry is not sealed or not what was sealed; nothing is dropped.
    """
    with _locks(database) as cursor:
        take_turn(cursor)
        found = verify_between(database, cursor, partition.start, partition.end)
        if found.problems:
            raise CannotDropError(f"{partition.table} is not what was sealed. Run verify_audit_log.")
        seals = AuditSeal.objects.using(database).filter(earliest__lt=partition.end, latest__gte=partition.start)
        sealed = sum(
            count_between(bytes(entries), partition.start, partition.end)
            for entries in seals.values_list("entries", flat=True).iterator(chunk_size=1)
        )
        cursor.execute(f"ALTER TABLE public.audit_logs DETACH PARTITION public.{partition.table}")
        count = _count(cursor, partition.table)
        if count != sealed:
            raise CannotDropError(f"{partition.table} has entries that are not sealed yet. Run seal_audit_log.")
        seal = record_drop(database, cursor, partition.start, partition.end, count)
        cursor.execute(f"DROP TABLE public.{partition.table}")
        return seal


@contextmanager
def _locks(database: str) -> Iterator[Any]:
    """A transaction that waits no longer for a lock than a migration does."""
    with transaction.atomic(using=database, durable=True), connections[database].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [settings.MIGRATION_LOCK_TIMEOUT])
        yield cursor


def _is_covered(partitions: list[Partition], month: Month) -> bool:
    return any(partition.start <= month.start and month.end <= partition.end for partition in partitions)


def _move_out_of_default(cursor: Any, ahead: list[Month]) -> Made:
    cursor.execute("LOCK TABLE public.audit_logs IN ACCESS EXCLUSIVE MODE")
    cursor.execute(f"ALTER TABLE public.audit_logs DETACH PARTITION public.{DEFAULT}")
    cursor.execute(f"ALTER TABLE public.{DEFAULT} RENAME TO {_OLD_DEFAULT}")
    total, moved = _count(cursor, _OLD_DEFAULT), 0
    months = {*ahead, *_months_of(cursor, _OLD_DEFAULT)}
    partitions = read_partitions(cursor)
    made = []
    for month in sorted(months, key=lambda month: month.start):
        if not _is_covered(partitions, month):
            _create(cursor, month.table, month)
            moved += _copy(cursor, month.table, "created_at >= %s AND created_at < %s", [month.start, month.end])
            _attach(cursor, month.table, month)
            made.append(month.table)
    _create(cursor, _NEW_DEFAULT)
    left = _copy(cursor, _NEW_DEFAULT, "NOT (created_at >= %s AND created_at < %s)", _calendar())
    if moved + left != total:
        raise RuntimeError(f"{total:,} entries were in {DEFAULT}; {moved:,} moved and {left:,} stay. Nothing was done.")
    cursor.execute(f"DROP TABLE public.{_OLD_DEFAULT}")
    cursor.execute(f"ALTER TABLE public.{_NEW_DEFAULT} RENAME TO {DEFAULT}")
    cursor.execute(f"ALTER TABLE public.audit_logs ATTACH PARTITION public.{DEFAULT} DEFAULT")
    _guard(cursor, DEFAULT)
    return Made(made, moved)


def _calendar() -> list[datetime]:
    return [datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC)]


def _months_of(cursor: Any, table: str) -> list[Month]:
    cursor.execute(
        "SELECT DISTINCT extract(year FROM utc)::integer, extract(month FROM utc)::integer FROM ("  # noqa: S608
        f"  SELECT created_at AT TIME ZONE 'UTC' FROM public.{table} WHERE created_at >= %s AND created_at < %s"
        ") entry(utc)",
        _calendar(),
    )
    return [Month(*row) for row in cursor.fetchall()]


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM public.{table}")  # noqa: S608
    return int(cursor.fetchone()[0])


def _create(cursor: Any, table: str, month: Month | None = None) -> None:
    """Make a table like the log, not yet a part of it; with its bounds as a check, attaching it reads no row."""
    cursor.execute(
        f"CREATE TABLE public.{table} (LIKE public.audit_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS "
        "INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)"
    )
    cursor.execute(
        "SELECT obj_description('public.audit_logs'::regclass, 'pg_class'), "
        "relrowsecurity FROM pg_class WHERE oid = 'public.audit_logs'::regclass"
    )
    comment, row_security = cursor.fetchone()
    cursor.execute(f"COMMENT ON TABLE public.{table} IS %s", [comment])
    if row_security:  # policies are the log's; without one of its own, the partition opens to its owner only
        cursor.execute(f"ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY")
    if month is not None:
        cursor.execute(
            f"ALTER TABLE public.{table} ADD CONSTRAINT {table}_bounds CHECK (created_at >= %s AND created_at < %s)",
            [month.start, month.end],
        )


def _copy(cursor: Any, table: str, condition: str, values: list[Any]) -> int:
    """Copy entries of the old default, in the order in which they are sealed; returns how many."""
    cursor.execute(
        f"INSERT INTO public.{table} SELECT * FROM public.{_OLD_DEFAULT} WHERE {condition} "  # noqa: S608
        "ORDER BY transaction_id, id",
        values,
    )
    return int(cursor.rowcount)


def _attach(cursor: Any, table: str, month: Month) -> None:
    cursor.execute(
        f"ALTER TABLE public.audit_logs ATTACH PARTITION public.{table} FOR VALUES FROM (%s) TO (%s)",
        [month.start, month.end],
    )
    cursor.execute(f"ALTER TABLE public.{table} DROP CONSTRAINT {table}_bounds")
    _guard(cursor, table)


def _guard(cursor: Any, table: str) -> bool:
    """Copy the log's statement triggers that a partition lacks; returns whether there was one."""
    cursor.execute(
        "SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE t.tgrelid = 'public.audit_logs'::regclass "
        "AND NOT t.tgisinternal AND t.tgtype & 1 = 0 AND t.tgoldtable IS NULL AND t.tgnewtable IS NULL "
        "AND NOT EXISTS (SELECT FROM pg_trigger own WHERE own.tgrelid = %s::regclass AND own.tgname = t.tgname) "
        "ORDER BY t.tgname",
        [f"public.{table}"],
    )
    definitions = [definition for (definition,) in cursor.fetchall()]
    for definition in definitions:
        cursor.execute(definition.replace(" ON public.audit_logs ", f" ON public.{table} ", 1))
    return bool(definitions)
