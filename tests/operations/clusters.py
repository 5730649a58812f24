"""PostgreSQL clusters of a test's own, with replicas, archives and recoveries: Debian's PostgreSQL 15 where it is."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.scratch import Scratch
from whitecross.embedded_postgres.server import binaries

DEBIANS = Path("/usr/lib/postgresql/15/bin")
# A test's cluster need not survive a loss of power.
FAST = ("-c", "fsync=off", "-c", "max_wal_size=1GB", "-c", "listen_addresses=", "-c", "max_connections=50")


def programs() -> Path:
    """The folder of initdb, pg_basebackup and their kin."""
    return DEBIANS if DEBIANS.is_dir() else binaries()


@dataclass(frozen=True)
class Cluster:
    """A running server. Its folder holds the data, the socket and the log."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        """How libpq's own programs find it."""
        return {"PGHOST": str(self.folder), "PGUSER": "postgres", "PATH": f"{programs()}:{os.environ['PATH']}"}

    def database(self, name: str) -> Scratch:
        """A database of it, by the superuser."""
        return Scratch(f"postgres://postgres@/{name}?host={quote(str(self.folder), safe='/')}")

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        return self.database(database).execute(statement)

    def create(self, name: str) -> Scratch:
        self.execute(f"CREATE DATABASE {name}")
        return self.database(name)

    def start(self, *options: str) -> None:
        """Start the server, or wait for what it recovers."""
        arguments = " ".join([*FAST, f"-c unix_socket_directories={self.folder}", *options])
        run_as_server("pg_ctl", "-D", self.data, "-w", "-t", "120", "-l", self.folder / "log", "-o", arguments, "start")

    def stop(self, mode: str = "fast") -> None:
        run_as_server("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def configure(self, *lines: str) -> None:
        """Add lines to the server's configuration."""
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(("", *lines, "")))

    def wait_until(self, question: str, database: str = "postgres") -> None:
        """Ask until the answer is true."""
        deadline = time.monotonic() + 60
        while self.execute(question, database) != [(True,)]:
            assert time.monotonic() < deadline, question
            time.sleep(0.1)


def server_user() -> str | None:
    """Whom a server is to be run by where the tests are run by root, which PostgreSQL refuses."""
    if os.getuid() != 0:
        return None
    return next(name for name in ("postgres", "pgserver") if any(entry.pw_name == name for entry in pwd.getpwall()))


def as_server() -> list[str]:
    """What a command is put behind to be run by that user."""
    user = server_user()
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []


def run_as_server(program: str, *arguments: object) -> str:
    """Run a program of PostgreSQL as the user who owns the cluster."""
    command: Sequence[str] = [*as_server(), str(programs() / program), *map(str, arguments)]
    # Into a file: a server that is started keeps what it was given to write to.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, stdout=output, stderr=output, check=False, cwd="/")
        output.seek(0)
        text = output.read()
    assert done.returncode == 0, text
    return text


@contextmanager
def empty_folder() -> Iterator[Path]:
    """A folder with a short path, as sockets need it, which the server's user may write to."""
    folder = Path(tempfile.mkdtemp(prefix="wx-", dir="/tmp"))
    user = server_user()
    if user:
        shutil.chown(folder, user, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Cluster]:
    """While it lasts, the server of a data directory that is there runs."""
    cluster = Cluster(folder)
    cluster.start(*options)
    try:
        yield cluster
    finally:
        cluster.stop("immediate")


@contextmanager
def new_cluster(*options: str) -> Iterator[Cluster]:
    """A new cluster, dropped at the end."""
    with empty_folder() as folder:
        # -N: initdb need not wait for the disk either.
        run_as_server("initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8")
        with running(folder, *options) as cluster:
            yield cluster


@contextmanager
def replica(of: Cluster, name: str, *options: str) -> Iterator[Cluster]:
    """A streaming replica of a cluster, known to it by `name`, with the options that the cluster has."""
    with empty_folder() as folder:
        source = f"host={of.folder} user=postgres application_name={name}"
        run_as_server("pg_basebackup", "-D", folder / "data", "-d", source, "-R", "-c", "fast", "-X", "stream")
        with running(folder, *options) as cluster:
            of.wait_until(f"SELECT count(*) = 1 FROM pg_stat_replication WHERE application_name = '{name}'")
            yield cluster
