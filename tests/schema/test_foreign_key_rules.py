"""What becomes of a row when the row it refers to is removed: by plain SQL, rule by rule."""

import pytest
from django.db import IntegrityError

from core.models import Student
from core.purging import declared_purge
from tests.core.soft_delete_rows import RECORDS, student_with_records
from tests.schema.rows import MOMENT, execute, query

DOMAIN_RECORDS = [model._meta.db_table for model in RECORDS]

# Every foreign key that acts; all the others refuse.
CASCADE = {("schools", "district_id"), ("school_assignments", "user_id"), ("school_assignments", "school_id")}
CASCADE |= {(table, "student_id") for table in DOMAIN_RECORDS}
CASCADE |= {("medication_logs", "student_medication_id"), ("school_counts", "school_id")}
CASCADE |= {("school_counts", "district_id"), ("user_sessions", "user_id")}
CASCADE |= {("emergency_accesses", "student_id")}
SET_NULL = {
    ("users", "school_id"),
    ("users", "district_id"),
    ("students", "nurse_id"),
    ("vital_signs", "appointment_id"),
}
SET_NULL |= {
    (table, "health_record_id")
    for table in (
        "allergies",
        "chronic_conditions",
        "vaccinations",
        "screenings",
        "growth_measurements",
        "vital_signs",
    )
}
SIGNATURES = [
    ("allergies", "verified_by", {"verified": True}),
    ("appointments", "nurse_id", {}),
    ("contacts", "user_id", {}),
    ("emergency_accesses", "user_id", {}),
    ("emergency_accesses", "reviewed_by_id", {"outcome": "JUSTIFIED", "reviewed_at": MOMENT}),
    ("incident_reports", "reported_by_id", {}),
    ("incident_reports", "parent_notified_by", {}),
    ("medication_logs", "nurse_id", {}),
    ("medication_logs", "witnessed_by", {}),
    ("configuration_history", "changed_by", {}),
    *((table, "user_id", {}) for table in ("authenticator_apps", "passkeys", "recovery_codes", "login_attempts")),
]

FOREIGN_KEYS = """
SELECT k.conrelid::regclass::text, a.attname::text, k.confrelid::regclass::text, k.confdeltype
FROM pg_constraint k
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
  AND k.conrelid::regclass::text !~ '^(auth|django)_'
"""


@pytest.mark.django_db
def test_the_rule_of_every_foreign_key():
    found = query(FOREIGN_KEYS)

    assert {(table, column) for table, column, _, rule in found if rule == "c"} == CASCADE
    assert {(table, column) for table, column, _, rule in found if rule == "n"} == SET_NULL
    assert {rule for *_, rule in found} == {"a", "c", "n"}
    named = {(table, column) for table, column, target, rule in found if rule == "a" and target == "users"}
    assert {key for key in named if key[1] not in {"created_by", "updated_by"}} == {
        (table, column) for table, column, _ in SIGNATURES
    }


@pytest.mark.django_db
def test_every_column_that_holds_a_key_is_a_foreign_key():
    keys = {(table, column) for table, column, *_ in query(FOREIGN_KEYS)}
    uuids = query(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type = 'uuid' AND column_name NOT IN ('id', 'deletion_id') "
        "AND table_name !~ '^(auth|django|audit)_'"  # the log outlives what it names, and must lock no row of it
    )

    # A setting belongs to a district, a school or a user: which of them, its scope says.
    filed = {("medication_logs", "student_id")} | {(table, column) for table, column in uuids if column == "school_id"}
    # A hold outlives its student.
    assert set(uuids) - keys - filed == {("system_configurations", "scope_id"), ("legal_holds", "student_id")}


def test_a_removed_district_takes_its_schools_and_their_covers_and_leaves_its_staff(rows):
    district = rows.insert("districts")
    school = rows.insert("schools", district_id=district)
    user = rows.insert("users", school_id=school, district_id=district)
    rows.insert("school_assignments", school_id=school, user_id=user)

    execute("DELETE FROM districts")

    assert query("SELECT count(*) FROM schools") == [(0,)]
    assert query("SELECT count(*) FROM school_assignments") == [(0,)]
    assert query("SELECT school_id, district_id FROM users") == [(None, None)]


