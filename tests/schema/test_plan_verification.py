"""The plan's Post-Migration Verification, sections 1 to 5: its own SQL, verbatim, through psql.

The statements stand in tests/schema/plan as the plan has them. Its expectations are read from its own comments, so
that neither can drift from the other. Only `<district-id>` is replaced, by the id that the statement before returned.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
from django.db import connection

from tests.schema.rows import query
from whitecross.embedded_postgres.server import binaries

PLAN = Path(__file__).parent / "plan"
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def _psql(statements):
    """The rows that psql prints for these statements, one list of fields each."""
    parameters = connection.get_connection_params()
    environment = os.environ | {
        variable: str(parameters[key])
        for variable, key in (
            ("PGHOST", "host"),
            ("PGPORT", "port"),
            ("PGUSER", "user"),
            ("PGPASSWORD", "password"),
            ("PGDATABASE", "dbname"),
        )
        if parameters.get(key)
    }
    options = ["--no-psqlrc", "--no-align", "--tuples-only", "--quiet", "--field-separator=\t"]
    finished = subprocess.run(
        [binaries() / "psql", *options, "--set=ON_ERROR_STOP=1", "--file=-"],
        input=statements,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return [line.split("\t") for line in finished.stdout.splitlines()]


def _section(name):
    return (PLAN / f"{name}.sql").read_text()


def _expected_names(text):
    """What the plan's own comment `-- Expected ...:` lists."""
    comment = text[text.index("-- Expected") :]
    return set(re.findall(r"\w+", comment.replace("--", " ").partition(":")[2]))


@pytest.mark.django_db
def test_1_the_expected_tables_are_there():
    statements = _section("1_tables")

    tables = {table for (table,) in _psql(statements)}

    expected = _expected_names(statements)
    assert len(expected) == 20
    assert expected - tables == set()


@pytest.mark.django_db
def test_2_the_foreign_keys_are_listed():
    rows = {tuple(row) for row in _psql(_section("2_foreign_keys"))}

    for key in [
        ("schools", "district_id", "districts", "id"),
        ("students", "school_id", "schools", "id"),
        ("students", "nurse_id", "users", "id"),
        ("health_records", "student_id", "students", "id"),
        ("medication_logs", "student_medication_id", "student_medications", "id"),
        ("configuration_history", "configuration_id", "system_configurations", "id"),
        ("vital_signs", "appointment_id", "appointments", "id"),
    ]:
        assert key in rows
    assert {row for row in rows if row[3] != "id"} == set()
    assert len(rows) >= 70


@pytest.mark.django_db
def test_3_there_are_fifty_indexes_and_more():
    rows = _psql(_section("3_indexes"))

    ours = [row for row in rows if not re.match("auth_|django_|users_", row[0])]
    assert len([row for row in ours if row[1].startswith("idx_")]) >= 50


@pytest.mark.django_db
def test_4_the_expected_enums_are_there():
    statements = _section("4_enums")

    found = dict(_psql(statements))

    expected = _expected_names(statements)
    assert len(expected) == 21
    assert set(found) == expected | {"ConfigCategory", "AuditAction"}
    assert found["IncidentSeverity"] == "LOW, MEDIUM, HIGH, CRITICAL"
    assert found["UserRole"] == "ADMIN, NURSE, SCHOOL_ADMIN, DISTRICT_ADMIN, VIEWER, COUNSELOR"


@pytest.fixture
def emptied_again():
    """psql commits what it writes, out of reach of the test's transaction: it is taken away afterwards."""
    yield
    _psql("DELETE FROM users WHERE email = 'test@example.com'; DELETE FROM districts WHERE code = 'TEST001';")


@pytest.mark.django_db
def test_5_the_basic_operations_work_as_they_stand(emptied_again):
    district, school, user, delete = re.split(r"(?=-- (?:Insert test|Verify cascade))", _section("5_basic_operations"))[
        1:
    ]

    ((district_id,),) = _psql(district)
    ((school_id,),) = _psql(school.replace("<district-id>", district_id))
    ((user_id,),) = _psql(user)

    assert all(UUID.match(key) for key in (district_id, school_id, user_id))
    assert [(str(key),) for (key,) in query("SELECT district_id FROM schools WHERE id = %s", [school_id])] == [
        (district_id,)
    ]
    assert query("SELECT role::text, is_active FROM users WHERE id = %s", [user_id]) == [("NURSE", True)]

    assert _psql(delete) == []

    assert query("SELECT count(*) FROM districts WHERE id = %s", [district_id]) == [(0,)]
    assert query("SELECT count(*) FROM schools WHERE id = %s", [school_id]) == [(0,)]


def test_the_statements_are_the_plan_s_own():
    assert "VALUES ('Test School', 'SCH001', '<district-id>', true)" in _section("5_basic_operations")
    assert sorted(path.name for path in PLAN.iterdir()) == [
        "1_tables.sql",
        "2_foreign_keys.sql",
        "3_indexes.sql",
        "4_enums.sql",
        "5_basic_operations.sql",
    ]
