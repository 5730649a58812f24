"""Recompute the chain of seals from the audit log, and name every difference."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from audit.chain import (
    BEGINNING,
    ENTRY_BYTES,
    FIRST_PREVIOUS_HASH,
    FORMAT,
    Anchor,
    Entry,
    Stretch,
    moment_bytes,
    pin_settings,
    place_after,
    place_through,
    read_entries,
    seal_hash,
    split_entries,
)
from audit.models import AuditSeal, SealKind
from audit.months import Month

MOST_NAMED = 100  # entries named of one seal; the rest is counted


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it was sealed."""

    kind: str  # changed, removed, added, seal altered, seal removed, chain broken, partition, retention or anchor
    seal: int | None
    entry: str | None
    problem: str

    def __str__(self) -> str:
        seal = f"seal {self.seal}: " if self.seal is not None else ""
        entry = f"entry {self.entry}: " if self.entry is not None else ""
        return f"{self.kind}: {seal}{entry}{self.problem}"


@dataclass
class Drop:
    """A partition that the chain says was dropped past its age."""

    number: int
    sealed_at: datetime
    start: datetime
    end: datetime
    count: int
    missing: int = 0

    def __post_init__(self) -> None:
        self.first, self.behind = moment_bytes(self.start), moment_bytes(self.end)

    def covers(self, seal: AuditSeal, entry: Entry) -> bool:
        return self.number > seal.number and self.first <= entry.created_at < self.behind

    def __str__(self) -> str:
        start, end = (moment.astimezone(UTC).date() for moment in (self.start, self.end))
        return f"seal {self.number} records that {self.count:,} entries of {start} to {end} were dropped"


@dataclass
class Verification:
    """What was looked at, and what was found."""

    seals: int = 0
    entries: int = 0
    drops: list[Drop] = field(default_factory=list)
    unsealed: int = 0
    head: Anchor | None = None
    problems: list[Problem] = field(default_factory=list)

    def add(self, kind: str, seal: int | None, entry: UUID | None, problem: str) -> None:
        self.problems.append(Problem(kind, seal, str(entry) if entry else None, problem))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "ok": not self.problems,
            "seals": self.seals,
            "entries": self.entries,
            "drops": [str(drop) for drop in self.drops],
            "unsealed": self.unsealed,
            "head": str(self.head) if self.head else None,
            "problems": [asdict(problem) for problem in self.problems],
        }


def verify_log(database: str, anchors: Sequence[Anchor] = (), retention_months: int | None = None) -> Verification:
    """Check every seal and every sealed entry, as of one moment. Changes nothing; holds one seal in memory at once.

    With `retention_months`, a recorded drop of entries that were younger is a problem too.
    """
    with _one_moment(database) as cursor:
        checker = _Checker(database, cursor)
        checker.check_chain({anchor.number: anchor for anchor in anchors})
        checker.check_anchors(anchors)
        checker.check_drops(retention_months)
        checker.check_partitions()
        return checker.found


def verify_between(database: str, cursor: Any, start: datetime, end: datetime) -> Verification:
    """Check the seals with entries of [start, end), within the caller's transaction, whose settings it pins."""
    pin_settings(cursor)
    checker = _Checker(database, cursor)
    numbers = AuditSeal.objects.using(database).filter(earliest__lt=end, latest__gte=start)
    for number in numbers.order_by("number").values_list("number", flat=True):
        checker.check_seal(AuditSeal.objects.using(database).get(number=number))
    return checker.found


@contextmanager
def _one_moment(database: str) -> Iterator[Any]:
    """A transaction that sees the database as of its start: what is sealed or dropped meanwhile disturbs nothing."""
    with transaction.atomic(using=database, durable=True), connections[database].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        pin_settings(cursor)
        yield cursor


