"""Back to the moment before an accident, by the commands of the manual, and what the audit log says of it."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.operations.clusters import Cluster, as_server, new_cluster
from tests.operations.manual import block
from tests.operations.scripts import BASH, rows
from tests.safeguards.test_writers_and_kills import PEOPLE_AND_ROWS
from tests.scratch import ROOT, Scratch

pytestmark = [pytest.mark.slow, pytest.mark.any_database]


@pytest.fixture
def cluster(django_db_setup: None) -> Iterator[Cluster]:
    """A server that archives as the manual says, into a folder beside its data."""
    with new_cluster() as made:
        for name in ("backups", "backups/base", "backups/wal"):
            as_its_user(made, f"mkdir {made.folder / name}")
        as_its_user(made, f"cp {ROOT / 'deploy/archive_wal.sh'} {made.folder}")
        settings = block("archive settings", program=f"{made.folder}/", backups=str(made.folder / "backups"))
        made.stop()
        made.configure(*settings.replace(f"{made.folder}/deploy/", f"{made.folder}/").splitlines())
        made.configure("listen_addresses = ''", f"unix_socket_directories = '{made.folder}'", "fsync = off")
        made.start()
        yield made


def as_its_user(cluster: Cluster, commands: str) -> None:
    """Run commands of the manual as the user who runs the server."""
    done = subprocess.run(
        [*as_server(), BASH, "-euo", "pipefail", "-c", commands],
        env=cluster.environment,
        stdout=(output := (cluster.folder / "commands.log").open("a")),
        stderr=output,
        cwd=cluster.folder,
        check=False,
    )
    output.close()
    assert done.returncode == 0, (cluster.folder / "commands.log").read_text()


def run_sql(database: Scratch, script: str) -> list[Any]:
    """Run a block of SQL statement by statement; returns what each answers."""
    return [database.execute(statement) for statement in script.split(";\n") if statement.strip()]


def test_the_database_comes_back_as_it_was_before_the_accident(cluster: Cluster):
    database = cluster.create("whitecross")
    database.manage("migrate", "--verbosity", "0")
    database.run("psql", "-q", "-v", "ON_ERROR_STOP=1", text=PEOPLE_AND_ROWS)
    database.wait_for_others()
    early = database.manage("seal_audit_log", "--export-anchor").strip()
    places = {"backups": str(cluster.folder / "backups")}
    as_its_user(cluster, block("base backup", **places))
    database.execute("INSERT INTO allergies (student_id, allergen) SELECT id, 'Peanut' FROM students")
    before, seen = rows(database), students(database)
    ((moment,),) = database.execute("SELECT clock_timestamp()::text")
    time.sleep(1)

    database.execute("UPDATE students SET deleted_at = now()")
    database.execute("DROP TABLE vital_signs CASCADE")
    database.wait_for_others()
    late = database.manage("seal_audit_log", "--export-anchor").strip()
    as_its_user(cluster, block("recover", data=str(cluster.data), moment=moment, **places))
    database.execute("SELECT 1")
    looked = students(database)
    run_sql(database, block("look and go on"))
    cluster.wait_until("SELECT NOT pg_is_in_recovery()", "whitecross")
    run_sql(database, block("after the recovery"))

    assert looked == seen
    assert rows(database) == before
    assert "The schema is right" in database.manage("verify_schema")
    # The same cluster: the chain is whole and goes on, and what was sealed later is not in it.
    assert "The audit log is what was sealed" in database.manage("verify_audit_log", "--anchor", early)
    assert "anchor" in database.manage("verify_audit_log", "--anchor", late, status=1)
    assert "no restore is to be recorded" in database.manage("seal_audit_log", "--after-restore", status=1)
    database.execute("UPDATE students SET grade = '6'")
    database.wait_for_others()
    assert "Sealed" in database.manage("seal_audit_log")
    assert "The audit log is what was sealed" in database.manage("verify_audit_log", "--anchor", early)
    as_its_user(cluster, block("base backup", **places))


def students(database: Scratch) -> list[Any]:
    return database.execute("SELECT id, grade, deleted_at FROM students ORDER BY id")


def test_a_segment_is_archived_once_and_never_overwritten(tmp_path: Path):
    def archive(content: bytes, status: int) -> None:
        segment = tmp_path / "segment"
        segment.write_bytes(content)
        done = subprocess.run(
            [BASH, str(ROOT / "deploy/archive_wal.sh"), str(segment), str(tmp_path / "archive" / "0001")], check=False
        )
        assert done.returncode == status

    archive(b"one", 1)  # there is no folder: the server keeps its own and asks again
    (tmp_path / "archive").mkdir()
    archive(b"one", 0)
    archive(b"one", 0)
    archive(b"two", 1)

    assert [(file.name, file.read_bytes()) for file in (tmp_path / "archive").iterdir()] == [("0001", b"one")]
