"""Invented health records for the benchmarks of the guard: by SQL, by COPY, and as unsaved rows for the ORM."""

import datetime
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from health.models import HealthRecord

PLACES = """
INSERT INTO districts (name, code) VALUES ('Benchmark', 'B');
INSERT INTO schools (name, code, district_id)
SELECT 'School ' || n, 'S' || n, (SELECT id FROM districts WHERE code = 'B') FROM generate_series(1, 50) AS n;
"""
STUDENTS = """
INSERT INTO students (student_number, first_name, last_name, date_of_birth, grade, gender, school_id)
SELECT 'N' || n, 'First' || n, 'Last' || n, date '2014-01-01' + n % 2000, '5', 'FEMALE', schools.id
FROM generate_series(1, {students}) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY code) AS place FROM schools) AS schools ON schools.place = 1 + n % 50
"""
# The rows of a table come in no order of student, as they would over the years.
RECORDS = """
INSERT INTO health_records (
    student_id, record_type, title, description, record_date, provider, diagnosis, treatment, follow_up_required,
    follow_up_date, metadata, notes
)
SELECT students.id, (enum_range(NULL::"HealthRecordType"))[1 + n % 30], 'Visit number ' || n,
    'Came in with a headache, rested for twenty minutes and went back to class. ' || n,
    timestamptz '2025-01-01' + n * interval '1 minute', 'Nurse ' || n % 50, 'Tension headache', 'Rest and water',
    n % 10 = 0, CASE WHEN n % 10 = 0 THEN date '2026-01-01' END, jsonb_build_object('room', n % 40), 'Told the parents.'
FROM generate_series(1, {rows}) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS all_of_them FROM students) AS students
    ON students.place = 1 + n * 7919::bigint % students.all_of_them
"""
VITAL_SIGNS = """
INSERT INTO vital_signs (
    student_id, measurement_date, measured_by, temperature, temperature_site, blood_pressure_systolic,
    blood_pressure_diastolic, heart_rate, respiratory_rate, oxygen_saturation, pain_level, notes
)
SELECT students.id, timestamptz '2025-01-01' + n * interval '1 minute', 'Nurse ' || n % 50, 97 + n % 4, 'oral',
    100 + n % 30, 60 + n % 20, 60 + n % 40, 12 + n % 8, 95 + n % 5, n % 10, 'Rested before.'
FROM generate_series(1, {rows}) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS all_of_them FROM students) AS students
    ON students.place = 1 + n * 7919::bigint % students.all_of_them
"""
FILLINGS = {"health_records": RECORDS, "vital_signs": VITAL_SIGNS}
# Columns that the guard fills; whoever writes past it must.
FILLED = ("school_id",)
MEGABYTE = 1 << 20


def seed_students(session: psycopg.Connection[Any], students: int) -> None:
    session.execute(PLACES.encode())
    session.execute(STUDENTS.format(students=students).encode())


def fill(session: psycopg.Connection[Any], table: str, rows: int) -> None:
    session.execute(FILLINGS[table].format(rows=rows).encode())


def stored_columns(session: psycopg.Connection[Any], table: str, guarded: bool) -> str:
    """The columns of a table but the generated ones, which COPY refuses, and those that the guard fills if it is on."""
    row = session.execute(
        "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' "
        "AND column_name <> ALL (%s)",
        [table, list(FILLED) if guarded else []],
    ).fetchone()
    assert row is not None
    return str(row[0])


def copy_out(session: psycopg.Connection[Any], table: str, rows: int, file: Path, guarded: bool) -> None:
    """Write so many of a table's rows to a file, some twice if need be, with new keys: loadable beside the old ones."""
    columns = stored_columns(session, table, guarded)
    chosen = ", ".join("uuidv7()" if name == "id" else name for name in columns.split(", "))
    rows_of_it = f"SELECT {chosen} FROM generate_series(1, 1000), {table} LIMIT {rows}"
    with file.open("wb") as target, session.cursor().copy(f"COPY ({rows_of_it}) TO STDOUT".encode()) as copy:
        for block in copy:
            target.write(block)


def copy_in(session: Any, table: str, columns: str, file: Path) -> None:
    """COPY a file into a table."""
    with file.open("rb") as source, session.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        while block := source.read(MEGABYTE):
            copy.write(block)


def unsaved_records(number: int, guarded: bool, school: str | None = None) -> "Iterator[HealthRecord]":
    """Rows for the ORM, of students chosen at random (the same in every run), of one school if its code is given.

    Columns that the guard fills are given only where it is off.
    """
    from core.models import Student  # noqa: PLC0415 - after Django's setup
    from health.models import HealthRecord, HealthRecordType  # noqa: PLC0415 - after the settings

    rows: Any = Student.all_objects.filter(school__code=school) if school else Student.all_objects.all()
    students: list[Any] = list(rows.order_by("pk").values_list("pk", "school_id"))
    has_school = any(field.attname == "school_id" for field in HealthRecord._meta.concrete_fields)
    chosen = random.Random(1)
    kinds = list(HealthRecordType)
    start = datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.UTC)
    for n in range(number):
        student, own_school = chosen.choice(students)
        yield HealthRecord(
            student_id=student,
            record_type=kinds[n % len(kinds)],
            title=f"Visit number {n}",
            description=f"Came in with a headache, rested for twenty minutes and went back to class. {n}",
            record_date=start + datetime.timedelta(minutes=n),
            provider=f"Nurse {n % 50}",
            diagnosis="Tension headache",
            treatment="Rest and water",
            notes="Told the parents.",
            **({"school_id": own_school} if has_school and not guarded else {}),
        )
