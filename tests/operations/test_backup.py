"""What deploy/backup.sh makes while people write, deploy/restore.sh brings back: guarded, and as it was sealed."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.operations.clusters import new_cluster
from tests.operations.scripts import BASH, counts, libpq_environment, programs_of, rows, script
from tests.safeguards.test_writers_and_kills import PEOPLE_AND_ROWS
from tests.scratch import ROOT, Scratch, scratch_database

Places = Callable[[Scratch], AbstractContextManager[tuple[Scratch, Scratch]]]

SEED, SECONDS = 20260505, 25


@contextmanager
def eight_writers(database: Scratch) -> Iterator[None]:
    """Eight people who write by the ORM and by SQL, and one who seals; some are killed. They end by themselves."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.safeguards.writers", str(SEED), str(SECONDS)],
        cwd=ROOT,
        env=database.environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as writers:
        try:
            _wait_for_entries(database, 300)
            yield
        finally:
            output, _ = writers.communicate(timeout=SECONDS + 180)
    assert writers.returncode == 0, output


def _wait_for_entries(database: Scratch, count: int) -> None:
    deadline = time.monotonic() + 60
    while database.execute("SELECT count(*) FROM audit_logs")[0][0] < count:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def photographs(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A file store with photographs."""
    folder = tmp_path / "files"
    (folder / "photographs").mkdir(parents=True)
    (folder / "photographs" / "Zoë 1.jpg").write_bytes(bytes(range(256)) * 40)
    (folder / "photographs" / "2.jpg").write_bytes(b"\xff\xd8")
    return folder


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def with_people(database: Scratch) -> Scratch:
    database.run("psql", "-q", "-v", "ON_ERROR_STOP=1", text=PEOPLE_AND_ROWS)
    return database


@contextmanager
def on_this_server(migrated: Scratch) -> Iterator[tuple[Scratch, Scratch]]:
    """From one database of the server to another."""
    with scratch_database() as target:
        yield with_people(migrated), target


@contextmanager
def to_another_cluster(_: Scratch) -> Iterator[tuple[Scratch, Scratch]]:
    """From one cluster to another that has none of the roles."""
    with new_cluster() as old, new_cluster() as new:
        source = old.create("whitecross")
        source.manage("migrate", "--verbosity", "0")
        yield with_people(source), new.create("whitecross")


@pytest.mark.slow
@pytest.mark.parametrize("places", [on_this_server, to_another_cluster])
def test_a_backup_taken_under_load_comes_back_whole(
    migrated: Scratch, backups: Path, files: Path, tmp_path: Path, places: Places
):
    with places(migrated) as (source, target):
        with eight_writers(source):
            before = rows(source)
            made = script(source, "backup.sh", backups, "--files", files)
            backup = Path(made.splitlines()[-1])
        after = rows(source)

        said = script(target, "restore.sh", backup, "--files", tmp_path / "restored", "--roles")

        snapshot = counts(backup)
        assert rows(target) == snapshot
        assert before["audit_logs"] <= snapshot["audit_logs"] < after["audit_logs"]  # people went on writing
        assert said.splitlines()[-1].startswith(f"Restored {len(snapshot)} tables with {sum(snapshot.values())} rows")
        assert photographs(tmp_path / "restored") == photographs(files)
        assert target.catalogue() == source.catalogue()
        assert "The schema is right" in target.manage("verify_schema")
        if places is to_another_cluster:
            assert "seal_audit_log --after-restore" in target.manage("seal_audit_log", status=1)
            target.manage("seal_audit_log", "--after-restore")
        else:
            target.manage("seal_audit_log")
        assert "The audit log is what was sealed" in target.manage("verify_audit_log")


@pytest.fixture
def source(migrated: Scratch) -> Scratch:
    return with_people(migrated)


def backed_up(source: Scratch, backups: Path, *arguments: object) -> Path:
    return Path(script(source, "backup.sh", backups, *arguments).splitlines()[-1])


def test_it_is_readable_by_nobody_else_and_has_no_password(source: Scratch, backups: Path):
    backup = backed_up(source, backups)

    assert [path for path in (backup, *backup.rglob("*")) if path.stat().st_mode & 0o077] == []
    assert "PASSWORD" not in (backup / "roles.sql").read_text(encoding="utf-8")
    assert "CREATE ROLE whitecross_nurse;" in (backup / "roles.sql").read_text(encoding="utf-8")


def test_of_many_backups_the_newest_are_kept(source: Scratch, backups: Path):
    made = []
    for _ in range(3):
        made.append(backed_up(source, backups, "--keep", 2))
        time.sleep(1)  # they are named by the second

    assert sorted(backups.iterdir()) == made[1:]


def test_one_that_was_interrupted_is_no_backup(source: Scratch, backups: Path, scratch: Scratch):
    # A lock that pg_dump waits for holds it up.
    with subprocess.Popen(
        [programs_of(source) / "psql", "--no-psqlrc", "--quiet"],
        env=libpq_environment(source),
        stdin=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        holder.stdin.write("BEGIN; LOCK TABLE students IN ACCESS EXCLUSIVE MODE;\n")
        holder.stdin.flush()
        held = "SELECT count(*) FROM pg_locks WHERE relation = 'students'::regclass AND granted = {}"
        _wait_until(source, held.format("true"))
        dumping = subprocess.Popen(
            [BASH, str(ROOT / "deploy/backup.sh"), str(backups)],
            env=libpq_environment(source),
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _wait_until(source, held.format("false"))
        dumping.send_signal(signal.SIGTERM)
        source.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pg_dump%'")
        dumping.wait(timeout=30)
        holder.stdin.write("ROLLBACK;\n")
    (left,) = backups.iterdir()

    assert left.name.endswith(".partial")
    assert "is no finished backup" in script(scratch, "restore.sh", left, status=1)
    time.sleep(1)  # they are named by the second
    assert backed_up(source, backups).is_dir()


def _wait_until(database: Scratch, question: str) -> None:
    deadline = time.monotonic() + 30
    while database.execute(question)[0][0] == 0:
        assert time.monotonic() < deadline, question
        time.sleep(0.05)


def test_a_damaged_one_is_refused_before_anything_is_restored(source: Scratch, backups: Path, scratch: Scratch):
    backup = backed_up(source, backups)
    largest = max((backup / "database").iterdir(), key=lambda file: file.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)

    said = script(scratch, "restore.sh", backup, status=1)

    assert "is damaged: take another one" in said
    assert rows(scratch) == {}


def test_a_lost_file_of_the_dump_is_found(source: Scratch, backups: Path, scratch: Scratch):
    backup = backed_up(source, backups)
    max((backup / "database").iterdir(), key=lambda file: file.stat().st_size).unlink()

    assert "is damaged" in script(scratch, "restore.sh", backup, status=1)


def test_a_database_with_tables_is_not_restored_into(source: Scratch, backups: Path):
    backup = backed_up(source, backups)
    before = rows(source)

    said = script(source, "restore.sh", backup, status=1)

    assert "tables; restore into an empty one" in said
    assert rows(source) == before


def test_files_are_not_put_over_others(source: Scratch, backups: Path, files: Path, scratch: Scratch):
    backup = backed_up(source, backups, "--files", files)

    assert "is not empty" in script(scratch, "restore.sh", backup, "--files", files, status=1)
    assert rows(scratch) == {}


@pytest.mark.slow
def test_without_the_roles_nothing_is_restored(source: Scratch, backups: Path):
    with new_cluster() as elsewhere:
        target = elsewhere.create("whitecross")
        backup = backed_up(source, backups)

        said = script(target, "restore.sh", backup, status=1)

        assert "bring them by --roles, as a superuser" in said
        assert rows(target) == {}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "say into which folder"),
        (["nowhere"], "there is no folder nowhere"),
        ([".", "--keep", "many"], "--keep and --jobs want a number"),
        ([".", "--files", "nowhere"], "there is no folder nowhere"),
        ([".", "--fast"], "unknown option --fast"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(migrated: Scratch, arguments: list[str], says: str):
    assert says in script(migrated, "backup.sh", *arguments, status=1)


def test_the_scripts_are_sound():
    checker = shutil.which("shellcheck")
    names = sorted(str(path) for path in (ROOT / "deploy").glob("*.sh"))
    for name in names:
        subprocess.run([BASH, "-n", name], check=True)
    if checker is None:
        pytest.skip("shellcheck is not installed; bash has read them")
    subprocess.run([checker, *names], check=True)
