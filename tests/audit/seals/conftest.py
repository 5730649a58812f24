"""A migrated database for each test, reached by the alias `audited`; copied, so that it costs no migrate."""

import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from audit.models import AuditSeal
from audit.sealing import read_moment, seal_log
from tests.scratch import Scratch, drop_database, scratch_database, server_url

ALIAS = "audited"


class AuditedDatabase(Scratch):
    """A database with an audit log, as its owner has it."""

    def write(self, count: int = 1, **columns: Any) -> list[UUID]:
        """Write entries in one transaction; returns their ids in the order of the log."""
        values = {"action": "UPDATE", "entity_type": "students", "reason": "check-up"} | columns
        names = ", ".join(values)
        places = ", ".join(["%s"] * len(values))
        with psycopg.connect(self.url) as session:
            rows = session.execute(
                f"INSERT INTO audit_logs ({names}) SELECT {places} FROM generate_series(1, {count}) "
                "RETURNING id".encode(),
                [json.dumps(value) if isinstance(value, dict) else value for value in values.values()],
            ).fetchall()
        return sorted(row[0] for row in rows)

    def tamper(self, *statements: str) -> None:
        """What the owner can do who disables the triggers."""
        with psycopg.connect(self.url) as session:
            tables = "SELECT relid::regclass::text FROM pg_partition_tree('audit_logs') UNION SELECT 'audit_seals'"
            names = [row[0] for row in session.execute(tables.encode()).fetchall()]
            for statement in [
                *(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in names),
                *statements,
            ]:
                session.execute(statement.encode())

    @property
    def name(self) -> str:
        return self.url.split("/")[3].split("?")[0]

    def start_sealing(self, ended: threading.Event) -> threading.Thread:
        """Seal again and again on a connection of its own, until `ended` is set."""

        def run() -> None:
            try:
                while not ended.is_set():
                    list(seal_log(ALIAS, most=40))
            finally:
                connections[ALIAS].close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def seal_elsewhere(self) -> list[AuditSeal]:
        """Seal once on a connection of its own."""

        def run() -> list[AuditSeal]:
            try:
                return list(seal_log(ALIAS))
            finally:
                connections[ALIAS].close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(run).result()

    def seal(self, *arguments: str, wait: float = 60) -> str:
        """Seal what was written, after at most so many seconds: few, if the test itself holds a transaction open."""
        self.wait_for_others(wait)
        return command("seal_audit_log", *arguments)

    def wait_for_others(self, seconds: float = 60) -> None:
        """Until no transaction stands in the way of a seal that was open when the wait began, or `seconds` are over.

        Such a transaction is the server's own analyse, or one of another database that ends while the sealer looks. A
        run before that would seal a part, and the rest would get a later seal than the tests count on.
        """
        with connections[ALIAS].cursor() as cursor:
            written = read_moment(cursor).next_transaction
            deadline = time.monotonic() + seconds
            while read_moment(cursor).horizon < written and time.monotonic() < deadline:
                time.sleep(0.02)

    def maintain(self, *arguments: str) -> str:
        return command("maintain_audit_log", *arguments)

    def problems(self, *arguments: str) -> list[tuple[str, int | None, str | None]]:
        """Kind, seal and entry of each difference; the exit status must agree."""
        out = StringIO()
        try:
            call_command("verify_audit_log", *arguments, database=ALIAS, format="json", stdout=out)
        except SystemExit as end:
            status = end.code
        else:
            status = 0
        report = json.loads(out.getvalue())
        assert report["ok"] == (status == 0) == (not report["problems"])
        return [(problem["kind"], problem["seal"], problem["entry"]) for problem in report["problems"]]


def command(*arguments: str) -> str:
    """Run a command on the test's database, in this process, and return what it prints."""
    out = StringIO()
    call_command(*arguments, database=ALIAS, stdout=out, stderr=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    """The message with which a command refuses."""
    with pytest.raises(CommandError) as caught:
        command(*arguments)
    return str(caught.value)


@pytest.fixture(scope="session")
def migrated_template(django_db_setup: None) -> Iterator[str]:
    with scratch_database() as database:
        database.manage("migrate", "--verbosity", "0")
        # migrate brings the declared settings in, which the log tells: here it begins empty.
        database.execute("ALTER TABLE audit_logs DISABLE TRIGGER USER")
        for (part,) in database.execute(
            "SELECT relid::regclass::text FROM pg_partition_tree('audit_logs') WHERE isleaf"
        ):
            database.execute(f"ALTER TABLE {part} DISABLE TRIGGER USER; DELETE FROM {part}")
            database.execute(f"ALTER TABLE {part} ENABLE TRIGGER USER")
        database.execute("ALTER TABLE audit_logs ENABLE TRIGGER USER")
        yield database.execute("SELECT current_database()")[0][0]


@pytest.fixture
def audited(migrated_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[AuditedDatabase]:
    name = f"audited_{os.getpid()}_{UUID(bytes=os.urandom(16)).hex[:8]}"
    with psycopg.connect(server_url("postgres"), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}".encode())
    database = AuditedDatabase(server_url(name))
    try:
        with reached(name, django_db_blocker):
            yield database
    finally:
        with psycopg.connect(server_url("postgres"), autocommit=True) as session:
            drop_database(session, name)


class reached:  # noqa: N801 - reads as a word
    """While it lasts, the alias leads to the database of this name."""

    def __init__(self, name: str, blocker: DjangoDbBlocker, **settings: Any) -> None:
        self.name, self.blocker, self.settings = name, blocker, settings

    def __enter__(self) -> None:
        self.before = connections.databases.get(ALIAS)
        if self.before is not None:
            self._leave()
        connections.databases[ALIAS] = connections.databases["default"] | {"NAME": self.name} | self.settings
        self.unblocked = self.blocker.unblock()
        self.unblocked.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._leave()
        if self.before is None:
            del connections.databases[ALIAS]
        else:
            connections.databases[ALIAS] = self.before
        self.unblocked.__exit__(*error)

    def _leave(self) -> None:
        connections[ALIAS].close()
        del connections[ALIAS]
