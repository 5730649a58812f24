"""A whole state's students and health records, made in the database itself: for questions of size, not of beauty.

Triggers are off meanwhile, so what they would fill in (school and district) is filled in here. Students come by classes
of 25, as schools enrol them; records come day by day from all schools, as nurses write them.
"""

import psycopg

from demo.names import ASCII, BOYS, FAMILIES, GIRLS

__all__ = [
    "CLASS",
    "DISTRICTS",
    "KEY",
    "RECORDS_PER_STUDENT",
    "build",
    "district_key",
    "drop_indexes",
    "school_key",
    "student_key",
]

DISTRICTS = 8
RECORDS_PER_STUDENT = 5
CLASS = 25

# Keys that sort by number, as version 7 does by time: (table's sign, number).
KEY = "(lpad('{sign}', 8, '0') || '-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"

_DISTRICTS = f"""
INSERT INTO districts (id, name, code)
SELECT {KEY.format(sign="d1", number="n")}, 'District ' || n, 'D' || n FROM generate_series(0, {DISTRICTS - 1}) AS n
"""

_SCHOOLS = f"""
INSERT INTO schools (id, name, code, district_id)
SELECT {KEY.format(sign="5c", number="n")}, 'School ' || n, 'S' || n,
       {KEY.format(sign="d1", number="n * %(districts)s / %(schools)s")}
FROM generate_series(0, %(schools)s - 1) AS n
"""

# A nurse for each school, numbered as the school is.
_NURSES = f"""
INSERT INTO users (id, email, password, first_name, last_name, role, school_id, district_id)
SELECT {KEY.format(sign="ee", number="n")}, 'nurse' || n || '@state.test', '!', 'Nurse', 'Number ' || n, 'NURSE', s.id,
       s.district_id
FROM generate_series(0, %(schools)s - 1) AS n JOIN schools s ON s.code = 'S' || n
"""

_STUDENTS = f"""
INSERT INTO students (id, student_number, first_name, last_name, date_of_birth, grade, gender, is_active,
                      enrollment_date, nurse_id, school_id, district_id, deleted_at, deletion_id)
SELECT {KEY.format(sign="57", number="n")}, 'N' || n,
       (%(given)s::text[])[1 + dice1 %% %(given_count)s], (%(families)s::text[])[1 + dice2 %% %(family_count)s],
       DATE '2008-01-01' + dice1 %% 4300, (1 + dice2 %% 12)::text,
       CASE WHEN n %% 2 = 0 THEN 'MALE' ELSE 'FEMALE' END::"Gender", dice1 %% 20 > 0, DATE '2024-08-20',
       {KEY.format(sign="ee", number="school")}, {KEY.format(sign="5c", number="school")},
       {KEY.format(sign="d1", number="school * %(districts)s / %(schools)s")},
       CASE WHEN gone THEN TIMESTAMPTZ '2026-03-01' END,
       CASE WHEN gone THEN {KEY.format(sign="de", number="n")} END
FROM (SELECT n, (n / {CLASS}) %% %(schools)s AS school, hashint4(n) & 1073741823 AS dice1,
             hashint4(n + 100000000) & 1073741823 AS dice2, hashint4(n + 200000000) %% 100 = 0 AS gone
      FROM generate_series(0, %(students)s - 1) AS n) AS thrown
"""

# 7919 is prime to every round number of students: each of them has the same number of records, in no order.
_RECORDS = f"""
INSERT INTO health_records (id, student_id, school_id, record_type, title, description, record_date, is_confidential,
                            follow_up_required, follow_up_date, created_by, provider_npi, deleted_at, deletion_id)
SELECT {KEY.format(sign="4e", number="n")}, {KEY.format(sign="57", number="student")},
       {KEY.format(sign="5c", number="school")},
       (%(types)s::text[])[1 + dice %% %(type_count)s]::"HealthRecordType", 'Visit ' || n,
       'Came to the office and went back to class. ' || md5(n::text),
       TIMESTAMPTZ '2023-03-03 08:00' + (n::float8 / %(records)s) * INTERVAL '3 years', (dice / 64) %% 50 = 0,
       dice %% 16 = 0, CASE WHEN dice %% 16 = 0 THEN DATE '2023-03-10' + (n::float8 / %(records)s * 1096)::integer END,
       {KEY.format(sign="ee", number="school")}, CASE WHEN dice %% 8 = 0 THEN (1000000000 + dice %% 500)::text END,
       CASE WHEN gone THEN TIMESTAMPTZ '2026-03-01' END,
       CASE WHEN gone THEN {KEY.format(sign="de", number="student")} END
FROM (SELECT n, student, (student / {CLASS}) %% %(schools)s AS school, hashint4(n) & 1073741823 AS dice,
             hashint4(student + 200000000) %% 100 = 0 AS gone
      FROM generate_series(0, %(records)s - 1) AS n, LATERAL (SELECT (n::bigint * 7919 %% %(students)s)::integer)
           AS of_record(student)) AS thrown
"""


def school_key(number: int) -> str:
    return f"0000005c-0000-7000-8000-{number:012x}"


def district_key(number: int) -> str:
    return f"000000d1-0000-7000-8000-{number:012x}"


def student_key(number: int) -> str:
    return f"00000057-0000-7000-8000-{number:012x}"


def build(url: str, *, students: int, schools: int) -> None:
    """Fill a migrated, empty database. Needs a superuser, and for a million students about ten minutes."""
    given = [ASCII[name] for name in (*BOYS, *GIRLS)]
    families = [ASCII[name] for name in FAMILIES]
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as session:
        types = [value for (value,) in session.execute('SELECT unnest(enum_range(NULL::"HealthRecordType"))::text')]
        numbers = {
            "districts": DISTRICTS,
            "schools": schools,
            "students": students,
            "records": students * RECORDS_PER_STUDENT,
            "given": given,
            "given_count": len(given),
            "families": families,
            "family_count": len(families),
            "types": types,
            "type_count": len(types),
        }
        session.execute("SET LOCAL maintenance_work_mem = '512MB'")
        session.execute("SET LOCAL synchronous_commit = off")
        for table, statement in (
            ("districts", _DISTRICTS),
            ("schools", _SCHOOLS),
            ("users", _NURSES),
            ("students", _STUDENTS),
            ("health_records", _RECORDS),
        ):
            session.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
            indexes = drop_indexes(session, table)
            session.execute(statement.encode(), numbers)
            for index in indexes:
                session.execute(index.encode())
            session.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL".encode())
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("VACUUM (ANALYZE) students, health_records, schools, users, districts")


def drop_indexes(session: psycopg.Connection, table: str) -> list[str]:
    """Drop the indexes that are no constraint; returns the statements that make them again, faster than row by row."""
    found = session.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid WHERE i.indrelid = %s::regclass AND k.oid IS NULL",
        [table],
    ).fetchall()
    for name, _ in found:
        session.execute(f"DROP INDEX {name}".encode())
    return [definition for _, definition in found]
