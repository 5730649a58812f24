"""What is wrong with the database is said in one line, without a traceback, and with what to do."""

import contextlib
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.scratch import ROOT, Scratch, server_url


def manage(*arguments: str, **environment: str) -> tuple[int, str]:
    """Run a command with this environment on top; returns its exit status and all it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"SECRET_KEY": "k" * 60, "DJANGO_SETTINGS_MODULE": "whitecross.settings"} | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


def one_line(*arguments: str, **environment: str) -> str:
    """The one line that a failing command prints."""
    status, output = manage(*arguments, **environment)
    assert status == 1, output
    assert len(output.splitlines()) == 1, output
    return output.strip()


@contextlib.contextmanager
def server_of_version(version: str) -> Iterator[int]:
    """A TCP port where something greets as a PostgreSQL server of that version does, and says no more."""
    listener = socket.create_server(("127.0.0.1", 0))

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    def setting(name: str, value: str) -> bytes:
        return message(b"S", f"{name}\0{value}\0".encode())

    def greet() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                while True:
                    (length,) = struct.unpack("!i", client.recv(4))
                    (code,) = struct.unpack("!i", client.recv(length - 4)[:4])
                    if code == 196608:  # protocol 3.0; anything else asks for encryption, which is declined
                        break
                    client.sendall(b"N")
                client.sendall(
                    message(b"R", struct.pack("!i", 0))
                    + setting("server_version", version)
                    + setting("client_encoding", "UTF8")
                    + setting("standard_conforming_strings", "on")
                    + setting("TimeZone", "UTC")
                    + message(b"K", struct.pack("!ii", 1, 1))
                    + message(b"Z", b"I")
                )
                client.recv(1024)

    thread = threading.Thread(target=greet, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(timeout=5)


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    line = one_line("migrate", DATABASE_URL=f"postgres://u:secret@127.0.0.1:{port}/x")

    assert line == (
        f'Cannot connect to the database: connection to server at "127.0.0.1", port {port} failed: Connection refused. '
        "Is the server running, and are host and port right? DATABASE_URL names the server."
    )


def test_a_host_that_is_none():
    line = one_line("showmigrations", DATABASE_URL="postgres://u:secret@no-such-host.invalid/x")

    assert "Is the host name right? DATABASE_URL names the server." in line
    assert "secret" not in line


def test_a_database_that_is_none(django_db_setup):
    line = one_line("migrate", DATABASE_URL=server_url("no_such_database"))

    assert line == (
        'Cannot connect to the database: database "no_such_database" does not exist. '
        "Create it on the server, or name one that is there. DATABASE_URL names the server."
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mysql://u@h/x", "DATABASE_URL must name a PostgreSQL database: postgres://user:password@host:5432/database"),
        (
            "postgres://u@h",
            "DATABASE_URL names no database. It should end in /database: postgres://user:password@host:5432/database",
        ),
    ],
)
def test_a_wrong_url(url, expected):
    assert one_line("migrate", DATABASE_URL=url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:p@h:port/x",
        "postgres://u:p@h:99999/x",
        "postgres://u:p@ss/w@h/x",
    ],
)
def test_a_url_that_cannot_be_read(url):
    line = one_line("migrate", DATABASE_URL=url)

    assert line == (
        "DATABASE_URL cannot be read. It should be postgres://user:password@host:5432/database; "
        "special characters in the password must be percent-encoded, and the port is a number."
    )


@pytest.mark.parametrize("option", ["sslmode=bogus", "nonsense=1"])
def test_an_option_that_is_none(option):
    line = one_line("migrate", DATABASE_URL=f"postgres://u:secret@127.0.0.1/x?{option}")

    assert line.startswith("Cannot connect to the database: ")
    assert option.split("=")[0] in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TIME_ZONE", "Nowhere/Land", "TIME_ZONE should be a time zone such as America/Chicago, not 'Nowhere/Land'."),
        ("TIME_ZONE", "/etc/passwd", "TIME_ZONE should be a time zone such as America/Chicago, not '/etc/passwd'."),
        ("DATABASE_CONN_MAX_AGE", "long", "DATABASE_CONN_MAX_AGE should be a whole number, not 'long'."),
        ("DEBUG", "maybe", "DEBUG should be True or False, not 'maybe'."),
        ("SECRET_KEY", "short", "SECRET_KEY is too short. Outside DEBUG it should have 50 random characters or more."),
        (
            "MIGRATION_LOCK_TIMEOUT",
            "soon",
            "MIGRATION_LOCK_TIMEOUT should be a number with ms, s, min or h, such as 3s, not 'soon'.",
        ),
    ],
)
def test_a_setting_of_a_wrong_form(name, value, expected):
    assert one_line("check", **{"DATABASE_URL": "postgres://u@h/x", name: value}) == expected


def test_a_log_level_that_is_none():
    line = one_line("check", LOG_LEVEL="loud")

    assert line.startswith("LOG_LEVEL should be one of CRITICAL, ")


def test_no_secret_key_outside_debug():
    line = one_line("migrate", DATABASE_URL="postgres://u@h/x", SECRET_KEY="")

    assert line == "SECRET_KEY is not set. Outside DEBUG it must be: 50 random characters or more."


def test_a_server_that_is_too_old():
    with server_of_version("14.20") as port:
        line = one_line("migrate", DATABASE_URL=f"postgres://u@127.0.0.1:{port}/x?sslmode=disable")

    assert line == (
        "This server is PostgreSQL 14.20, and White Cross needs 15 or later. "
        "Upgrade it, or set DATABASE_URL to another server."
    )


def test_a_missing_privilege(scratch: Scratch):
    role = "whitecross_powerless"
    try:
        scratch.execute(f"DROP ROLE IF EXISTS {role}")
        scratch.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'powerless'")
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip("the tests' database user may not create roles")
    try:
        login = scratch.url.split("//")[1].split("@")[0]
        url = scratch.url.replace(f"//{login}@", f"//{role}:powerless@")

        line = one_line("migrate", "--verbosity", "0", DATABASE_URL=url)
    finally:
        scratch.execute(f"DROP ROLE {role}")

    assert line == (
        "The database user whitecross_powerless lacks a privilege: permission denied for schema public. Commands "
        "must run as the owner of the tables; to make them, the server's administrator can say: "
        "GRANT CREATE, USAGE ON SCHEMA public TO whitecross_powerless;"
    )


def test_an_embedded_server_in_a_path_with_a_space(tmp_path: Path):
    folder = tmp_path / "my files"

    line = one_line("migrate", DATABASE_URL="", WHITECROSS_VAR=str(folder))

    assert line.startswith("The embedded PostgreSQL cannot live in a path with a space")
    assert "Set WHITECROSS_VAR to a folder without one" in line


def test_an_embedded_server_that_cannot_start(tmp_path: Path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")

    line = one_line("migrate", DATABASE_URL="", WHITECROSS_VAR=str(tmp_path))

    assert line.startswith(f"The embedded PostgreSQL in {tmp_path}/postgres did not start: ")
    assert "Set WHITECROSS_VAR to another folder, or DATABASE_URL to a server of yours." in line


def test_a_command_that_is_terminated_takes_its_embedded_server_along(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", "--noreload", "127.0.0.1:0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": "", "WHITECROSS_VAR": str(tmp_path), "DEBUG": "True"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    deadline = time.monotonic() + 30
    while not (pid_file.exists() and "ready" in pid_file.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    started = pid_file.exists()
    time.sleep(0.5)

    process.terminate()
    status = process.wait(timeout=30)

    assert started
    assert status == 128 + 15
    assert not pid_file.exists()


@pytest.mark.slow
def test_a_pid_that_a_crash_left_behind_harms_nobody(tmp_path: Path):
    """The number in postmaster.pid may be another program's by now; it is neither taken for the server nor stopped."""
    embedded = {"DATABASE_URL": "", "WHITECROSS_VAR": str(tmp_path)}
    status, output = manage("showmigrations", "core", **embedded)
    assert status == 0, output
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        folder = tmp_path / "postgres"
        (folder / "postmaster.pid").write_text(f"{bystander.pid}\n{folder}\n1\n5432\n{folder}\n\n0 0\nready\n")

        status, output = manage("showmigrations", "core", **embedded)

        assert status == 0, output
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_data_folder_of_another_version(tmp_path: Path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")

    line = one_line("migrate", DATABASE_URL="", WHITECROSS_VAR=str(tmp_path))

    assert "expecting version 18 but found version 16" in line
