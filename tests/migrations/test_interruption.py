"""A migrate that is killed, blocked or run twice leaves nothing that the next one cannot finish."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import psycopg
import pytest

from tests.scratch import ROOT

# The migrations in the order in which they are applied, from which eighteen moments are taken.
KILL_BEHIND = (
    "core.0001_base_schema",
    "health.0001_health_records_core",
    "medications.0001_medication_management",
    "health.0002_complete_health_records",
    "health.0003_index_new_columns",
    "core.0002_performance_indexes",
    "core.0006_index_schools",
    "core.0007_stamps_and_deletion",
    "core.0008_row_security",
    "core.0012_know_old_staff",
    "health.0006_file_old_records",
    "audit.0001_audit_logs",
    "accounts.0003_second_factors",
    "audit.0002_seals",
    "configuration.0006_guard_settings",
    "medications.0007_row_security",
    "emergency.0002_policies_in_emergency",
    "health.0012_cover_record_list",
)


def kill_when_it_applies(database: Any, migration: str) -> None:
    """Start migrate and kill it a moment after it begins to apply `migration`."""
    with database.start("migrate") as process:
        try:
            seen = ""
            while f"Applying {migration}" not in seen:
                piece = os.read(process.stdout.fileno(), 4096).decode()
                assert piece, f"migrate ended before {migration}: {seen}"
                seen += piece
            time.sleep(0.01)
        finally:
            process.send_signal(signal.SIGKILL)


@pytest.mark.slow
def test_a_migrate_killed_at_eighteen_moments_ends_in_the_same_catalogue(scratch, migrated_catalogue):
    for migration in KILL_BEHIND:
        kill_when_it_applies(scratch, migration)

    scratch.manage("migrate", "--verbosity", "0")

    assert scratch.catalogue() == migrated_catalogue
    scratch.manage("verify_schema")


# Kills itself when it is about to note that a migration of core was applied, or undone.
_DIES_BEFORE_THE_NOTE = """
import os, signal, sys
from django.db.migrations.recorder import MigrationRecorder
def dying(note):
    def note_or_die(recorder, app, name):
        if app == "core":
            os.kill(os.getpid(), signal.SIGKILL)
        note(recorder, app, name)
    return note_or_die
MigrationRecorder.record_applied = dying(MigrationRecorder.record_applied)
MigrationRecorder.record_unapplied = dying(MigrationRecorder.record_unapplied)
from whitecross.command_line import run
run(["manage.py", *sys.argv[1:]])
"""


@pytest.mark.parametrize(("before", "aim"), [("zero", "0001"), ("0001", "zero")])
def test_a_kill_between_a_migration_and_its_note_leaves_neither(scratch, before: str, aim: str):
    """core.0001 leaves its foreign keys for the end, where Django itself would commit twice."""
    scratch.manage("migrate", "core", before, "--verbosity", "0")
    tables = "SELECT count(*) FROM pg_class WHERE relname IN ('students', 'schools') AND relkind = 'r'"
    found = scratch.execute(tables)

    done = subprocess.run(
        [sys.executable, "-c", _DIES_BEFORE_THE_NOTE, "migrate", "core", aim, "--verbosity", "0"],
        cwd=ROOT,
        env=scratch.environment,
        check=False,
    )

    assert done.returncode == -signal.SIGKILL
    assert scratch.execute(tables) == found
    scratch.manage("migrate", "core", aim, "--verbosity", "0")
    assert scratch.execute(tables) != found


def test_two_migrates_at_once_both_succeed_and_one_does_the_work(scratch, migrated_catalogue):
    first, second = scratch.start("migrate"), scratch.start("migrate")
    outputs = [first.communicate(timeout=120)[0], second.communicate(timeout=120)[0]]

    assert [first.returncode, second.returncode] == [0, 0], outputs
    assert sum("Applying core.0001_base_schema... OK" in output for output in outputs) == 1
    assert sum("Another migrate runs on this database" in output for output in outputs) == 1
    assert sum("No migrations to apply" in output for output in outputs) == 1
    assert scratch.catalogue() == migrated_catalogue


def test_an_index_left_invalid_by_a_killed_build_is_dropped_and_built(migrated, migrated_catalogue):
    migrated.manage("migrate", "core", "0001", "--verbosity", "0")
    with psycopg.connect(migrated.url) as writer:
        # An open transaction that has written makes a concurrent build wait, where the kill then finds it.
        writer.execute(
            "INSERT INTO students (student_number, first_name, last_name, date_of_birth, grade, gender) "
            "VALUES ('1', 'A', 'B', '2015-01-01', '5', 'FEMALE')"
        )
        process = migrated.start("migrate", "--verbosity", "0")
        building = (
            "SELECT pid FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' "
            "AND pid <> pg_backend_pid() AND datname = current_database()"
        )
        deadline = time.monotonic() + 30
        while not (found := migrated.execute(building)) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        migrated.execute(f"SELECT pg_terminate_backend({found[0][0]})")
        time.sleep(0.2)
        writer.rollback()
    invalid = migrated.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")

    migrated.manage("migrate", "--verbosity", "0")

    assert invalid == [("idx_students_school",)]
    assert migrated.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]
    assert migrated.catalogue() == migrated_catalogue


def test_a_migration_gives_up_on_a_lock_in_time_and_can_be_run_again(migrated, migrated_catalogue):
    migrated.manage("migrate", "health", "0001", "--verbosity", "0")
    impatient = type(migrated)(migrated.url, (("MIGRATION_LOCK_TIMEOUT", "200ms"),))
    before = migrated.catalogue()
    with psycopg.connect(migrated.url) as reader:
        reader.execute("SELECT count(*) FROM allergies")

        output = impatient.manage("migrate", "--verbosity", "0", status=1)

    assert output.splitlines() == [
        "A migration waited 200ms for a lock on a table that others are using, and gave up. What it had begun is "
        "undone. Run migrate again, or let it wait longer: MIGRATION_LOCK_TIMEOUT."
    ]
    assert migrated.catalogue() == before
    migrated.manage("migrate", "--verbosity", "0")
    assert migrated.catalogue() == migrated_catalogue