class _Checker:
    def __init__(self, database: str, cursor: Any) -> None:
        self.seals = AuditSeal.objects.using(database)
        self.cursor = cursor
        self.found = Verification()
        self.drops = [
            Drop(seal.number, seal.sealed_at, seal.dropped_from, seal.dropped_before, seal.entry_count)
            for seal in self.seals.filter(kind=SealKind.RETENTION).defer("entries").order_by("number")
            if seal.dropped_from is not None and seal.dropped_before is not None
        ]
        # An era ends where the next one begins.
        begins = dict(self.seals.filter(kind=SealKind.RESTORE).values_list("era", "since"))
        self.until_of_era = {era - 1: since for era, since in begins.items()}

    def check_chain(self, anchors: dict[int, Anchor]) -> None:
        """Check the seals in order, each against the one before and against its entries."""
        previous: AuditSeal | None = None
        # One seal at a time: each holds up to 4 MB.
        while (
            seal := self.seals.filter(number__gt=previous.number if previous else 0).order_by("number").first()
        ) is not None:
            self._check_link(previous, seal)
            self.check_seal(seal)
            anchor = anchors.get(seal.number)
            if anchor is not None and anchor.hash != bytes(seal.hash):
                self.found.add("anchor", seal.number, None, "is not the seal of the anchor: the chain was rewritten")
            seal.entries = b""
            previous = seal
        if previous is not None:
            self.found.head = Anchor.of(previous)
        self._count_unsealed(previous)

    def check_seal(self, seal: AuditSeal) -> None:
        """Check a seal against its own hash, and the entries in its stretch against the seal."""
        self.found.seals += 1
        if seal.format != FORMAT:
            self.found.add("seal altered", seal.number, None, f"has the unknown format {seal.format}")
            return
        if seal_hash(seal) != bytes(seal.hash):
            self.found.add("seal altered", seal.number, None, "does not have the hash of what it holds")
        sealed = bytes(seal.entries)
        expected_count = 0 if seal.kind == SealKind.RETENTION else seal.entry_count
        if len(sealed) != expected_count * ENTRY_BYTES:
            self.found.add("seal altered", seal.number, None, f"does not hold the {expected_count:,} entries it counts")
        stretch = Stretch(place_after(seal), place_through(seal), seal.since, self.until_of_era.get(seal.era))
        present = b"" if stretch.through <= stretch.after else read_entries(self.cursor, stretch).data
        self.found.entries += len(present) // ENTRY_BYTES
        if present != sealed:
            self._name_differences(seal, sealed, present)

    def check_anchors(self, anchors: Sequence[Anchor]) -> None:
        """Check that the chain reaches as far as the anchors."""
        for anchor in anchors:
            if not self.seals.filter(number=anchor.number).exists():
                self.found.add(
                    "anchor",
                    anchor.number,
                    None,
                    "is missing, and the anchor names it: seals were removed from the end",
                )

    def check_drops(self, retention_months: int | None) -> None:
        """Check that each dropped partition took along just what the chain says, and was old enough."""
        self.found.drops = self.drops
        for drop in self.drops:
            if retention_months and drop.end > Month.of(drop.sealed_at).plus(-retention_months).start:
                self.found.add(
                    "retention", drop.number, None, f"records a drop of entries younger than {retention_months} months"
                )
            if drop.missing != drop.count:
                self.found.add(
                    "retention",
                    drop.number,
                    None,
                    f"says that {drop.count:,} entries were dropped; {drop.missing:,} are missing",
                )

    def check_partitions(self) -> None:
        """Look for months of the log that stand beside it."""
        self.cursor.execute(
            r"SELECT relname::text FROM pg_class WHERE relkind = 'r' AND NOT relispartition "
            r"AND relnamespace = 'public'::regnamespace AND relname ~ '^audit_logs_([0-9]{4}_[0-9]{2}|default)$'"
            " ORDER BY 1"
        )
        for (table,) in self.cursor.fetchall():
            self.found.add("partition", None, None, f"the table {table} is not attached to audit_logs")

    def _check_link(self, previous: AuditSeal | None, seal: AuditSeal) -> None:
        expected = previous.number + 1 if previous else 1
        if seal.number != expected:
            for number in range(expected, min(seal.number, expected + MOST_NAMED)):
                self.found.add("seal removed", number, None, "is missing from the chain")
            return  # what tied them is gone with it
        if bytes(seal.previous_hash) != (bytes(previous.hash) if previous else FIRST_PREVIOUS_HASH):
            self.found.add("chain broken", seal.number, None, "does not follow from the seal before")
        begins_anew = seal.kind == SealKind.RESTORE and seal.era == (previous.era if previous else 1) + 1
        start = BEGINNING if begins_anew or previous is None else place_through(previous)
        era = seal.era if begins_anew else previous.era if previous else 1
        if place_after(seal) != start or seal.era != era:
            self.found.add("chain broken", seal.number, None, "does not begin where the seal before ended")

    def _count_unsealed(self, head: AuditSeal | None) -> None:
        if head is None:
            self.cursor.execute("SELECT count(*) FROM public.audit_logs")
        else:
            after = place_through(head)
            since = "" if head.since is None else " AND created_at > %s"
            self.cursor.execute(
                "SELECT count(*) FROM public.audit_logs WHERE transaction_id >= %s "  # noqa: S608
                f"AND (transaction_id, id) > (%s, %s){since}",
                [after.transaction, *after, *([] if head.since is None else [head.since])],
            )
        (self.found.unsealed,) = self.cursor.fetchone()

    def _name_differences(self, seal: AuditSeal, sealed: bytes, present: bytes) -> None:
        before = {entry.id: entry for entry in split_entries(sealed)}
        now = {entry.id: entry for entry in split_entries(present)}
        removed = [entry for key, entry in before.items() if key not in now and not self._was_dropped(seal, entry)]
        elsewhere = self._still_there([entry.id for entry in removed[:MOST_NAMED]])
        self._name(
            seal,
            "removed",
            [
                (entry.id, "was changed in its place, transaction_id or created_at", "changed")
                if entry.id in elsewhere
                else (entry.id, "is no longer in the log", "removed")
                for entry in removed
            ],
        )
        self._name(
            seal,
            "added",
            [(key, "was not there when its place was sealed", "added") for key in now if key not in before],
        )
        changed = [key for key, entry in before.items() if key in now and now[key] != entry]
        self._name(seal, "changed", [(key, "is not what was sealed", "changed") for key in changed])
        if len(now) * ENTRY_BYTES != len(present):
            self.found.add("added", seal.number, None, "an id stands in the log more than once")

    def _name(self, seal: AuditSeal, kind: str, entries: list[tuple[UUID, str, str]]) -> None:
        for entry, problem, own_kind in entries[:MOST_NAMED]:
            self.found.add(own_kind, seal.number, entry, problem)
        if len(entries) > MOST_NAMED:
            self.found.add(kind, seal.number, None, f"and {len(entries) - MOST_NAMED:,} more entries")

    def _was_dropped(self, seal: AuditSeal, entry: Entry) -> bool:
        for drop in self.drops:
            if drop.covers(seal, entry):
                drop.missing += 1
                return True
        return False

    def _still_there(self, entries: list[UUID]) -> set[UUID]:
        if not entries:
            return set()
        self.cursor.execute("SELECT id FROM public.audit_logs WHERE id = ANY(%s)", [entries])
        return {row[0] for row in self.cursor.fetchall()}
