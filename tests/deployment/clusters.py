"""Servers of PostgreSQL that a test may stop, with logins that a password opens, as a production has them."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.scratch import ROOT
from whitecross.embedded_postgres.server import binaries

DEBIAN = Path("/usr/lib/postgresql/15/bin")
SCRIPT = ROOT / "deploy" / "create_logins.sql"
LOGINS = ("owner", "web", "backup", "monitor")
DATABASE = "whitecross"

# Its superuser comes by the socket, everybody else by a password.
_HBA = """
local all postgres trust
local replication postgres trust
host all all 127.0.0.1/32 scram-sha-256
local all all scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True)
class Cluster:
    """A running server with the logins that deploy/create_logins.sql makes."""

    folder: Path
    port: int
    programs: Path
    prefix: tuple[str, ...]
    passwords: Mapping[str, str] = field(repr=False)

    def url(self, login: str, database: str = DATABASE) -> str:
        """The URL by which a login of the script connects, or the superuser by the name postgres."""
        if login == "postgres":
            return f"postgres://postgres@/{database}?host={self.folder}&port={self.port}"
        return f"postgres://whitecross_{login}:{self.passwords[login]}@127.0.0.1:{self.port}/{database}"

    def execute(self, login: str, statement: str, database: str = DATABASE) -> list[Any]:
        """Run a statement as a login and return its rows."""
        with psycopg.connect(self.url(login, database), autocommit=True) as session:
            cursor = session.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create_logins(self, *arguments: str) -> str:
        """Run the script for the administrator, and return what it says."""
        done = subprocess.run(
            [self._psql(), "--no-psqlrc", "--dbname", self.url("postgres", "postgres"), "--file", SCRIPT, *arguments],
            env=os.environ | {f"{name.upper()}_PASSWORD": word for name, word in self.passwords.items()},
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def start(self) -> None:
        """Start the server and wait until it lets somebody in."""
        options = (
            f"-c listen_addresses=127.0.0.1 -p {self.port} -c unix_socket_directories={self.folder} "
            "-c fsync=off -c max_connections=80 -c log_statement=all"
        )
        self._control("-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; `fast` ends sessions with a word, `immediate` without."""
        self._control("-m", mode, "stop")

    def log(self) -> str:
        """What the server has written down."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def _psql(self) -> Path:
        own = self.programs / "psql"
        return own if own.exists() else Path(shutil.which("psql") or "psql")

    def _control(self, *arguments: str) -> None:
        subprocess.run(
            [*self.prefix, self.programs / "pg_ctl", "-D", self.folder / "data", "-w", *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )


@contextmanager
def new_cluster(programs: Path | None = None) -> Iterator[Cluster]:
    """A new server of the embedded PostgreSQL, or of the version whose programs these are."""
    programs = programs or binaries()
    folder = Path(tempfile.mkdtemp(prefix="wx-deploy-", dir="/tmp"))
    folder.chmod(0o755)  # the socket is for the superuser of the tests, whatever user runs the server
    prefix = _server_user(folder)
    subprocess.run(
        [*prefix, programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-N"],
        check=True,
        capture_output=True,
        cwd="/",
    )
    (folder / "data" / "pg_hba.conf").write_text(_HBA, encoding="utf-8")
    passwords = {name: f"it's-{secrets.token_urlsafe(12)}".replace("'", "_") for name in LOGINS}
    cluster = Cluster(folder, free_port(), programs, prefix, passwords)
    try:
        cluster.start()
        cluster.create_logins()
        yield cluster
    finally:
        subprocess.run(
            [*prefix, programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
            cwd="/",
        )
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _server_user(folder: Path) -> tuple[str, ...]:
    """How to start a server: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return ()
    for user in ("pgserver", "postgres", "nobody"):
        try:
            account = pwd.getpwnam(user)
        except KeyError:
            continue
        os.chown(folder, account.pw_uid, account.pw_gid)
        return ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    raise AssertionError("there is no system user to run PostgreSQL as")
