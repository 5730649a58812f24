"""What a seal is made of: the order of entries, their digests, and the hash that ties a seal to the one before.

Entries stand in the order (transaction_id, id). Seals cover that order without a gap, each from where the one before
ended. For every entry a seal keeps its id, its created_at and the first 16 bytes of its SHA-256, so that a difference
names the entry. The digest's expression stands here and not in a function of the database, which those could replace
against whom the seals are kept.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from audit.models import AuditSeal

FORMAT = 1
MOST_ENTRIES = 100_000
FIRST_PREVIOUS_HASH = bytes(32)

# id, created_at, digest
_ID, _MOMENT, ENTRY_BYTES = 16, 24, 40
_YEAR_2000 = datetime(2000, 1, 1, tzinfo=UTC)

# Every column, as text that no setting but DateStyle changes. old_row stands behind the row, which saves quoting it:
# the text of a row ends at its own closing parenthesis, and that of a jsonb is never empty, so no two entries share it.
_ENTRY = """
uuid_send(id) || timestamptz_send(created_at) || substring(sha256(convert_to(ROW(
    id, created_at AT TIME ZONE 'UTC', transaction_id, user_id, action, entity_type, entity_id, school_id, student_id,
    student_ids, row_count, ip_address, user_agent, request_id, reason, source
)::text || coalesce(old_row::text, ''), 'UTF8')) FROM 1 FOR 16)
"""

# A moment beyond the calendar of Python is sealed as well; only the bounds of the seal stay within.
_BOUND = "least(greatest({}, '1900-01-01 00:00+00'), '2199-12-31 00:00+00')"

# Sorted below the aggregate, so that parallel workers do the digests; the aggregate's own order costs nothing then.
_ENTRIES = f"""
SELECT coalesce(string_agg(entry, ''::bytea ORDER BY transaction_id, id), ''::bytea), count(*),
       {_BOUND.format("min(created_at)")}, {_BOUND.format("max(created_at)")}
FROM (
    SELECT transaction_id, id, created_at, {_ENTRY} AS entry
    FROM public.audit_logs
    WHERE {{condition}}
    ORDER BY transaction_id, id
) sealed
"""  # noqa: S608 - fragments of this module; values are parameters

_SETTINGS = {
    "search_path": "pg_catalog, public",  # no function of anybody's stands in for one of PostgreSQL's
    "row_security": "off",  # an error, rather than a part of the log taken for the whole
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "jit": "off",
    "work_mem": "64MB",
    "max_parallel_workers_per_gather": "2",
    "min_parallel_table_scan_size": "0",
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
}


class Position(NamedTuple):
    """A place in the order of entries."""

    transaction: int
    id: UUID


BEGINNING = Position(0, UUID(int=0))
END = Position(2**63 - 1, UUID(int=2**128 - 1))


def last_below(horizon: int) -> Position:
    """The last place of the transactions below a horizon."""
    return Position(horizon - 1, END.id)


@dataclass(frozen=True)
class Stretch:
    """A part of the order: entries after one place up to another, made in (since, until]; None is no bound."""

    after: Position
    through: Position
    since: datetime | None = None
    until: datetime | None = None

    def condition(self) -> tuple[str, list[Any]]:
        """The stretch as a WHERE condition on audit_logs, with its parameters."""
        # The block-range index reads transaction_id and id alone, not the pair; within one transaction id tells.
        parts = [
            "transaction_id BETWEEN %s AND %s AND (transaction_id, id) > (%s, %s) AND (transaction_id, id) <= (%s, %s)"
        ]
        values: list[Any] = [self.after.transaction, self.through.transaction, *self.after, *self.through]
        if self.after.transaction == self.through.transaction:
            parts.append("id > %s AND id <= %s")
            values += [self.after.id, self.through.id]
        if self.since is not None:
            parts.append("created_at > %s")
            values.append(self.since)
        if self.until is not None:
            parts.append("created_at <= %s")
            values.append(self.until)
        return " AND ".join(parts), values


@dataclass(frozen=True)
class Entries:
    """The entries of a stretch as the log has them now."""

    data: bytes
    count: int
    earliest: datetime | None
    latest: datetime | None


class Entry(NamedTuple):
    """An entry as a seal keeps it."""

    id: UUID
    created_at: bytes
    digest: bytes


def pin_settings(cursor: Any) -> None:
    """Fix, to the end of the transaction, what digests and plans depend on."""
    names = ", ".join(["set_config(%s, %s, true)"] * len(_SETTINGS))
    cursor.execute(f"SELECT {names}", [part for setting in _SETTINGS.items() for part in setting])


def read_entries(cursor: Any, stretch: Stretch) -> Entries:
    """Digest the entries of a stretch: one query, and 40 bytes in memory for each of them."""
    condition, values = stretch.condition()
    cursor.execute(_ENTRIES.format(condition=condition), values)
    data, count, earliest, latest = cursor.fetchone()
    return Entries(bytes(data), count, earliest, latest)


def split_entries(data: bytes) -> list[Entry]:
    """The entries that a seal keeps, in order."""
    return [
        Entry(UUID(bytes=data[at : at + _ID]), data[at + _ID : at + _MOMENT], data[at + _MOMENT : at + ENTRY_BYTES])
        for at in range(0, len(data) - len(data) % ENTRY_BYTES, ENTRY_BYTES)
    ]


def moment_bytes(moment: datetime) -> bytes:
    """A moment as a seal keeps it; those from the year 2000 on compare as the moments do."""
    return ((moment - _YEAR_2000) // timedelta(microseconds=1)).to_bytes(8, "big", signed=True)


def count_between(data: bytes, start: datetime, end: datetime) -> int:
    """How many of the sealed entries were made in [start, end)."""
    first, behind = moment_bytes(start), moment_bytes(end)
    return sum(first <= data[at + _ID : at + _MOMENT] < behind for at in range(0, len(data), ENTRY_BYTES))


def place_after(seal: AuditSeal) -> Position:
    return Position(seal.after_transaction, seal.after_id)


def place_through(seal: AuditSeal) -> Position:
    return Position(seal.through_transaction, seal.through_id)


_HASHED_COLUMNS = (
    *("format", "number", "kind", "sealed_at", "era", "since", "after_transaction", "after_id", "through_transaction"),
    *("through_id", "horizon", "cluster", "entry_count", "earliest", "latest", "dropped_from", "dropped_before"),
)


def seal_hash(seal: AuditSeal) -> bytes:
    """The hash that the seal should bear."""
    header = "".join(f"{name}={_text(getattr(seal, name))}\n" for name in _HASHED_COLUMNS)
    return hashlib.sha256(bytes(seal.previous_hash) + header.encode() + bytes(seal.entries)).digest()


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return "" if value is None else str(value)


class NotAnAnchorError(Exception):
    """A text is not an anchor."""


class Anchor(NamedTuple):
    """The head of the chain at some time, kept where the database's owner cannot reach it."""

    number: int
    hash: bytes
    sealed_at: str

    @classmethod
    def of(cls, seal: AuditSeal) -> "Anchor":
        return cls(seal.number, bytes(seal.hash), _text(seal.sealed_at))

    @classmethod
    def parse(cls, line: str) -> "Anchor":
        """Read the line that `str()` gives.

        Raises:
            NotAnAnchorError: it is another text.
        """
        found = re.fullmatch(r"white-cross-audit ([0-9]{1,18}) ([0-9a-f]{64}) (\S+)", line.strip())
        if found is None:
            raise NotAnAnchorError("An anchor is a line such as: white-cross-audit 12 <64 hexadecimal digits> <time>.")
        return cls(int(found[1]), bytes.fromhex(found[2]), found[3])

    def __str__(self) -> str:
        return f"white-cross-audit {self.number} {self.hash.hex()} {self.sealed_at}"
