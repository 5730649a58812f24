"""Add seals to the chain.

A seal covers transactions that have all ended: those below the horizon, the oldest transaction of this database that is
still open. An entry that is committed later belongs to a transaction at or above the horizon, so to a later seal. No
lock is taken that a writer would feel.

Transaction ids order entries within one cluster only. A database that was restored into another goes on in eras: the
era before the restore is closed, what was written since then makes an era of its own, and the order starts anew. An
entry belongs to an era by its created_at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections, transaction

from audit.chain import (
    BEGINNING,
    END,
    FIRST_PREVIOUS_HASH,
    FORMAT,
    MOST_ENTRIES,
    Entries,
    Position,
    Stretch,
    last_below,
    pin_settings,
    place_through,
    read_entries,
    seal_hash,
)
from audit.models import AuditSeal, SealKind

# Two numbers of our own choice; PostgreSQL keeps advisory locks apart per database.
_LOCK = (0x5743, 0x5345)


# A transaction of another database cannot write to this log, so it holds nothing up. One counts as another's only if a
# session of another database was seen to hold it: what is not known counts as ours. They are read before the snapshot:
# read after it, one that ended meanwhile would count as ours, and hold up what was written since it began.
_ELSEWHERE = """
SELECT coalesce(array_agg(l.transactionid::text::bigint), '{}')
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
  AND a.datid <> (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# A lock has the low 32 bits of a transaction's number.
_MOMENT = """
WITH now AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot),
     open AS (SELECT pg_snapshot_xip(snapshot)::text::bigint AS transaction FROM now)
SELECT coalesce(
           (SELECT min(transaction) FROM open WHERE transaction %% 4294967296 <> ALL (%s::bigint[])),
           pg_snapshot_xmax(snapshot)::text::bigint
       ),
       pg_snapshot_xmax(snapshot)::text::bigint, system_identifier
FROM now, pg_control_system()
"""


class RestoredError(Exception):
    """The database was restored into another cluster since the last seal, whose transaction ids say nothing here."""


class NotRestoredError(Exception):
    """The database still lives in the cluster of its last seal: there is no restore to record."""


@dataclass(frozen=True)
class Moment:
    """Where the cluster is now."""

    horizon: int  # every transaction below, of this database, has ended
    next_transaction: int
    cluster: int


@dataclass
class _Plan:
    """The places at which the seals of a run end, made on top of the seal `head`."""

    head: int
    moment: Moment
    places: list[Position] = field(default_factory=list)


def seal_log(database: str, most: int = MOST_ENTRIES) -> Iterator[AuditSeal]:
    """Seal what is complete since the last seal, at most `most` entries in each; yields each seal once it is committed.

    Two runs at once take turns. One that is killed leaves the seals it yielded.

    Raises:
        RestoredError: the database was restored into another cluster; see `seal_after_restore`.
    """
    plan: _Plan | None = None
    while True:
        with transaction.atomic(using=database, durable=True), connections[database].cursor() as cursor:
            take_turn(cursor)
            head = last_seal(database)
            if plan is None or plan.head != (head.number if head else 0):
                plan = _plan(cursor, head, most)
            seal = _seal_next(database, cursor, head, plan)
        if seal is None:
            return
        plan.head = seal.number
        yield seal


def seal_after_restore(database: str, most: int = MOST_ENTRIES) -> list[AuditSeal]:
    """Record that the database was restored into this cluster, and seal all that was written before now.

    Returns the seals, without their entries.

    Lock: audit_logs against writing, for a moment, so that nothing is under way at the boundary of the eras.

    Raises:
        NotRestoredError: the database was not restored.
    """
    with transaction.atomic(using=database, durable=True), connections[database].cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute("LOCK TABLE public.audit_logs IN SHARE MODE")
        cursor.execute("SELECT clock_timestamp()")
        boundary: datetime = cursor.fetchone()[0]
    with transaction.atomic(using=database, durable=True), connections[database].cursor() as cursor:
        take_turn(cursor)
        head = last_seal(database)
        moment = read_moment(cursor)
        if not _is_restored(cursor, head, moment):
            raise NotRestoredError("The database is in the cluster of its last seal: no restore is to be recorded.")
        chain = _Restore(database, cursor, moment, most, head)
        if head is not None:
            # All that the old cluster had sealed was made up to here. What it wrote in that time but committed later
            # has transaction ids of its own and comes behind the last seal.
            latest = _latest_of_era(database, head)
            chain.close_era(latest)
            chain.begin_era(latest)
        chain.close_era(boundary)
        chain.begin_era(boundary)
        return chain.seals


@dataclass
class _Restore:
    """The seals that lead from the order of one cluster to that of another."""

    database: str
    cursor: Any
    moment: Moment
    most: int
    head: AuditSeal | None
    seals: list[AuditSeal] = field(default_factory=list)

    def close_era(self, until: datetime | None) -> None:
        """Seal the rest of the era, which ends at `until`."""
        start = place_through(self.head) if self.head else BEGINNING
        since = self.head.since if self.head else None
        for place in [*_cuts(self.cursor, Stretch(start, END, since, until), self.most), END]:
            start = place_through(self.head) if self.head else BEGINNING
            entries = read_entries(self.cursor, Stretch(start, place, since, until))
            self._add(_next_seal(self.head, self.moment, place, entries))

    def begin_era(self, since: datetime | None) -> None:
        """Let the order of entries made after `since` start anew."""
        seal = _next_seal(self.head, self.moment, BEGINNING, Entries(b"", 0, None, None))
        seal.kind, seal.after_transaction, seal.after_id = SealKind.RESTORE, *BEGINNING
        seal.era, seal.since = seal.era + 1, since
        self._add(seal)

    def _add(self, seal: AuditSeal) -> None:
        add_seal(self.database, seal)
        seal.entries = b""  # up to 4 MB each, and no longer needed
        self.head = seal
        self.seals.append(seal)


def record_drop(database: str, cursor: Any, start: datetime, end: datetime, count: int) -> AuditSeal:
    """Write into the chain that the partition of [start, end) is dropped with its `count` entries, all of them sealed.

    Runs within the caller's transaction, which has taken its turn.
    """
    head = last_seal(database)
    place = place_through(head) if head else BEGINNING
    seal = _next_seal(head, read_moment(cursor), place, Entries(b"", count, None, None))
    seal.kind, seal.dropped_from, seal.dropped_before = SealKind.RETENTION, start, end
    return add_seal(database, seal)


def take_turn(cursor: Any) -> None:
    """Wait until no other transaction adds to the chain, and keep others waiting to the end of this one."""
    pin_settings(cursor)
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)


