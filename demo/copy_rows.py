"""Rows of one table as the text that PostgreSQL's COPY reads.

Values are joined by control characters that no value of ours holds, and a whole block is then escaped and put into
COPY's form by a handful of `str.replace`: escaping each value by itself costs four times as much.
"""

import json
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

# PostgreSQL's text cannot hold a NUL, so no value can be mistaken for a null.
NULL = "\x00"
_UNIT, _RECORD = "\x1f", "\x1e"
_COUNTERS = tuple(f"{number:03x}" for number in range(4096))

# Each part of the work has this many milliseconds of keys to itself: 4096 keys each, per table.
KEY_MILLISECONDS = 16


class CopyRows:
    """Rows of one table, in the order of `columns`, each with a key."""

    def __init__(self, table: str, columns: str, keys: Iterator[str], *, ending: str = "") -> None:
        """Rows that all end in the same value give it as `ending`; its column is the last of `columns`."""
        self.table = table
        self.columns = tuple(columns.split())
        self._ending = _UNIT + ending if ending else ""
        self.new_key = keys.__next__
        self._lines: list[str] = []

    def add(self, *values: object) -> None:
        """Add a row: one value per column, `NULL` for a null."""
        self._lines.append(_UNIT.join(map(str, values)) + self._ending)

    def __len__(self) -> int:
        return len(self._lines)

    def block(self) -> bytes:
        """The rows so far, ready for COPY."""
        if not self._lines:
            return b""
        text = _RECORD.join(self._lines) + _RECORD
        text = text.replace("\\", r"\\").replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")
        return text.replace(_UNIT, "\t").replace(_RECORD, "\n").replace(NULL, r"\N").encode()


def time_ordered_keys(millisecond: int, random: Random) -> Iterator[str]:
    """Keys in the form of UUID version 7 that ascend from a millisecond on; the same ones for the same arguments.

    The 12 bits behind the version count (RFC 9562, section 6.2, method 1), so that each key is greater than the last.
    """
    tail = f"{0x8000 | random.getrandbits(14):04x}-{random.getrandbits(48):012x}"
    while True:
        head = f"{millisecond >> 16:08x}-{millisecond & 0xFFFF:04x}-7"
        for counter in _COUNTERS:
            yield f"{head}{counter}-{tail}"
        millisecond += 1


def array(items: Iterable[str]) -> str:
    """A PostgreSQL array literal of texts."""
    return "{" + ",".join(json.dumps(item, ensure_ascii=False) for item in items) + "}"


def document(value: dict[str, Any]) -> str:
    """A jsonb literal."""
    return json.dumps(value, ensure_ascii=False)
