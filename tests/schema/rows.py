"""Minimal rows of every table, written by plain SQL that names only the columns people fill in.

That such an INSERT works is itself a rule of the schema: keys, times, switches and lists have database defaults.
"""

import itertools
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from psycopg import sql


@dataclass(frozen=True)
class Parent:
    """Stands for the key of a row of another table."""

    table: str


class Unique(str):
    """Stands for a text that is another one in every row; `{n}` is the number of the row."""


class UniqueBytes(Unique):
    """The same for a column of bytes."""


_numbers = itertools.count(1)

STUDENT = Parent("students")
USER = Parent("users")
DAY = "2026-03-02"
MOMENT = "2026-03-02T14:30:00Z"

BUSINESS_COLUMNS: dict[str, dict[str, Any]] = {
    "districts": {"name": "North", "code": Unique("D{n}")},
    "schools": {"district_id": Parent("districts"), "name": "Oak Street", "code": Unique("S{n}")},
    "users": {
        "email": Unique("user{n}@example.org"),
        "password": "unusable",
        "first_name": "Nora",
        "last_name": "Nurse",
    },
    "school_assignments": {"user_id": USER, "school_id": Parent("schools")},
    "students": {
        "student_number": Unique("10{n}"),
        "first_name": "John",
        "last_name": "Smith",
        "date_of_birth": "2015-05-17",
        "grade": "5",
        "gender": "MALE",
    },
    "legal_holds": {"student_id": STUDENT, "reason": "Letter of counsel"},
    "contacts": {"first_name": "Ann", "last_name": "Lee", "type": "GUARDIAN"},
    "health_records": {
        "student_id": STUDENT,
        "record_type": "ILLNESS",
        "title": "Stomach ache",
        "description": "Rested.",
        "record_date": MOMENT,
    },
    "allergies": {"student_id": STUDENT, "allergen": "Peanuts"},
    "chronic_conditions": {"student_id": STUDENT, "condition_name": "Asthma", "diagnosed_date": DAY},
    "appointments": {"student_id": STUDENT, "nurse_id": USER, "scheduled_at": MOMENT, "reason": "Headache"},
    "vaccinations": {
        "student_id": STUDENT,
        "vaccine_name": "M-M-R II",
        "administration_date": DAY,
        "administered_by": "County clinic",
    },
    "screenings": {"student_id": STUDENT, "screening_type": "VISION", "screening_date": DAY, "screened_by": "Nora"},
    "growth_measurements": {"student_id": STUDENT, "measurement_date": DAY, "measured_by": "Nora"},
    "vital_signs": {"student_id": STUDENT, "measurement_date": MOMENT, "measured_by": "Nora"},
    "medications": {"name": "Albuterol"},
    "student_medications": {
        "student_id": STUDENT,
        "medication_id": Parent("medications"),
        "dosage": "2 puffs",
        "frequency": "As needed",
        "start_date": DAY,
        "prescribed_by": "Dr. Ruth Day",
    },
    "medication_logs": {
        "student_medication_id": Parent("student_medications"),
        "nurse_id": USER,
        "time_given": MOMENT,
        "dosage_given": "2 puffs",
    },
    "incident_reports": {
        "student_id": STUDENT,
        "reported_by_id": USER,
        "type": "INJURY",
        "severity": "LOW",
        "occurred_at": MOMENT,
        "description": "Fell.",
    },
    "emergency_contacts": {
        "student_id": STUDENT,
        "name": "Ann Lee",
        "relationship": "Mother",
        "primary_phone": "614-555-0142",
    },
    "system_configurations": {"key": Unique("test.key_{n}"), "value": "30"},
    "configuration_history": {
        "configuration_id": Parent("system_configurations"),
        "config_key": "test.key",
    },
    "emergency_accesses": {"user_id": USER, "student_id": STUDENT, "reason": "Collapsed at the sports day"},
    "audit_logs": {"action": "LIST", "entity_type": "students"},
    "school_counts": {"measure": "students", "count": 3, "counted_at": MOMENT},
    "authenticator_apps": {"user_id": USER, "secret": Unique("gAAAA" + "x" * 80 + "{n}")},
    "passkeys": {
        "user_id": USER,
        "name": "Phone",
        "credential_id": UniqueBytes("credential {n}"),
        "public_key": b"key",
    },
    "recovery_codes": {"user_id": USER, "code_hash": Unique("{n:064x}")},
    "login_attempts": {"account_mark": b"mark", "failure_reason": "UNKNOWN"},
    "user_sessions": {"session_key": Unique("{n:064x}"), "session_data": "", "expire_date": MOMENT},
    "audit_seals": {
        "number": Unique("{n}"),
        "sealed_at": MOMENT,
        "after_transaction": 0,
        "after_id": "00000000-0000-0000-0000-000000000000",
        "through_transaction": 0,
        "through_id": "00000000-0000-0000-0000-000000000000",
        "horizon": 0,
        "cluster": 0,
        "entry_count": 0,
        "entries": b"",
        "previous_hash": bytes(32),
        "hash": bytes(32),
    },
}

# Columns that may be null, but which a check asks of a row that claims nothing else.
ASKED_BY_A_CHECK = {
    "vaccinations": {"administration_date", "administered_by"},
    "medication_logs": {"time_given", "dosage_given"},
    "login_attempts": {"failure_reason"},
}


# A parent may go by what it does, where a row needs two of one table.
TABLES_OF_ROLES = {"witness": "users"}


class Rows:
    """Inserts rows by SQL. Parents that are not named are made once and shared."""

    def __init__(self) -> None:
        self._parents: dict[str, UUID] = {}

    def insert(self, table: str, **changes: Any) -> UUID:
        """Insert the minimal row of `table` with these changes, and return its key."""
        values = {column: self._value(value) for column, value in (BUSINESS_COLUMNS[table] | changes).items()}
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, list(values.values()))
            (key,) = cursor.fetchone()
        return key

    def parent(self, table: str) -> UUID:
        """The key of the shared row of `table`."""
        if table not in self._parents:
            self._parents[table] = self.insert(TABLES_OF_ROLES.get(table, table))
        return self._parents[table]

    def _value(self, value: Any) -> Any:
        if isinstance(value, Parent):
            return self.parent(value.table)
        if isinstance(value, Unique):
            text = value.format(n=next(_numbers))
            return text.encode() if isinstance(value, UniqueBytes) else text
        return value


def query(statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def need_superuser() -> None:
    """Skip a test of what only a superuser can try."""
    if not query("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")[0][0]:
        pytest.skip("the tests' database user is no superuser, and only one can do what this test tries")


def execute(statement: str, parameters: Any = None) -> int:
    """Run a statement; returns the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount
