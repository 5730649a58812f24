"""The release before keeps working while this one migrates, and afterwards: no maintenance window, and a way back."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db.migrations.loader import MigrationLoader

from core.schema.expectation import our_models
from core.schema.losing import losses
from tests.operations.old_program import last_release
from tests.operations.preflight import asked
from tests.safeguards.test_writers_and_kills import PEOPLE_AND_ROWS
from tests.scratch import ROOT, Scratch

pytestmark = pytest.mark.slow


# A migration gives up rather than to let others wait for longer than MIGRATION_LOCK_TIMEOUT, and is run again, as the
# manual says. On a machine with other work a writer may be kept from its turn for as long as that; hence a few times.
TRIES = 3


def migrate(database: Scratch, *target: str) -> None:
    """Run migrate; run it again only where it waited in vain for a lock, which leaves nothing behind."""
    for _ in range(TRIES):
        migrating = database.start("migrate", *target, "--verbosity", "0")
        output, _ = migrating.communicate(timeout=300)
        if migrating.returncode == 0:
            return
        assert len(output.splitlines()) == 1, output
        assert output.startswith("A migration waited 3s for a lock on a table that others are using"), output
    raise AssertionError(f"{TRIES} times in vain: {output}")


class OldProgram:
    """The release before, running on a database."""

    def __init__(self, database: Scratch) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.operations.old_program", "work"],
            cwd=ROOT,
            env=database.environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def told(self) -> Any:
        """How often it did what up to now, and what failed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def goes_on(self) -> Any:
        """Wait until everything was done again since now."""
        before, deadline = self.told()["done"], time.monotonic() + 60
        while True:
            now = self.told()
            if len(now["done"]) == 4 and all(now["done"][name] > before.get(name, 0) + 4 for name in now["done"]):
                return now
            assert now["failed"] == []
            assert time.monotonic() < deadline, now
            time.sleep(0.1)

    def end(self) -> Any:
        output, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return json.loads(output.splitlines()[-1])


@pytest.fixture
def released(scratch: Scratch) -> Scratch:
    """A database of the release before, with people and records."""
    subprocess.run(
        [sys.executable, "-m", "tests.operations.old_program", "prepare"],
        cwd=ROOT,
        env=scratch.environment,
        check=True,
        capture_output=True,
    )
    scratch.run("psql", "-q", "-v", "ON_ERROR_STOP=1", text=PEOPLE_AND_ROWS)
    return scratch


@pytest.fixture
def old_program(released: Scratch) -> Iterator[OldProgram]:
    program = OldProgram(released)
    yield program
    program.process.kill()
    program.process.communicate()


def test_the_release_before_works_while_this_one_migrates_and_afterwards(released: Scratch, old_program: OldProgram):
    pending = [migration["name"] for migration in asked(released)["pending"]]
    old_program.goes_on()

    migrate(released)
    after = old_program.goes_on()
    verified = released.manage("verify_schema")
    ended = old_program.end()

    assert {f"{app}.{name}" for app, name in last_release()}.isdisjoint(pending)
    assert after["failed"] == ended["failed"] == []
    assert "The schema is right" in verified
    released.manage("seal_audit_log")
    assert "The audit log is what was sealed" in released.manage("verify_audit_log")


def test_the_way_back_by_migrations_is_open_while_the_release_before_works(released: Scratch, old_program: OldProgram):
    """What this release added is undone, whatever it is; the old program does not notice."""
    before = released.catalogue()
    migrate(released)
    old_program.goes_on()
    known = dict(last_release())

    for app in sorted(_new_apps()):
        migrate(released, app, "zero")
    for app, name in known.items():
        migrate(released, app, name)
    old_program.goes_on()

    assert old_program.end()["failed"] == []
    assert released.catalogue() == before


def _new_apps() -> set[str]:
    """Apps of ours that the release before did not have."""
    return {model._meta.app_label for model in our_models()} - set(dict(last_release()))


def test_a_reader_that_holds_a_table_makes_migrate_give_up_and_nobody_wait_longer(released: Scratch):
    """A report that reads a table for long: migrate gives up, and who writes meanwhile waits no longer than it did."""
    if not asked(released)["pending"]:
        pytest.skip("this release has no migration yet")
    hurried = Scratch(released.url, (("MIGRATION_LOCK_TIMEOUT", "300ms"),))
    with psycopg.connect(released.url) as report, psycopg.connect(released.url, autocommit=True) as writer:
        for (table,) in released.execute(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND NOT relispartition AND relname !~ '^(django|auth)_'"
        ):
            report.execute(f'SELECT 1 FROM "{table}" LIMIT 1'.encode())
        writer.execute("SET lock_timeout = '4s'")
        migrating = hurried.start("migrate", "--verbosity", "0")
        while migrating.poll() is None:
            writer.execute("INSERT INTO medications (name) VALUES ('Written meanwhile') ON CONFLICT DO NOTHING")
            writer.execute("UPDATE users SET phone = '555-0100' WHERE email = (SELECT min(email) FROM users)")
        output, _ = migrating.communicate()

    assert migrating.returncode in (0, 1), output
    assert migrating.returncode == 0 or "MIGRATION_LOCK_TIMEOUT" in output
    released.manage("migrate", "--verbosity", "0")
    assert "The schema is right" in released.manage("verify_schema")


def test_what_is_lost_by_undoing_is_known():
    nodes = MigrationLoader(None).graph.nodes

    assert losses(nodes["core", "0011_saved_filters"]) == ["of each user: saved_filters"]
    assert losses(nodes["audit", "0002_seals"]) == ["tables audit_seals"]
    assert losses(nodes["core", "0010_index_finding"]) == []