def last_seal(database: str) -> AuditSeal | None:
    """The head of the chain, without its entries."""
    return AuditSeal.objects.using(database).defer("entries").order_by("number").last()


def read_moment(cursor: Any) -> Moment:
    """Where the cluster is now. Statements that follow see every transaction below the horizon as it ended."""
    cursor.execute(_ELSEWHERE)
    cursor.execute(_MOMENT, cursor.fetchone())
    return Moment(*cursor.fetchone())


def add_seal(database: str, seal: AuditSeal) -> AuditSeal:
    """Put a seal at the end of the chain."""
    with connections[database].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        seal.sealed_at = cursor.fetchone()[0]
    seal.hash = seal_hash(seal)
    seal.save(using=database, force_insert=True)
    return seal


def _plan(cursor: Any, head: AuditSeal | None, most: int) -> _Plan:
    moment = read_moment(cursor)
    if _is_restored(cursor, head, moment):
        raise RestoredError(
            "The last seal was made in another cluster, or the log has entries of transactions that this one has not "
            "reached: the database was restored. Run verify_audit_log, then seal_audit_log --after-restore."
        )
    start = place_through(head) if head else BEGINNING
    through = last_below(moment.horizon)
    cuts = _cuts(cursor, Stretch(start, through, head.since if head else None), most)
    if cuts:
        # Pages that were written since the last vacuum are in no block range yet; each of the seals would read them.
        cursor.execute(
            "SELECT brin_summarize_new_values(indexrelid) FROM pg_index JOIN pg_class i ON i.oid = indexrelid "
            "JOIN pg_am ON pg_am.oid = i.relam AND amname = 'brin' "
            "WHERE i.relkind = 'i' AND indrelid IN (SELECT relid FROM pg_partition_tree('public.audit_logs'))"
        )
    return _Plan(head.number if head else 0, moment, [*cuts, through])


def _cuts(cursor: Any, stretch: Stretch, most: int) -> list[Position]:
    """The places that cut a stretch into seals of `most` entries, without the end of the last."""
    if stretch.through <= stretch.after:
        return []
    condition, values = stretch.condition()
    cursor.execute(
        "SELECT transaction_id, id FROM (SELECT transaction_id, id, row_number() OVER (ORDER BY transaction_id, id) "  # noqa: S608
        f"AS place, count(*) OVER () AS total FROM public.audit_logs WHERE {condition}) placed "
        "WHERE place %% %s = 0 AND place < total ORDER BY place",
        [*values, most],
    )
    return [Position(*row) for row in cursor.fetchall()]


def _seal_next(database: str, cursor: Any, head: AuditSeal | None, plan: _Plan) -> AuditSeal | None:
    if not plan.places:
        return None
    start, place = place_through(head) if head else BEGINNING, plan.places.pop(0)
    if place <= start:
        return None
    entries = read_entries(cursor, Stretch(start, place, head.since if head else None))
    return add_seal(database, _next_seal(head, plan.moment, place, entries)) if entries.count else None


def _next_seal(head: AuditSeal | None, moment: Moment, place: Position, entries: Entries) -> AuditSeal:
    start = place_through(head) if head else BEGINNING
    return AuditSeal(
        number=head.number + 1 if head else 1,
        kind=SealKind.SEAL,
        format=FORMAT,
        era=head.era if head else 1,
        since=head.since if head else None,
        after_transaction=start.transaction,
        after_id=start.id,
        through_transaction=place.transaction,
        through_id=place.id,
        horizon=moment.horizon,
        cluster=moment.cluster,
        entry_count=entries.count,
        earliest=entries.earliest,
        latest=entries.latest,
        entries=entries.data,
        previous_hash=bytes(head.hash) if head else FIRST_PREVIOUS_HASH,
    )


def _is_restored(cursor: Any, head: AuditSeal | None, moment: Moment) -> bool:
    if head is not None:
        return head.cluster != moment.cluster or moment.next_transaction < head.horizon
    # In one statement: what it sees of the log was all begun before its own snapshot.
    cursor.execute(
        "SELECT max(transaction_id) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint FROM public.audit_logs"
    )
    return bool(cursor.fetchone()[0])


def _latest_of_era(database: str, head: AuditSeal) -> datetime | None:
    seals = AuditSeal.objects.using(database).filter(era=head.era, latest__isnull=False)
    latest = seals.order_by("-latest").values_list("latest", flat=True).first()
    return latest or head.since
