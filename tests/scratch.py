"""Databases that a test may migrate, break, dump and kill, on the server the tests run on."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.db import connection

from whitecross.embedded_postgres.server import binaries

ROOT = Path(__file__).resolve().parent.parent

_CATALOGUE = """
import dataclasses, json, django
django.setup()
from django.db import connection
from core.schema.catalogue import read_catalogue
with connection.cursor() as cursor:
    found = read_catalogue(cursor)
print(json.dumps({part.name: {".".join(key): value if isinstance(value, (str, type(None))) else
    dataclasses.asdict(value) if dataclasses.is_dataclass(value) else list(value)
    for key, value in sorted(getattr(found, part.name).items())} for part in dataclasses.fields(found)}))
"""

_OPEN = """
SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'transactionid' AND datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Scratch:
    """A database of a test's own."""

    url: str
    extra_environment: tuple[tuple[str, str], ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.url,
            "SECRET_KEY": "tests-only-" + "0" * 50,
            "DJANGO_SETTINGS_MODULE": "whitecross.settings",
            "COVERAGE_PROCESS_START": "",
            **dict(self.extra_environment),
        }

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start a management command and return at once."""
        return subprocess.Popen(
            [sys.executable, "-u", "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **options,
        )

    def manage(self, *arguments: str, status: int = 0) -> str:
        """Run a management command, which must end with `status`, and return what it prints."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=120)
        assert process.returncode == status, output
        return output

    def run(self, program: str, *arguments: str, text: str | None = None) -> str:
        """Run psql, pg_dump or the like on this database."""
        done = subprocess.run(
            [binaries() / program, "--dbname", self.url, *arguments],
            input=text,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def execute(self, statement: str) -> list[Any]:
        """Run a statement of its own transaction and return its rows."""
        with psycopg.connect(self.url, autocommit=True) as session:
            cursor = session.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def wait_for_others(self, seconds: float = 60) -> None:
        """Until no transaction of another session in this database stands in the way of a seal, or `seconds` are over.

        Such a transaction is the server's own analyse.
        """
        deadline = time.monotonic() + seconds
        while self.execute(_OPEN) and time.monotonic() < deadline:
            time.sleep(0.02)

    def catalogue(self) -> dict[str, Any]:
        """What the database holds, by kind and name."""
        done = subprocess.run(
            [sys.executable, "-c", _CATALOGUE],
            cwd=ROOT,
            env=self.environment,
            text=True,
            capture_output=True,
            check=True,
        )
        result: dict[str, Any] = json.loads(done.stdout)
        return result


def server_url(database: str) -> str:
    """A libpq URL of a database on the server the tests run on."""
    parameters = connection.get_connection_params()
    host = parameters.get("host") or ""
    user, password = parameters.get("user") or "", parameters.get("password")
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    if host.startswith("/") or not host:
        where = f"?host={quote(host, safe='/')}" if host else ""
        return f"postgres://{login}@/{database}{where}"
    return f"postgres://{login}@{host}:{parameters.get('port') or 5432}/{database}"


def drop_database(session: psycopg.Connection[Any], name: str) -> None:
    """Drop a database, whoever is still in it.

    Who is no superuser may not end the server's own autovacuum; a plain DROP asks it to go, and waits.
    """
    try:
        session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
    except psycopg.errors.InsufficientPrivilege:
        session.execute(f"DROP DATABASE IF EXISTS {name}".encode())


@contextmanager
def scratch_database(**environment: str) -> Iterator[Scratch]:
    """A new, empty database, dropped at the end."""
    name = f"scratch_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url("postgres"), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield Scratch(server_url(name), tuple(environment.items()))
        finally:
            drop_database(session, name)
