"""What the guard (stamps, filing, audit) costs those who write: with it and without it, taking turns in one run.

    uv run python -m benchmarks.guard [--runs 5] [--only copy update] [--scale 0.1] [--parts]

"off" is the migrated table with its indexes, constraints and foreign keys, and ALTER TABLE ... DISABLE TRIGGER USER;
"on" is the table as migrated. Each is taken on a fresh copy of a prepared database. In "on" the ORM acts as a nurse,
under her role and its row security, where a line says so; raw SQL and COPY run as the owner. The ratio of processor
time, of program and server, stands beside that of the clock, which other work on the machine disturbs; the bars are
for the clock. `--parts` says what each kind of trigger costs alone. Exit status 1 if a bar is missed.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.health_records import copy_in, copy_out, fill, seed_students, stored_columns, unsaved_records
from benchmarks.measure import RUNS, database_url, environment_of, manage, median, processor_seconds, scratch_database

STUDENTS = 20_000
OFF, ON = "off", "on"
# Which part of the guard a trigger is, by its name. The others file the row under its school and student.
PARTS = {"audit": ("_audit_",), "stamps": ("_stamp",), "deletion": ("delet", "purge", "truncate")}
FILING = "filing"
BAR_INSERT, BAR_COPY, BAR_UPDATE, BAR_DECLARE = 1.25, 1.6, 3.0, 1.0
REQUESTS = 2_000
SCHOOL, NURSE = "S1", "nurse@example.org"
ADD_NURSE = f"""
INSERT INTO users (email, password, first_name, last_name, role, school_id, district_id)
SELECT '{NURSE}', '!', 'Benchmark', 'Nurse', 'NURSE', id, district_id FROM schools WHERE code = '{SCHOOL}'
"""
ONE_COLUMN = "UPDATE {table} SET notes = notes || ' Changed.'"
# Every column of a health record that its author writes.
ALL_COLUMNS = """
UPDATE {table} SET
    record_type = 'OTHER', title = title || '!', description = description || '!',
    record_date = record_date + interval '1 day', provider = 'Other', provider_npi = '1234567890', facility = 'Other',
    facility_npi = '1234567890', diagnosis = 'Other', diagnosis_code = 'J45.909', treatment = 'Other',
    follow_up_required = true, follow_up_date = '2026-02-02', follow_up_completed = true, attachments = '{{a.pdf}}',
    metadata = '{{"room": 1}}', is_confidential = true, notes = notes || '!'
"""


@dataclass(frozen=True)
class Place:
    """Where a measure runs: Django's session in a copy of the prepared database."""

    session: psycopg.Connection[Any]
    table: str
    rows: int
    file: Path
    guarded: bool  # whether the guard fills its columns
    declared: bool  # whether the nurse acts

    def nurse(self) -> Callable[[], AbstractContextManager[object]]:
        """What a request of the nurse is wrapped in; a mere transaction without the guard, or without actors."""
        from django.db import transaction  # noqa: PLC0415 - after Django's setup

        from core.models import User  # noqa: PLC0415 - after the settings

        acting_as = _acting_as() if self.declared else None
        if acting_as is None:
            return transaction.atomic
        user = User.objects.get(email=NURSE)
        return lambda: acting_as(user, source="web")


Work = Callable[[], object]


def single_inserts(place: Place, each: bool, acts: bool) -> Work:
    """Inserts by the ORM: in a transaction each or in one, by the owner or by the nurse."""
    from django.db import transaction  # noqa: PLC0415 - after the settings

    records = list(unsaved_records(place.rows, place.guarded, SCHOOL))
    request = place.nurse() if acts else transaction.atomic

    def work() -> None:
        with nullcontext() if each else request():
            for record in records:
                with request() if each else nullcontext():
                    record.save()

    return work


def bulk_create(place: Place) -> Work:
    from health.models import HealthRecord  # noqa: PLC0415 - after the settings

    records = list(unsaved_records(place.rows, place.guarded, SCHOOL))
    request = place.nurse()

    def work() -> None:
        with request():
            HealthRecord.objects.bulk_create(records)

    return work


def copy(place: Place) -> Work:
    """A bulk load that brings along the school of each row, which the database then checks."""
    columns = stored_columns(place.session, place.table, guarded=False)
    return lambda: copy_in(place.session, place.table, columns, place.file.with_name(OFF))


def copy_unfiled(place: Place) -> Work:
    """A bulk load that leaves the school to the database, which then looks it up for each row."""
    columns = stored_columns(place.session, place.table, place.guarded)
    return lambda: copy_in(place.session, place.table, columns, place.file)


