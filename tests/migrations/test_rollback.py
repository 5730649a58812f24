"""Every migration can be undone, and done again, without a trace."""

import re
from typing import Any

import pytest

from tests.scratch import ROOT

OUR_APPS = ("core", "health", "medications", "incidents", "configuration", "audit", "accounts", "emergency", "home")
OTHERS_TABLES = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
}


# What is in the database beside Django's own tables, with all that hangs on a role of the web: grants, policies, what it
# owns. Asked of PostgreSQL itself, because the catalogue that verify_schema reads leaves partitions out, for one.
_REMAINS = r"""
SELECT 'relation ' || c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^(auth|django)_'
UNION ALL
SELECT 'type ' || t.typname FROM pg_type t
WHERE t.typnamespace = 'public'::regnamespace AND t.typname !~ '^_?(auth|django)_'
UNION ALL
SELECT 'function ' || p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'trigger ' || t.tgname FROM pg_trigger t WHERE NOT t.tgisinternal
UNION ALL
SELECT 'policy ' || p.polname FROM pg_policy p
UNION ALL
SELECT 'default privilege ' || d.oid FROM pg_default_acl d
UNION ALL
SELECT 'schema ' || n.nspname FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('public', 'information_schema')
UNION ALL
SELECT DISTINCT 'something of ' || r.rolname || ' in ' || d.classid::regclass
FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND r.rolname LIKE 'whitecross\_%'
ORDER BY 1
"""
_ROLES = r"SELECT count(*) FROM pg_roles WHERE rolname LIKE 'whitecross\_%' AND NOT rolcanlogin"


def remains(database: Any) -> list[str]:
    """What is left of ours."""
    return [row[0] for row in database.execute(_REMAINS)]


def names(catalogue: dict[str, Any], kind: str) -> set[str]:
    return set(catalogue[kind])


def roll_back_to_zero(database: Any) -> None:
    """The plan's `db:migrate:undo:all`. The admin's log goes with the users it names."""
    for app in ("admin", *reversed(OUR_APPS)):
        database.manage("migrate", app, "zero", "--verbosity", "0")


@pytest.mark.slow
def test_forward_back_and_forward_again_gives_an_identical_catalogue(migrated):
    first = migrated.catalogue()

    before = remains(migrated)

    roll_back_to_zero(migrated)
    empty, left = migrated.catalogue(), remains(migrated)
    migrated.manage("migrate", "--verbosity", "0")

    assert len(before) > 300  # so much there was to undo
    assert left == []
    assert migrated.execute(_ROLES) == [(12,)]  # other databases of the server may use them

    assert names(empty, "tables") == OTHERS_TABLES
    assert empty["enums"] == {}
    assert empty["functions"] == {}
    assert empty["triggers"] == {}
    assert empty["policies"] == {}
    assert empty["grants"] == {}
    assert migrated.catalogue() == first


@pytest.mark.slow
def test_each_app_can_be_undone_and_done_again_by_itself(migrated):
    first = migrated.catalogue()

    for app in reversed(OUR_APPS):
        migrated.manage("migrate", app, "zero", "--verbosity", "0")
        without = migrated.catalogue()
        assert app != "core" or remains(migrated) == []
        migrated.manage("migrate", "--verbosity", "0")

        assert without != first
        assert migrated.catalogue() == first, app


def test_undoing_the_last_migration_leaves_the_rest(migrated):
    """The plan's `db:migrate:undo`."""
    before = migrated.catalogue()

    migrated.manage("migrate", "medications", "0010", "--verbosity", "0")

    after = migrated.catalogue()
    changed = {
        (kind, name.split(".")[0])
        for kind in before
        for name in {*before[kind], *after[kind]}
        if before[kind].get(name) != after[kind].get(name)
    }
    assert changed == {("indexes", "medication_logs"), ("indexes", "student_medications")}


def test_undoing_the_plans_last_migration_takes_the_guard_above_it_along(migrated):
    before = migrated.catalogue()

    migrated.manage("migrate", "medications", "0001", "--verbosity", "0")

    after = migrated.catalogue()
    gone = names(before, "tables") - names(after, "tables")
    # What the guard holds up goes too: an emergency's access, and the sessions and factors that it writes down.
    assert gone == {
        "audit_logs",
        "audit_seals",
        "emergency_accesses",
        "user_sessions",
        "authenticator_apps",
        "passkeys",
        "recovery_codes",
        "login_attempts",
    }
    lost = names(before, "indexes") - names(after, "indexes")
    assert {index for index in lost if index.split(".")[0] not in gone and not index.startswith("audit_")} == {
        "medication_logs.idx_medication_logs_due",
        "medication_logs.idx_medication_logs_nurse",
        "medication_logs.idx_medication_logs_school",
        "medication_logs.idx_medication_logs_student",
        "medication_logs.idx_medication_logs_time",
        "medications.idx_medications_category",
        "medications.idx_medications_expiration",
        "medications.idx_medications_search",
        "medications.idx_medications_stock",
        "student_medications.idx_medication_schedule",
        "student_medications.idx_student_meds_active_dates",
        "student_medications.idx_student_meds_latest",
        "student_medications.idx_student_meds_school",
    }


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


def test_the_rollback_by_hand_leaves_nothing_of_ours(migrated):
    """The plan's DROP statements, as the manual has them; a migrate from nothing must then be possible."""
    manual = (ROOT / "docs/migrations.md").read_text(encoding="utf-8")
    by_hand = re.search(r"^### By hand.*?^```sql\n(.*?)^```", manual, re.MULTILINE | re.DOTALL)
    assert by_hand is not None

    migrated.run("psql", "-v", "ON_ERROR_STOP=1", "-q", text=by_hand[1])

    assert remains(migrated) == []
    assert names(migrated.catalogue(), "tables") == OTHERS_TABLES
    migrated.manage("migrate", "--verbosity", "0")
    migrated.manage("verify_schema")
