"""Every command of docs/operations.md is run as it stands there, but for paths and names, and does what it says."""

import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import get_commands, load_command_class
from django.test import Client

from core.models import User, UserRole
from tests.factories.core import UserFactory
from tests.operations import manual
from tests.operations.manual import MANUAL, block
from tests.operations.scripts import BASH, libpq_environment, rows
from tests.safeguards.test_writers_and_kills import PEOPLE_AND_ROWS
from tests.scratch import ROOT, Scratch, drop_database, server_url

# Its preflight finds the logins that other tests make: see tests/operations/test_preflight.py.
pytestmark = pytest.mark.xdist_group("logins")

HERE = Path(__file__).parent
MANAGE = f"{sys.executable} manage.py"


def run(database: Scratch, commands: str, status: int = 0) -> str:
    """Run commands of the manual in the folder of the program; returns what they print."""
    done = subprocess.run(
        [BASH, "-euo", "pipefail", "-c", commands],
        cwd=ROOT,
        env=libpq_environment(database, database.environment),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=180,
    )
    assert done.returncode == status, done.stdout
    return done.stdout


def statements(text: str) -> list[str]:
    return [statement for statement in re.split(r";\s*\n", text) if statement.strip()]


@pytest.fixture
def people(migrated: Scratch) -> Scratch:
    migrated.run("psql", "-q", "-v", "ON_ERROR_STOP=1", text=PEOPLE_AND_ROWS)
    return migrated


def name_of(database: Scratch) -> str:
    return str(database.execute("SELECT current_database()")[0][0])


def test_every_block_is_run_by_a_test_or_says_why_not():
    tests = "".join(file.read_text(encoding="utf-8") for file in HERE.glob("test_*.py"))
    found = [found for found in manual.blocks() if found.language in {"bash", "sql", "ini"}]

    assert [block.text for block in found if not block.name] == []
    assert [block.name for block in found if block.is_run and f'block("{block.name}"' not in tests] == []
    assert len({block.name for block in found}) == len(found)
    assert len([block for block in found if block.is_run]) >= 19


def test_commands_in_the_text_take_the_options_they_are_named_with():
    text = MANUAL.read_text(encoding="utf-8")
    named = re.findall(r"`([a-z]+_[a-z_]+|preflight|migrate)((?: --[a-z-]+)+)", text)

    for command, options in named:
        parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
        known = {option for action in parser._actions for option in action.option_strings}
        assert set(options.split()) <= known, command
    assert len(named) >= 3


def test_an_empty_database_is_installed(scratch: Scratch):
    said = run(scratch, block("first installation", manage=MANAGE))

    assert "Fit to migrate" in said
    assert "The schema is right" in said


def test_preflight_is_asked(people: Scratch, tmp_path: Path):
    (tmp_path / "dumps").mkdir()
    commands = block("preflight", manage=MANAGE, backups=str(tmp_path))

    said = run(people, commands, status=1)

    assert "problem  backup                 no finished one is in the folder" in said
    listed = MANUAL.read_text(encoding="utf-8").split("| Line |")[1].split("\n\n")[0]
    lines = {line.split()[1] for line in said.splitlines() if re.match(r"(ok|warning|problem) ", line)}
    assert [line for line in lines if line not in listed] == []


def test_an_upgrade_is_made(people: Scratch):
    assert "The schema is right" in run(people, block("migrate", manage=MANAGE))


def test_a_migration_is_undone_and_done_again(people: Scratch):
    before = people.catalogue()

    run(people, block("roll back", manage=MANAGE))

    assert people.catalogue() == before