def update(place: Place, statement: str) -> Work:
    return lambda: place.session.execute(statement.format(table=place.table).encode())


@dataclass(frozen=True)
class Measure:
    """Something to time. `work` gets ready what is not to be timed, and returns what is."""

    title: str
    rows: int
    work: Callable[[Place], Work]
    bar: float | None
    table: str = "health_records"
    filled: bool = False  # whether the table holds the rows beforehand


MEASURES = {
    "insert_each": Measure(
        "single ORM inserts, a transaction each", 20_000, lambda place: single_inserts(place, True, False), BAR_INSERT
    ),
    "insert_request": Measure(
        "the same, the nurse declared in each", 20_000, lambda place: single_inserts(place, True, True), None
    ),
    "insert_one": Measure(
        "single ORM inserts, one transaction of the nurse",
        20_000,
        lambda place: single_inserts(place, False, True),
        BAR_INSERT,
    ),
    "bulk_create": Measure("bulk_create by the nurse", 100_000, bulk_create, BAR_INSERT),
    "copy": Measure("COPY", 1_000_000, copy, BAR_COPY),
    "copy_unfiled": Measure("COPY, the school left out", 1_000_000, copy_unfiled, None),
    "copy_vital_signs": Measure("COPY", 1_000_000, copy, BAR_COPY, table="vital_signs"),
    "update": Measure(
        "raw UPDATE of one column", 100_000, lambda place: update(place, ONE_COLUMN), BAR_UPDATE, filled=True
    ),
    "update_columns": Measure(
        "raw UPDATE of 18 columns", 100_000, lambda place: update(place, ALL_COLUMNS), BAR_UPDATE, filled=True
    ),
    "update_vital_signs": Measure(
        "raw UPDATE of one column",
        100_000,
        lambda place: update(place, ONE_COLUMN),
        BAR_UPDATE,
        table="vital_signs",
        filled=True,
    ),
}
TABLES = sorted({measure.table for measure in MEASURES.values()})


@dataclass
class Times:
    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def part_of(trigger: str) -> str:
    """The part of the guard that a trigger is."""
    return next((part for part, signs in PARTS.items() if any(sign in trigger for sign in signs)), FILING)


def triggers_of(session: psycopg.Connection[Any], table: str) -> dict[str, list[str]]:
    """The table's triggers by part."""
    found = session.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal ORDER BY tgname", [table]
    ).fetchall()
    parts: dict[str, list[str]] = {}
    for (name,) in found:
        parts.setdefault(part_of(name), []).append(name)
    return parts


def take(measure: Measure, side: str, template: str, folder: Path, rows: int) -> tuple[float, float]:
    """Seconds by the clock, and of processors (program and server), of one measure on a fresh copy of a database."""
    from django.db import connection  # noqa: PLC0415 - after the settings

    with scratch_database(template) as database:
        connection.settings_dict["NAME"] = database
        connection.ensure_connection()
        session: Any = connection.connection
        try:
            if side != ON:
                session.execute(f"ALTER TABLE {measure.table} DISABLE TRIGGER USER")
                for name in triggers_of(session, measure.table).get(side, []):
                    session.execute(f'ALTER TABLE {measure.table} ENABLE TRIGGER "{name}"')
            work = measure.work(
                Place(session, measure.table, rows, folder / side_file(side), side in (ON, FILING), side == ON)
            )
            # Both sides begin with what they read in memory, and with nothing left to be written.
            session.execute(f"SELECT (SELECT count(*) FROM students), (SELECT count(*) FROM {measure.table})")
            session.execute("CHECKPOINT")
            processor, started = processor_seconds(session), time.perf_counter()
            work()
            return time.perf_counter() - started, processor_seconds(session) - processor
        finally:
            connection.close()


def prepare(database: str, rows: dict[str, int]) -> dict[str, dict[str, list[str]]]:
    """Migrate, and add students, the nurse and so many rows; returns the triggers of the measured tables by part."""
    manage(database, "migrate", "--verbosity=0")
    with psycopg.connect(database_url(database), autocommit=True) as session:
        seed_students(session, STUDENTS)
        session.execute(ADD_NURSE.encode())
        for table, number in rows.items():
            fill(session, table, number)
        session.execute("VACUUM ANALYZE")
        return {table: triggers_of(session, table) for table in TABLES}


def side_file(side: str) -> str:
    """The file of rows for COPY: without the columns that the guard fills, where it does."""
    return ON if side in (ON, FILING) else OFF


