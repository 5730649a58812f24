"""Audit logs side by side on our health_records: what each costs, and how many of the changes it catches.

    uv run --with django-auditlog==3.4.1 --with django-simple-history==3.13.0 --with django-pghistory==3.9.2 \\
        python -m benchmarks.audit_libraries [--runs 5] [--quick] [--only copy raw_update] [--contenders auditlog]

The libraries are no dependencies of the project; the command brings them for one run. Every contender is a process of
its own, and every operation runs on a fresh copy of its database: our migrated table with its indexes, constraints and
50,000 rows, none of our triggers, and the contender. The contenders take turns. A ratio is the median of a contender's
seconds divided by the median of "nothing", the bare table, in the same run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.audit_libraries_project.contenders import CONTENDERS, EVERY_TRIGGER, NOTHING
from benchmarks.health_records import copy_out, fill, seed_students
from benchmarks.measure import ROOT, RUNS, database_url, environment_of, manage, median, scratch_database

OPERATIONS = {
    "single_inserts": (5_000, "single ORM inserts, a transaction each"),
    "single_inserts_together": (5_000, "single ORM inserts, one transaction"),
    "bulk_create": (50_000, "bulk_create"),
    "queryset_update": (50_000, "QuerySet.update()"),
    "bulk_update": (5_000, "bulk_update"),
    "raw_update": (50_000, "raw SQL UPDATE"),
    "copy": (100_000, "COPY"),
    "delete": (5_000, "QuerySet.delete(), which is soft"),
}
STUDENTS, RECORDS, QUICK = 2_000, 50_000, 10
CLOSE = 1.05  # nearer than this, two contenders are as fast as each other


@dataclass
class Cell:
    """What one contender did in one operation, over all runs."""

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    caught: int = 0
    expected: int = 0
    bytes: int = 0
    absent: str = ""

    @property
    def complete(self) -> bool:
        return not self.absent and self.caught == self.expected

    def add(self, answer: dict[str, Any]) -> None:
        if "absent" in answer:
            self.absent = answer["absent"]
            return
        self.seconds.append(answer["seconds"])
        self.processor.append(answer["processor"])
        self.caught, self.expected, self.bytes = answer["caught"], answer["expected"], answer["bytes"]


class Worker:
    """The process of a contender."""

    def __init__(self, key: str) -> None:
        environment = (
            os.environ
            | environment_of("postgres")
            | {
                "AUDIT_CONTENDER": key,
                "DJANGO_SETTINGS_MODULE": "benchmarks.audit_libraries_project.settings",
            }
        )
        command = [sys.executable, "-m", "benchmarks.audit_libraries_project.worker"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True)

    def ask(self, **task: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"The contender's process ended with status {self.process.wait()}.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self.process.communicate()


def file_for(folder: Path, guarded: bool) -> Path:
    """The file of rows for COPY: without the columns that the guard fills, where it does."""
    return folder / ("guarded" if guarded else "bare")


def prepare(database: str, folder: Path, scale: int) -> None:
    """Our migrated tables with students and records in them, and files of rows for COPY."""
    manage(database, "migrate", "--verbosity=0")
    with psycopg.connect(database_url(database), autocommit=True) as session:
        seed_students(session, STUDENTS)
        fill(session, "health_records", RECORDS // scale)
        for guarded in (False, True):
            copy_out(session, "health_records", OPERATIONS["copy"][0] // scale, file_for(folder, guarded), guarded)
        session.execute("VACUUM ANALYZE")


def vacuum(database: str) -> None:
    with psycopg.connect(database_url(database), autocommit=True) as session:
        session.execute("VACUUM ANALYZE")
        session.execute("CHECKPOINT")


def measure(
    operations: list[str], contenders: list[str], runs: int, scale: int
) -> tuple[dict[tuple[str, str], Cell], dict[str, str]]:
    """A cell per operation and contender, and why a contender does not take part."""
    cells: dict[tuple[str, str], Cell] = {}
    absent: dict[str, str] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whitecross-audit-")))
        base = stack.enter_context(scratch_database())
        prepare(base, folder, scale)
        workers, templates = {}, {}
        for key in contenders:
            worker = Worker(key)
            stack.callback(worker.close)
            database = stack.enter_context(scratch_database(base))
            answer = worker.ask(operation="prepare", database=database)
            if "absent" in answer:
                absent[key] = answer["absent"]
                continue
            vacuum(database)
            workers[key], templates[key] = worker, database
        for operation in operations:
            rows = OPERATIONS[operation][0] // scale
            for run in range(runs):
                turn = list(workers)[run % len(workers) :] + list(workers)[: run % len(workers)]
                for key in turn:
                    cell = cells.setdefault((operation, key), Cell())
                    if cell.absent:
                        continue
                    own_file = file_for(folder, CONTENDERS[key].own_triggers == EVERY_TRIGGER)
                    with scratch_database(templates[key]) as database:
                        answer = workers[key].ask(operation=operation, database=database, rows=rows, file=str(own_file))
                    cell.add(answer)
            print(f"{OPERATIONS[operation][1]}: done (load {os.getloadavg()[0]:.1f})", file=sys.stderr)
    return cells, absent


def report(
    operations: list[str], cells: dict[tuple[str, str], Cell], absent: dict[str, str], runs: int, scale: int
) -> None:
    here = [key for key in CONTENDERS if any((operation, key) in cells for operation in operations)]
    others = [key for key in here if key != NOTHING]
    print(f"\nTimes as ratios to the bare table in the same run, medians of {runs}: of the clock, and of the processor")
    print("time of program and server. In brackets how many changes the log caught, and its bytes for each.\n")
    print("| operation | rows | nothing | " + " | ".join(CONTENDERS[key].title for key in others) + " |")
    print("|---|--:|--:|" + "---|" * len(others))
    for operation in operations:
        rows, title = OPERATIONS[operation]
        bare = cells[operation, NOTHING]
        texts = [_text(cells[operation, key], bare) for key in others]
        print(f"| {title} | {rows // scale:,} | {median(bare.seconds):.2f} s | " + " | ".join(texts) + " |")
    for key, reason in absent.items():
        print(f"\n{CONTENDERS[key].title}: {reason}")
    print("\nWho wins, of those that caught every change:\n")
    for operation in operations:
        print(f"- {OPERATIONS[operation][1]}: {_winner(operation, others, cells)}")


def _text(cell: Cell, bare: Cell) -> str:
    if cell.absent:
        return cell.absent
    ratio = f"{median(cell.seconds) / median(bare.seconds):.2f} x"
    ratio += f", {median(cell.processor) / median(bare.processor):.2f} x"
    if not cell.caught:
        return f"{ratio} (**none**)"
    caught = "all" if cell.complete else f"**{cell.caught:,} of {cell.expected:,}**"
    return f"{ratio} ({caught}, {cell.bytes / cell.caught:,.0f} B)"


def _winner(operation: str, others: list[str], cells: dict[tuple[str, str], Cell]) -> str:
    bare = median(cells[operation, NOTHING].seconds)
    ratios = {key: median(cells[operation, key].seconds) / bare for key in others if not cells[operation, key].absent}
    complete = sorted((key for key in ratios if cells[operation, key].complete), key=lambda key: ratios[key])
    if not complete:
        return "nobody caught them all"
    first = ratios[complete[0]]
    close = [key for key in complete[1:] if ratios[key] <= first * CLOSE]
    text = f"**{CONTENDERS[complete[0]].title}** ({first:.2f} x)"
    if close:
        text += f", as fast: {', '.join(CONTENDERS[key].title for key in close)}"
    missed = [CONTENDERS[key].title for key in ratios if not cells[operation, key].complete]
    return text + (f"; missed changes: {', '.join(missed)}" if missed else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, 2 runs")
    parser.add_argument("--only", nargs="+", choices=OPERATIONS, default=list(OPERATIONS), metavar="OPERATION")
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), metavar="CONTENDER")
    options = parser.parse_args()
    runs, scale = (min(options.runs, 2), QUICK) if options.quick else (options.runs, 1)
    contenders = [NOTHING, *(key for key in options.contenders if key != NOTHING)]
    cells, absent = measure(options.only, contenders, runs, scale)
    report(options.only, cells, absent, runs, scale)
    return 0


if __name__ == "__main__":
    sys.exit(main())
