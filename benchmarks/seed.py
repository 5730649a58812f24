r"""How fast does `seed_demo` load, against psql's `\copy` of the same rows into the same indexed tables?

    uv run benchmarks/seed.py [--students 100000] [--runs 5]

Every run loads the demo into a fresh database, and then its rows, exported once to files, by psql into another one.
Both are timed as whole processes, start-up included. Exit status 1 if a bar is missed: 40,000 rows per second, and half
of psql's speed.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg

from benchmarks.measure import RUNS, database_url, manage, median, psql, scratch_database
from demo.desk import COLUMNS

BAR_ROWS, BAR_RATIO = 40_000, 0.5
ORGANISATION = (
    "districts",
    "schools",
    "users",
    "school_assignments",
    "medications",
    "system_configurations",
    "configuration_history",
)
# The order in which seed_demo loads the tables, and in which foreign keys allow it.
TABLES = (*ORGANISATION, *COLUMNS)


def stored_columns(database: str) -> dict[str, str]:
    """The columns of each table but the generated ones, which COPY refuses."""
    with psycopg.connect(database_url(database)) as session:
        found = session.execute(
            "SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) "
            "FROM information_schema.columns WHERE table_schema = 'public' AND is_generated = 'NEVER' "
            "GROUP BY table_name"
        ).fetchall()
    return dict(found)


def count_rows(database: str) -> int:
    """The rows in all of the tables."""
    with psycopg.connect(database_url(database)) as session:
        found = session.execute(" UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in TABLES).encode())
        return sum(count for (count,) in found)


def copy_all(database: str, folder: str, direction: str) -> float:
    r"""`\copy` every table to or from its file, in one session; returns the seconds it took."""
    columns = stored_columns(database)
    script = Path(folder) / f"{direction}.sql"
    script.write_text(
        "\n".join(rf"\copy {table} ({columns[table]}) {direction} '{folder}/{table}'" for table in TABLES)
    )
    return psql(database, "-f", str(script))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    seeds, copies, rows = [], [], 0
    with tempfile.TemporaryDirectory(prefix="whitecross-seed-") as folder, scratch_database() as migrated:
        manage(migrated, "migrate", "--verbosity=0")
        for run in range(1, options.runs + 1):
            with scratch_database(migrated) as seeded:
                seconds = manage(seeded, "seed_demo", f"--students={options.students}", "--as-of=2026-03-03")
                if run == 1:
                    rows = count_rows(seeded)
                    copy_all(seeded, folder, "TO")
                seeds.append(rows / seconds)
            with scratch_database(migrated) as copied:
                copies.append(rows / copy_all(copied, folder, "FROM"))
                assert count_rows(copied) == rows, "psql did not load what seed_demo did"
            load = os.getloadavg()[0]
            print(f"run {run}: seed_demo {seeds[-1]:,.0f}, \\copy {copies[-1]:,.0f} rows per second (load {load:.1f})")
    seed, copy = median(seeds), median(copies)
    print(f"{options.students:,} students, {rows:,} rows, medians of {options.runs}:")
    print(f"  seed_demo   {seed:>9,.0f} rows per second (bar {BAR_ROWS:,})")
    print(f"  psql \\copy  {copy:>9,.0f} rows per second")
    print(f"  ratio       {seed / copy:>9.2f} (bar {BAR_RATIO})")
    return 0 if seed >= BAR_ROWS and seed / copy >= BAR_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