def test_a_backup_is_made_and_restored(people: Scratch, tmp_path: Path):
    files, target = tmp_path / "files", f"scratch_{uuid.uuid4().hex[:12]}"
    files.mkdir()
    (files / "1.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "dumps").mkdir()
    run(
        people,
        block("back up", backups=str(tmp_path), files=str(files), database=f"PGDATABASE={name_of(people)}"),
    )
    shutil.rmtree(files)
    try:
        said = run(
            people,
            block("restore", backups=str(tmp_path), files=str(files), database=f"PGDATABASE={target}"),
        )
        restored = Scratch(server_url(target))

        assert "Restored " in said
        assert rows(restored) == rows(people)
        assert (files / "1.jpg").read_bytes() == b"\xff\xd8"
        # The same cluster, which says so; elsewhere the command records the restore: test_backup.
        commands = block("after a restore", manage=MANAGE)
        checked, recorded, verified = commands.splitlines()
        assert "The schema is right" in run(restored, checked)
        assert "no restore is to be recorded" in run(restored, recorded, status=1)
        restored.manage("seal_audit_log")
        assert "The audit log is what was sealed" in run(restored, verified)
    finally:
        with psycopg.connect(server_url("postgres"), autocommit=True) as session:
            drop_database(session, target)


@pytest.fixture
def web_login(people: Scratch) -> Iterator[str]:
    """The name of a login as deploy/create_logins.sql makes the web's."""
    name = f"web_{uuid.uuid4().hex[:8]}"
    try:
        people.execute(f"CREATE ROLE {name} LOGIN NOINHERIT PASSWORD 'secret'")
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip("the tests' database user may not create roles")
    people.execute(f"GRANT whitecross_anonymous TO {name}")
    people.execute(f"GRANT CONNECT ON DATABASE {name_of(people)} TO {name}")
    # As the manual says for whoever is no superuser.
    people.execute(f"GRANT {name} TO CURRENT_USER")
    yield name
    if people.execute(f"SELECT count(*) FROM pg_roles WHERE rolname = '{name}'") == [(1,)]:
        people.execute(f"DROP OWNED BY {name}")
        people.execute(f"DROP ROLE {name}")


def test_a_login_is_exchanged_for_another(people: Scratch, web_login: str):
    user = people.url.split("//")[1].split("@")[0]
    still_used = block("is the old login still used", web=web_login)
    with psycopg.connect(people.url.replace(f"//{user}@", f"//{web_login}:secret@")) as session:
        assert people.execute(still_used) == [(1,)]

        assert people.execute(block("end sessions", web=web_login)) == [(1,)]
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    for statement in statements(block("drop the old login", web=web_login)):
        people.execute(statement)

    assert people.execute(f"SELECT count(*) FROM pg_roles WHERE rolname = '{web_login}'") == [(0,)]


def test_the_server_is_told_to_read_its_settings_again(migrated: Scratch):
    try:
        assert migrated.execute(block("reload")) == [(True,)]
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip("the tests' database user may not reload the server")


def test_what_is_large_is_told(people: Scratch):
    for statement in statements(block("what is large")):
        people.execute(statement)


def test_who_read_much_is_told(people: Scratch):
    people.execute(
        "INSERT INTO audit_logs (action, entity_type, user_id, student_id) "
        "SELECT 'VIEW', 'students', (SELECT id FROM users ORDER BY email LIMIT 1), id FROM students LIMIT 12"
    )

    ((_, action, count, students, *_),) = people.execute(block("who read much"))

    assert (action, count, students) == ("VIEW", 12, 12)


def watched(database: Scratch) -> dict[str, float]:
    """The numbers of both files, by name."""
    said = run(database, block("watch", database=f"PGDATABASE={name_of(database)}"))
    return {name: float(value) for name, value in (line.split(" ") for line in said.splitlines())}


@pytest.fixture
def watching(people: Scratch) -> Iterator[Scratch]:
    """The same, for a login that is a superuser's or may read what a login for watching may."""
    (is_superuser,) = people.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")[0]
    if not is_superuser:
        try:
            people.execute("GRANT pg_monitor TO CURRENT_USER")
        except psycopg.errors.InsufficientPrivilege:
            pytest.skip("the tests' database user may not read how the server is")
    yield people
    if not is_superuser:
        people.execute("REVOKE pg_monitor FROM CURRENT_USER")


def test_every_number_that_is_watched_is_explained(watching: Scratch):
    table = MANUAL.read_text(encoding="utf-8").split("## What to watch")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    explained = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]

    assert list(watched(watching)) == explained


def test_what_happens_shows_in_the_numbers(watching: Scratch):
    people = watching
    before = watched(people)
    people.execute(
        "INSERT INTO audit_logs (action, entity_type, ip_address) "
        "SELECT 'AUTHENTICATION_FAILED', 'users', ('192.0.2.' || n % 2)::inet FROM generate_series(1, 30) AS n"
    )
    people.execute(
        "INSERT INTO audit_logs (action, entity_type, user_id, student_id) "
        "SELECT 'VIEW', 'students', (SELECT id FROM users ORDER BY email LIMIT 1), id FROM students LIMIT 12"
    )
    with psycopg.connect(people.url) as session:
        session.execute("SELECT 1")
        people.execute("SELECT pg_sleep(1.1)")
        after = watched(people)
    people.wait_for_others()
    people.manage("seal_audit_log")
    people.manage("count_schools", "--verbosity", "0")

    assert before["failed_logins_last_hour"] == before["students_seen_by_one_user_last_hour"] == 0
    assert before["hours_since_figures_were_counted"] == -1
    assert after["failed_logins_last_hour"] == 30
    assert after["failed_logins_of_one_address_last_hour"] == 15
    assert after["students_seen_by_one_user_last_hour"] == 12
    assert after["oldest_transaction_seconds"] >= 1
    assert after["idle_in_transaction_seconds"] >= 1
    assert after["oldest_entry_not_sealed_seconds"] >= 1
    last = watched(people)
    assert last["oldest_entry_not_sealed_seconds"] == 0
    assert last["hours_since_figures_were_counted"] == 0


@pytest.mark.django_db
def test_with_the_old_key_as_a_fallback_nobody_is_logged_out(client: Client, settings: Any):
    user: User = UserFactory.create(role=UserRole.NURSE)
    settings.SECRET_KEY = "old-" + "1" * 50
    client.force_login(user)
    page = "/admin/password_change/"
    assert client.get(page).status_code == 200

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new-" + "2" * 50, [settings.SECRET_KEY]
    with_fallback = client.get(page)
    settings.SECRET_KEY_FALLBACKS = []
    settings.SECRET_KEY = "newer-" + "3" * 50
    without = client.get(page)

    assert with_fallback.status_code == 200
    assert without.status_code == 302