def test_a_district_with_students_cannot_vanish(rows, refused):
    district = rows.insert("districts")
    rows.insert("students", school_id=rows.insert("schools", district_id=district))

    with refused("violates foreign key constraint", IntegrityError):
        execute("DELETE FROM districts WHERE id = %s", [district])

    assert query("SELECT count(*) FROM schools") == [(1,)]


def test_a_school_with_students_cannot_vanish(rows, refused):
    rows.insert("students", school_id=rows.insert("schools"))

    with refused("students_school_id", IntegrityError):
        execute("DELETE FROM schools")

    assert query("SELECT count(*) FROM schools") == [(1,)]


def test_a_student_outlives_the_nurse_of_record(rows):
    nurse = rows.insert("users")
    rows.insert("students", nurse_id=nurse)

    execute("DELETE FROM users WHERE id = %s", [nurse])

    assert query("SELECT nurse_id FROM students") == [(None,)]


@pytest.mark.parametrize(("table", "column", "values"), SIGNATURES, ids=lambda value: value if value else "")
def test_a_user_who_signed_cannot_be_removed(rows, refused, table, column, values):
    signer = rows.insert("users")
    rows.insert(table, **{column: signer}, **values)

    with refused(f"{table}_{column}", IntegrityError):
        execute("DELETE FROM users WHERE id = %s", [signer])

    assert query("SELECT count(*) FROM users WHERE id = %s", [signer]) == [(1,)]


@pytest.mark.parametrize("column", ["created_by", "updated_by"])
def test_a_user_who_wrote_a_row_cannot_be_removed(rows, refused, column):
    writer = rows.insert("users")
    rows.insert("districts", **{column: writer})

    with refused(f"districts_{column}", IntegrityError):
        execute("DELETE FROM users WHERE id = %s", [writer])


@pytest.mark.parametrize(
    ("owner", "table", "column"),
    [
        ("medications", "student_medications", "medication_id"),
        ("system_configurations", "configuration_history", "configuration_id"),
    ],
)
def test_what_a_history_rests_on_cannot_be_removed(rows, refused, owner, table, column):
    key = rows.insert(owner)
    rows.insert(table, **{column: key})

    with refused("violates foreign key constraint", IntegrityError):
        execute(f"DELETE FROM {owner} WHERE id = %s", [key])


@pytest.mark.parametrize(("table", "column"), sorted(SET_NULL - {("users", "school_id"), ("users", "district_id")}))
def test_a_row_outlives_what_it_mentions(rows, table, column):
    owner = {"health_record_id": "health_records", "appointment_id": "appointments", "nurse_id": "users"}[column]
    key = rows.insert(owner)
    row = rows.insert(table, **{column: key})

    with declared_purge("test"):
        execute(f"DELETE FROM {owner} WHERE id = %s", [key])

    assert query(f"SELECT {column} FROM {table} WHERE id = %s", [row]) == [(None,)]


@pytest.mark.django_db
def test_a_student_removed_by_sql_takes_every_record_along():
    student = student_with_records()
    student_with_records()

    with declared_purge("test"):
        assert execute("DELETE FROM students WHERE id = %s", [student.pk]) == 1

    for table in [*DOMAIN_RECORDS, "medication_logs"]:
        assert query(f"SELECT count(*) FROM {table}") == [(1,)], table


@pytest.mark.django_db
def test_a_student_removed_for_good_takes_every_record_along_deleted_ones_too():
    student = student_with_records()
    student.allergies.all().delete()
    student.delete()

    with declared_purge("test"):
        execute("DELETE FROM students")

    assert not Student.all_objects.exists()
    for table in [*DOMAIN_RECORDS, "medication_logs"]:
        assert query(f"SELECT count(*) FROM {table}") == [(0,)], table


@pytest.mark.django_db
def test_the_orm_cannot_remove_a_user_who_signed(refused):
    student = student_with_records()
    nurse = student.appointments.get().nurse

    with refused("appointments_nurse_id", IntegrityError):
        nurse.delete()

    assert student.appointments.get().nurse.email == nurse.email