def copy_files(template: str, table: str, rows: int, folder: Path) -> None:
    """Rows for COPY, of the students of a database, without leaving anything in it."""
    with scratch_database(template) as database, psycopg.connect(database_url(database), autocommit=True) as session:
        fill(session, table, min(rows, 100_000))
        for side in (OFF, ON):
            copy_out(session, table, rows, folder / side_file(side), side == ON)


def measure_all(keys: list[str], runs: int, scale: float, parts: bool) -> bool:
    """Measure and print; returns whether every bar was held."""
    held = True
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whitecross-guard-")))
        empty = stack.enter_context(scratch_database())
        triggers = prepare(empty, {})
        filled = ""
        for table, found in triggers.items():
            print(f"{table}: " + ("; ".join(f"{part}: {', '.join(names)}" for part, names in found.items()) or "none"))
        if _acting_as() is None:
            print("There is no core.acting yet: nobody is declared.")
        print(f"\n| measure | rows | off | on | ratio | of processor time | bar | |\n|{'---|' * 8}")
        for key in keys:
            measure = MEASURES[key]
            rows = max(1, int(measure.rows * scale))
            template = empty
            if measure.filled:
                if not filled:
                    filled = stack.enter_context(scratch_database())
                    prepare(filled, dict.fromkeys(TABLES, rows))
                template = filled
            elif measure.work is copy:
                copy_files(empty, measure.table, rows, folder)
            sides = [OFF, ON, *(triggers[measure.table] if parts else [])]
            times = {side: Times() for side in sides}
            for run in range(runs):
                for side in sides[run % len(sides) :] + sides[: run % len(sides)]:
                    clock, processor = take(measure, side, template, folder, rows)
                    times[side].clock.append(clock)
                    times[side].processor.append(processor)
            held &= _print(f"{measure.table}: {measure.title}", rows, measure.bar, times)
    return held


def _print(title: str, rows: int, bar: float | None, times: dict[str, Times]) -> bool:
    clock, processor = median(times[OFF].clock), median(times[OFF].processor)
    ratio = median(times[ON].clock) / clock
    verdict = "" if bar is None else "ok" if ratio <= bar else "**missed**"
    print(
        f"| {title} | {rows:,} | {clock:.2f} s | {median(times[ON].clock):.2f} s | {ratio:.2f} x "
        f"| {median(times[ON].processor) / processor:.2f} x | {bar or ''} | {verdict} |"
    )
    for side in [side for side in times if side not in (OFF, ON)]:
        own, used = median(times[side].clock), median(times[side].processor)
        print(
            f"| ... {side} alone | | | {own:.2f} s | {own / clock:.2f} x | {used / processor:.2f} x "
            f"| | {(used - processor) / rows * 1e6:+.1f} µs a row |"
        )
    sys.stdout.flush()
    return bar is None or ratio <= bar


def measure_declaring(runs: int) -> bool:
    """Milliseconds that declaring the actor adds to a request that asks one thing."""
    if _acting_as() is None:
        return True
    from django.db import connection  # noqa: PLC0415 - after the settings

    with scratch_database() as database:
        prepare(database, {})
        connection.settings_dict["NAME"] = database
        connection.ensure_connection()
        session: Any = connection.connection
        taken = {OFF: [], ON: []}  # type: dict[str, list[float]]
        for _ in range(runs):
            for side, own in taken.items():
                request = Place(session, "users", 0, Path(), False, side == ON).nurse()
                started = time.perf_counter()
                for _request in range(REQUESTS):
                    with request(), connection.cursor() as cursor:
                        cursor.execute("SELECT 1")
                own.append((time.perf_counter() - started) / REQUESTS * 1000)
        connection.close()
    off, on = median(taken[OFF]), median(taken[ON])
    print(
        f"\nDeclaring the actor: {on - off:.2f} ms a request ({off:.2f} without, {on:.2f} with; bar {BAR_DECLARE} ms)"
    )
    return on - off < BAR_DECLARE


def _acting_as() -> Any:
    """The project's `acting_as`; None on a branch that has no actors yet."""
    try:
        return import_module("core.acting").acting_as
    except ModuleNotFoundError:
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES), metavar="MEASURE")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the rows, such as 0.1")
    parser.add_argument("--parts", action="store_true", help="also what each kind of trigger costs alone")
    options = parser.parse_args()
    os.environ |= environment_of("postgres")
    import_module("django").setup()
    held = measure_all(options.only, options.runs, options.scale, options.parts)
    held &= measure_declaring(options.runs)
    print(f"\nMedians of {options.runs}; load {os.getloadavg()[0]:.1f}.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
