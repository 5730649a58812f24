"""How much room the pending indexes take, and how much there is."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.preflight.findings import Finding, fine, problem, warning
from core.preflight.pending import IndexToBuild

CHECK = "disk space"
# A build keeps the index, the sorted runs it is made of, and the write-ahead log of all of it.
TIMES_THE_INDEXES = 3
LEAST_FREE = 1024**3

_HEAD = 8 + 4  # of an entry, and the pointer to it in its page
_ALIGNMENT = 8
_FILL = 0.9  # of a page of a B-tree
_UNKNOWN_WIDTH = 32  # bytes of a value nobody has statistics of
_UNKNOWN_ROW = 100

_ROWS = """
SELECT CASE WHEN c.reltuples >= 0 THEN c.reltuples ELSE pg_relation_size(c.oid) / %s END::bigint
FROM pg_class c WHERE c.oid = to_regclass(quote_ident(%s))
"""
_WIDTHS = """
SELECT a.attname::text, coalesce(s.avg_width, CASE WHEN a.attlen > 0 THEN a.attlen END, %s)
FROM pg_attribute a
LEFT JOIN pg_stats s ON s.schemaname = current_schema() AND s.tablename = %s AND s.attname = a.attname
WHERE a.attrelid = to_regclass(quote_ident(%s)) AND a.attname = ANY (%s) AND NOT a.attisdropped
"""
_PLACES = """
SELECT current_setting('data_directory', true)
UNION SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE pg_tablespace_location(oid) <> ''
"""


def check(cursor: Any, indexes: Sequence[IndexToBuild], *, is_this_machine: bool) -> Iterator[Finding]:
    """Compare what the pending indexes need with what is free where the server keeps its files."""
    size = sum(estimated_bytes(cursor, index) for index in indexes)
    needed = size * TIMES_THE_INDEXES
    count = f"{len(indexes)} pending {'index' if len(indexes) == 1 else 'indexes'}"
    wanted = f"{count}, about {megabytes(size)}, and {megabytes(needed)} while they are built"
    free = _free_bytes(cursor) if is_this_machine else None
    if free is None:
        yield warning(
            CHECK,
            f"not known from here; {wanted}",
            f"Make sure that the server's data directory has {megabytes(needed + LEAST_FREE)} free.",
        )
    elif free < needed:
        yield problem(
            CHECK, f"{megabytes(free)} free; {wanted}", f"Make room for {megabytes(needed - free)} more, then migrate."
        )
    elif free < needed + LEAST_FREE:
        yield warning(
            CHECK, f"{megabytes(free)} free; {wanted}", "Make room: a server whose disk is full stops and must recover."
        )
    else:
        yield fine(CHECK, f"{megabytes(free)} free; {wanted}")


def estimated_bytes(cursor: Any, index: IndexToBuild) -> int:
    """Size of the index once it is built, rather too much than too little: as if every row and value were in it.

    0 if the table does not exist yet. Reads the planner's statistics and no row.
    """
    cursor.execute(_ROWS, [_UNKNOWN_ROW, index.table])
    found = cursor.fetchone()
    if found is None:
        return 0
    cursor.execute(_WIDTHS, [_UNKNOWN_WIDTH, index.table, index.table, list(index.columns)])
    widths = dict(cursor.fetchall())
    width = sum(widths.get(column, _UNKNOWN_WIDTH) for column in index.columns)
    if index.method == "gin":  # words, each once, and a few bytes for each row that has one
        return int(found[0] * max(width, _UNKNOWN_WIDTH))
    aligned = -(-width // _ALIGNMENT) * _ALIGNMENT
    return int(found[0] * (_HEAD + aligned) / _FILL)


def megabytes(count: int) -> str:
    """A number of bytes for people, in whole megabytes of 1,048,576."""
    return f"{-(-count // 1024**2):,} MB"


def _free_bytes(cursor: Any) -> int | None:
    """The least that is free where the server keeps files; None if this login or this machine cannot tell."""
    cursor.execute("SELECT pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')")
    if not cursor.fetchone()[0]:
        return None
    cursor.execute(_PLACES)
    places = [Path(place) for (place,) in cursor.fetchall() if place]
    try:
        found = [os.statvfs(place) for place in places]
    except OSError:
        return None
    return min((place.f_bavail * place.f_frsize for place in found), default=None)
