"""Migrated databases by copying one, and the way to ask `preflight` about them."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.scratch import Scratch, drop_database, scratch_database, server_url


@pytest.fixture(scope="session")
def migrated_template(django_db_setup: None) -> Iterator[str]:
    """The name of a migrated database that nobody is connected to."""
    with scratch_database() as database:
        database.manage("migrate", "--verbosity", "0")
        yield database.execute("SELECT current_database()")[0][0]


@pytest.fixture
def migrated(migrated_template: str) -> Iterator[Scratch]:
    """A database of the test's own, fully migrated; copied, so that it costs no migrate."""
    name = f"scratch_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url("postgres"), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}".encode())
        try:
            yield Scratch(server_url(name))
        finally:
            drop_database(session, name)


@pytest.fixture(autouse=True)
def _connections_of_tests_own(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """These tests reach databases that they made themselves."""
    with django_db_blocker.unblock():
        yield
