"""Scratch databases and medians, for every benchmark."""

import base64
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from whitecross.embedded_postgres.server import binaries, start  # noqa: E402

__all__ = [
    "RUNS",
    "ask_no_second_factor",
    "binaries",
    "database_url",
    "environment_of",
    "manage",
    "median",
    "pages_of",
    "processor_seconds",
    "psql",
    "scratch_database",
    "seconds",
]

RUNS = 5

_NO_SECOND_FACTOR = """
from accounts.declared_settings import SECOND_FACTOR_ROLES
from configuration.changing import put

put(SECOND_FACTOR_ROLES, [], reason="A benchmark logs in by force.")
"""


def server() -> tuple[str, str]:
    """Socket folder and user of the embedded server, which stays up while the benchmark runs."""
    var = Path(os.environ.get("WHITECROSS_VAR", ROOT / "var"))
    return start(var / "postgres", "whitecross")


def database_url(name: str) -> str:
    host, user = server()
    return f"postgres://{user}@/{name}?host={quote(host, safe='/')}"


@contextmanager
def scratch_database(template: str = "template1") -> Iterator[str]:
    """Name of a new database, dropped at the end."""
    name = f"benchmark_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(database_url("postgres"), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        try:
            yield name
        finally:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def environment_of(database: str) -> dict[str, str]:
    """What a program of ours needs in its environment to run on a database."""
    return {
        "DATABASE_URL": database_url(database),
        "SECRET_KEY": "k" * 60,
        "SECOND_FACTOR_KEYS": base64.urlsafe_b64encode(b"k" * 32).decode(),
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "whitecross.settings",
    }


@contextmanager
def pages_of(database: str) -> Iterator[None]:
    """This process may open pages over a database, with collected static files as in production."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= environment_of(database) | {
            "ALLOWED_HOSTS": "localhost,testserver",
            "SECURE_SSL_REDIRECT": "False",
            "STATIC_ROOT": folder,
        }
        manage(database, "collectstatic", "--no-input", "--verbosity", "0")
        ask_no_second_factor(database)
        yield


def ask_no_second_factor(database: str) -> None:
    """Who is logged in by force has shown none, and would be sent to set one up."""
    manage(database, "shell", "--no-imports", "--command", _NO_SECOND_FACTOR)


def manage(database: str, *arguments: str) -> float:
    """Run a management command on a database as a process of its own; returns the seconds it took."""
    return seconds(lambda: _run([sys.executable, "manage.py", *arguments], os.environ | environment_of(database)))


def psql(database: str, *arguments: str) -> float:
    """Run psql on a database; returns the seconds it took."""
    command = [str(binaries() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", database_url(database), *arguments]
    return seconds(lambda: _run(command, dict(os.environ)))


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def processor_seconds(session: psycopg.Connection[Any]) -> float:
    """Processor time so far of this process and of the session's server process, which is on this machine.

    Other work disturbs it far less than it does the clock.
    """
    fields = Path(f"/proc/{session.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def median(times: list[float]) -> float:
    return statistics.median(times)


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
