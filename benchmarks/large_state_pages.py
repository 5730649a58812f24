"""What the pages of the admin read beside students and health records, in proportion, added to a large state.

Invented as the rest of it is. Triggers are off meanwhile; what they fill in is filled in here.
"""

from dataclasses import dataclass

import psycopg

from benchmarks.large_state import CLASS, KEY, drop_indexes

__all__ = ["build_pages"]

MEDICATIONS = 300


@dataclass(frozen=True)
class Filling:
    """A table about students: rows for each of them, and columns as SQL of n, dice and student (numbers)."""

    table: str
    sign: str
    rows_per_student: float
    columns: dict[str, str]


_PHONE = "'(555) ' || lpad(({n} / 10000 % 1000)::text, 3, '0') || '-' || lpad(({n} % 10000)::text, 4, '0')"
_DAY = "DATE '2023-09-01' + (n::float8 / %(rows)s * 1150)::integer"
_MOMENT = "TIMESTAMPTZ '2023-09-01 08:00' + n::float8 / %(rows)s * INTERVAL '1150 days'"
_NURSE = KEY.format(sign="ee", number="school")

FILLINGS = (
    Filling(
        "contacts",
        "c0",
        1,
        {
            "first_name": "(%(given)s::text[])[1 + dice %% %(given_count)s]",
            "last_name": "(%(families)s::text[])[1 + dice / 64 %% %(family_count)s]",
            "type": "'PARENT'::\"ContactType\"",
            "phone": _PHONE.format(n="dice").replace("%", "%%"),
        },
    ),
    Filling(
        "emergency_contacts",
        "ec",
        2,
        {
            "name": "(%(given)s::text[])[1 + dice %% %(given_count)s] || ' ' || "
            "(%(families)s::text[])[1 + dice / 64 %% %(family_count)s]",
            "relationship": "CASE dice %% 3 WHEN 0 THEN 'Mother' WHEN 1 THEN 'Father' ELSE 'Grandmother' END",
            "primary_phone": _PHONE.format(n="dice").replace("%", "%%"),
            "priority": "1 + dice %% 2",
        },
    ),
    Filling(
        "allergies",
        "a1",
        0.15,
        {
            "allergen": "CASE dice %% 3 WHEN 0 THEN 'Peanut' WHEN 1 THEN 'Bee sting' ELSE 'Penicillin' END",
            "severity": '(enum_range(NULL::"AllergySeverity"))[1 + dice / 64 %% 4]',
            "epi_pen_required": "dice %% 8 = 0",
            "epi_pen_expiration": "CASE WHEN dice %% 8 = 0 THEN DATE '2026-09-01' + dice / 8 %% 700 END",
        },
    ),
    Filling(
        "chronic_conditions",
        "cc",
        0.1,
        {
            "condition_name": "CASE dice %% 3 WHEN 0 THEN 'Asthma' WHEN 1 THEN 'Epilepsy' ELSE 'Type 1 diabetes' END",
            "diagnosed_date": "DATE '2018-01-01' + dice %% 2000",
            "severity": '(enum_range(NULL::"ConditionSeverity"))[1 + dice / 64 %% 3]',
        },
    ),
    Filling(
        "appointments",
        "a9",
        1,
        {
            "nurse_id": _NURSE,
            "scheduled_at": _MOMENT,
            "reason": "'Check'",
            "status": "(CASE WHEN dice %% 10 < 8 THEN 'COMPLETED' ELSE 'SCHEDULED' END)::\"AppointmentStatus\"",
        },
    ),
    Filling(
        "vaccinations",
        "7a",
        2,
        {
            "vaccine_name": "CASE dice %% 3 WHEN 0 THEN 'MMR' WHEN 1 THEN 'DTaP' ELSE 'Polio' END",
            "vaccine_type": '(enum_range(NULL::"VaccineType"))[1 + dice / 64 %% 5]',
            "administration_date": _DAY,
            "administered_by": "'Clinic'",
        },
    ),
    Filling(
        "screenings",
        "5e",
        0.5,
        {
            "screening_type": '(enum_range(NULL::"ScreeningType"))[1 + dice %% 2]',
            "screening_date": _DAY,
            "screened_by": "'Nurse'",
            "outcome": '(enum_range(NULL::"ScreeningOutcome"))[1 + dice / 64 %% 3]',
        },
    ),
    Filling(
        "growth_measurements",
        "90",
        0.5,
        {"measurement_date": _DAY, "measured_by": "'Nurse'", "height": "130 + dice %% 40", "weight": "30 + dice %% 30"},
    ),
    Filling(
        "vital_signs",
        "75",
        1,
        {
            "measurement_date": _MOMENT,
            "measured_by": "'Nurse'",
            "temperature": "97 + dice %% 4",
            "heart_rate": "60 + dice %% 40",
        },
    ),
    Filling(
        "student_medications",
        "5d",
        0.06,
        {
            "medication_id": KEY.format(sign="3d", number=f"dice %% {MEDICATIONS}"),
            "dosage": "'2 puffs'",
            "frequency": "'Daily'",
            "start_date": "DATE '2026-01-01' + dice %% 200",
            "prescribed_by": "'Dr. Lee'",
        },
    ),
    Filling(
        "medication_logs",
        "d0",
        1,
        {
            "student_medication_id": KEY.format(sign="5d", number="n %% (%(rows)s * 6 / 100)"),
            "nurse_id": _NURSE,
            "time_given": _MOMENT,
            "dosage_given": "'2 puffs'",
            "status": "'ADMINISTERED'",
        },
    ),
    Filling(
        "incident_reports",
        "1c",
        0.1,
        {
            "reported_by_id": _NURSE,
            "type": '(enum_range(NULL::"IncidentType"))[1 + dice %% 3]',
            "severity": '(enum_range(NULL::"IncidentSeverity"))[1 + dice / 64 %% 4]',
            "occurred_at": _MOMENT,
            "description": "'Fell in the yard.'",
        },
    ),
)

