"""How long a fresh migrate and one with nothing to do take.

    uv run python -m benchmarks.migrate

Baselines of the same run: psql replaying this schema's own dump in autocommit, and `manage.py check` (start-up).
Medians of 5, taken in turn, each with the least and the most. Exit status 1 if a bar is missed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import RUNS, binaries, database_url, manage, median, psql, scratch_database

FRESH_BAR, IDLE_BAR = 3.0, 1.3


def main() -> int:
    check, fresh, idle, replay = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "schema.sql"
        for _ in range(RUNS):
            with scratch_database() as migrated:
                check.append(manage(migrated, "check"))
                fresh.append(manage(migrated, "migrate", "--verbosity", "0"))
                idle.append(manage(migrated, "migrate", "--verbosity", "0"))
                if not dump.exists():
                    pg_dump = [str(binaries() / "pg_dump"), "--no-owner", "--file", str(dump), database_url(migrated)]
                    subprocess.run(pg_dump, check=True)
            with scratch_database() as replayed:
                replay.append(psql(replayed, "--output", "/dev/null", "--file", str(dump)))

    for name, times in (
        ("manage.py check (start-up)", check),
        ("migrate, fresh", fresh),
        ("migrate, nothing to do", idle),
        ("psql replaying the dump", replay),
    ):
        print(f"{name:<28}{median(times):7.2f} s   ({min(times):.2f} to {max(times):.2f})")
    ratio = (median(fresh) - median(check)) / median(replay)
    print(f"\nfresh migrate less start-up, against the replay: {ratio:.2f} x (bar: {FRESH_BAR})")
    idle_ratio = median(idle) / median(check)
    print(f"migrate with nothing to do, against check:       {idle_ratio:.2f} x (bar: {IDLE_BAR})")
    return 0 if ratio <= FRESH_BAR and idle_ratio <= IDLE_BAR else 1


if __name__ == "__main__":
    sys.exit(main())
