"""Every migration can be undone, and done again, without a trace."""

from typing import Any

import pytest

OUR_APPS = ("core", "health", "medications", "incidents", "configuration", "audit")
OTHERS_TABLES = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
}


def names(catalogue: dict[str, Any], kind: str) -> set[str]:
    return set(catalogue[kind])


def roll_back_to_zero(database: Any) -> None:
    """The plan's `db:migrate:undo:all`. The admin's log goes with the users it names."""
    for app in ("admin", *reversed(OUR_APPS)):
        database.manage("migrate", app, "zero", "--verbosity", "0")


@pytest.mark.slow
def test_forward_back_and_forward_again_gives_an_identical_catalogue(migrated):
    first = migrated.catalogue()

    roll_back_to_zero(migrated)
    empty = migrated.catalogue()
    migrated.manage("migrate", "--verbosity", "0")

    assert names(empty, "tables") == OTHERS_TABLES
    assert empty["enums"] == {}
    assert empty["functions"] == {}
    assert empty["triggers"] == {}
    assert migrated.catalogue() == first


def test_undoing_the_last_migration_leaves_the_rest(migrated):
    """The plan's `db:migrate:undo`."""
    before = migrated.catalogue()

    migrated.manage("migrate", "medications", "0001", "--verbosity", "0")

    after = migrated.catalogue()
    assert names(before, "indexes") - names(after, "indexes") == {
        "medication_logs.idx_medication_logs_nurse",
        "medications.idx_medications_category",
        "medications.idx_medications_expiration",
        "medications.idx_medications_search",
        "medications.idx_medications_stock",
        "student_medications.idx_medication_schedule",
        "student_medications.idx_student_meds_active_dates",
    }
    assert before["tables"] == after["tables"]


def test_undoing_to_the_health_records_core_leaves_phase_one_of_health(migrated):
    """The plan's `db:migrate:undo:all --to 20250103000001-create-health-records-core.js`."""
    migrated.manage("migrate", "health", "0001", "--verbosity", "0")

    found = migrated.catalogue()
    health = {"health_records", "allergies", "chronic_conditions", "appointments"}
    assert health <= names(found, "tables")
    assert not {"vaccinations", "screenings", "growth_measurements", "vital_signs"} & names(found, "tables")
    assert "VaccineType" not in found["enums"]
    assert "allergies.epi_pen_required" not in found["columns"]
    assert "health_records.diagnosis_code" not in found["columns"]


def test_the_plans_manual_rollback_leaves_nothing_of_ours_but_functions(migrated):
    """The plan's DROP statements by hand, in its order; a migrate from nothing must then be possible."""
    tables = [
        *("audit_seals", "audit_logs"),
        *("vital_signs", "growth_measurements", "screenings", "vaccinations"),
        *("configuration_history", "system_configurations", "emergency_contacts", "incident_reports"),
        *("medication_logs", "student_medications", "medications", "appointments", "chronic_conditions", "allergies"),
        *("health_records", "contacts", "students", "users", "schools", "districts"),
    ]
    types = list(migrated.catalogue()["enums"])

    statements = [f"DROP TABLE IF EXISTS {table} CASCADE;" for table in tables]
    statements += [f'DROP TYPE IF EXISTS "{name}" CASCADE;' for name in types]
    # Ours beside the plan's, and Django's table of migrations in place of "SequelizeMeta".
    statements += [
        "DROP TABLE IF EXISTS school_assignments, legal_holds, django_admin_log CASCADE;",
        "DELETE FROM django_migrations WHERE app IN "
        "('admin', 'core', 'health', 'medications', 'incidents', 'configuration', 'audit');",
    ]
    migrated.run("psql", "-v", "ON_ERROR_STOP=1", "-q", text="\n".join(statements))

    assert names(migrated.catalogue(), "tables") == OTHERS_TABLES
    assert migrated.catalogue()["enums"] == {}
    migrated.manage("migrate", "--verbosity", "0")
    migrated.manage("verify_schema")
