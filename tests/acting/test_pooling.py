"""On a connection that many share, nothing of one actor is left for the next."""

import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from tests.acting.pages import TRACE
from tests.scratch import ROOT, Scratch

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@pytest.fixture
def shared(migrated: Scratch) -> Scratch:
    """A migrated database with a nurse and a counselor."""
    for name in ("NURSE", "COUNSELOR"):
        migrated.execute(
            "INSERT INTO users (email, password, first_name, last_name, role) "
            f"VALUES (lower('{name}@example.org'), '!', 'A', 'B', '{name}')"
        )
    return migrated


@pytest.fixture
def bouncer(shared: Scratch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a pgbouncer in transaction mode with one connection to the server."""
    if PGBOUNCER is None:
        pytest.skip("pgbouncer is not installed")
    database = urlsplit(shared.url).path.lstrip("/")
    parameters = connection.get_connection_params()
    host = parameters.get("host") or "127.0.0.1"
    where = f"host={host} port={parameters.get('port') or 5432} user={parameters['user']}"
    if parameters.get("password"):
        where += f" password={parameters['password']}"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = Path("/tmp") / f"pgbouncer-{os.getpid()}-{port}"  # noqa: S108 - another system user must get there
    folder.mkdir(mode=0o755)
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\n{database} = {where} dbname={database}\n"
        "[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n"
        "default_pool_size = 1\nmax_db_connections = 1\nquery_wait_timeout = 30\n"
    )
    configuration.chmod(0o644)
    options: dict[str, Any] = {}
    if os.getuid() == 0:  # which pgbouncer refuses to run as
        owner = Path(host).stat().st_uid if host.startswith("/") else 0
        account = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
        options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    log = (folder / "log").open("w")
    process = subprocess.Popen([PGBOUNCER, configuration], stdout=log, stderr=log, cwd="/", **options)
    try:
        _wait_for(port, process, folder / "log")
        yield f"postgres://anybody@127.0.0.1:{port}/{database}"
    finally:
        process.terminate()
        process.wait(timeout=10)
        log.close()
        shutil.rmtree(folder)


@pytest.fixture
def web_login(shared: Scratch) -> Iterator[str]:
    """The URL of a login as a production's web has it: it owns nothing, inherits nothing, and may take the roles."""
    name = f"web_{uuid.uuid4().hex[:8]}"
    try:
        shared.execute(f"CREATE ROLE {name} LOGIN NOINHERIT PASSWORD 'secret'")
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip("the tests' database user may not create roles")
    for role in ("anonymous", "nurse", "counselor", "school_admin", "viewer", "district_admin", "admin"):
        shared.execute(f"GRANT whitecross_{role} TO {name}")
    login = shared.url.split("//")[1].split("@")[0]
    try:
        yield shared.url.replace(f"//{login}@", f"//{name}:secret@")
    finally:
        shared.execute(f"DROP ROLE {name}")


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def without_actor(url: str, statement: str) -> None:
    """Run a statement as this login, which must be refused."""
    with psycopg.connect(url, autocommit=True) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(statement.encode())


def interleaved(scratch: Scratch, **environment: str) -> dict[str, Any]:
    """Run the requests as a program of their own on this database."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.acting.interleaved"],
        cwd=ROOT,
        env=scratch.environment | environment,
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def check(found: dict[str, Any]) -> None:
    """Everybody was who they are, failures failed, and between the requests nobody was declared, on one connection."""
    expected = {"/who/": 200, "/raising/?code=A&raise=500": 500, "/forbidden/?code=A": 403, "/swallowing/?code=A": 500}
    assert [turn["status"] for turn in found["turns"]] == [expected[turn["path"]] for turn in found["turns"]]
    pages = [turn for turn in found["turns"] if turn["path"] == "/who/"] + found["at_once"]
    assert len(pages) == 9 + 60
    for said in pages:
        assert said["status"] == 200
        assert said["actor_id"] == said["expected"]
    assert [page["role"] for page in pages[:3]] == ["whitecross_nurse", "whitecross_counselor", "whitecross_anonymous"]
    assert [page["role"] for page in pages] == [page["role"] for page in pages[:3]] * 23
    for said in found["between"]:
        left = {name: text for name, text in said.items() if text and name != "pid"}
        assert left == {"role": "none"}
    assert len({said["pid"] for said in (*pages, *found["between"])}) == 1


def written(scratch: Scratch) -> list[Any]:
    return scratch.execute(f"SELECT session_key FROM user_sessions WHERE session_data = '{TRACE}'")


def test_through_pgbouncer_in_transaction_mode(shared, bouncer):
    check(interleaved(shared, DATABASE_URL=bouncer))

    assert written(shared) == []


def test_through_a_pool_of_psycopgs(shared):
    check(interleaved(shared, DATABASE_POOL="1"))

    assert written(shared) == []


def test_through_a_login_that_owns_nothing(shared, web_login):
    found = interleaved(shared, DATABASE_URL=web_login, DATABASE_POOL="1")

    check(found)
    assert written(shared) == []
    for statement in (
        "SELECT 1 FROM students",
        "SELECT 1 FROM users",
        "SELECT declare_actor(NULL, '', '', '', '', '')",
    ):
        without_actor(web_login, statement)