# Orders and doses are one another's: a dose is of the student who has the order.
_OF_STUDENT = "n::bigint * 7919 %% %(students)s"
_STUDENT = {"medication_logs": "(n %% (%(rows)s * 6 / 100))::bigint * 7919 %% %(students)s"}

_ROWS = """
INSERT INTO {table} (id, student_id, school_id, deleted_at, deletion_id, {names})
SELECT {key}, {student_key}, {school_key}, CASE WHEN gone THEN TIMESTAMPTZ '2026-03-01' END,
       CASE WHEN gone THEN {mark} END, {values}
FROM (SELECT n, student, (student / {size}) %% %(schools)s AS school, hashint4(n + {salt}) & 1073741823 AS dice,
             hashint4(student + 200000000) %% 100 = 0 AS gone
      FROM generate_series(0, %(rows)s - 1) AS n, LATERAL (SELECT ({of_student})::integer) AS of_record(student)
     ) AS thrown
"""

_MEDICATIONS = f"""
INSERT INTO medications (id, name, generic_name, strength, stock_quantity, minimum_stock)
SELECT {KEY.format(sign="3d", number="n")}, 'Medicine ' || n, 'Generic ' || n, '5 mg', 20 + n %% 100, 10
FROM generate_series(0, {MEDICATIONS - 1}) AS n
"""

# An administrator of each district, one of all, and nurses of 3 and of 10 schools beside those of one.
_PEOPLE = f"""
INSERT INTO users (id, email, password, first_name, last_name, role, district_id)
SELECT {KEY.format(sign="da", number="row_number() OVER (ORDER BY code)")}, 'district-' || lower(code) || '@state.test',
       '!', 'District', 'Administrator', 'DISTRICT_ADMIN', id FROM districts;
INSERT INTO users (id, email, password, first_name, last_name, role)
SELECT {KEY.format(sign="ad", number="1")}, 'admin@state.test', '!', 'The', 'Administrator', 'ADMIN';
INSERT INTO school_assignments (user_id, school_id)
SELECT nurse.id, school.id
FROM (VALUES ('nurse3@state.test', 3, 2), ('nurse10@state.test', 10, 9)) AS of (email, first, more)
JOIN users AS nurse ON nurse.email = of.email
JOIN schools AS school ON substr(school.code, 2)::integer BETWEEN of.first + 1 AND of.first + of.more
"""


def build_pages(url: str, *, students: int, schools: int, given: list[str], families: list[str]) -> None:
    """Add the rows to a large state; needs a superuser."""
    names = {
        "given": given,
        "given_count": len(given),
        "families": families,
        "family_count": len(families),
        "students": students,
        "schools": schools,
    }
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as session:
        session.execute("SET LOCAL maintenance_work_mem = '512MB'")
        session.execute("SET LOCAL synchronous_commit = off")
        session.execute("SET LOCAL session_replication_role = replica")
        session.execute(_MEDICATIONS.encode(), names)
        for number, filling in enumerate(FILLINGS):
            indexes = drop_indexes(session, filling.table)
            statement = _ROWS.format(
                table=filling.table,
                names=", ".join(filling.columns),
                values=", ".join(filling.columns.values()),
                key=KEY.format(sign=filling.sign, number="n"),
                student_key=KEY.format(sign="57", number="student"),
                school_key=KEY.format(sign="5c", number="school"),
                mark=KEY.format(sign="de", number="student"),
                size=CLASS,
                salt=300_000_000 + number * 10_000_000,
                of_student=_STUDENT.get(filling.table, _OF_STUDENT),
            )
            rows = round(students * filling.rows_per_student)
            session.execute(statement.encode(), names | {"rows": rows})
            for index in indexes:
                session.execute(index.encode())
    with psycopg.connect(url) as session:
        session.execute(_PEOPLE.encode())
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("VACUUM (ANALYZE)")
