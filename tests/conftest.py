from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import settings
from pytest_django.plugin import DjangoDbBlocker

from accounts.requirements import new_password
from tests.scratch import Scratch, scratch_database

# The same examples each time, however slow the machine; `pytest --hypothesis-profile=default` looks elsewhere.
settings.register_profile("gate", deadline=None, derandomize=True, database=None)
settings.load_profile("gate")

# Triggers that refuse TRUNCATE are the guard's; a test that commits has its rows cleared away all the same.
_SWITCH_GUARD = """
DO $$
DECLARE guard record;
BEGIN
    FOR guard IN
        SELECT tgrelid::regclass AS rows, tgname AS name FROM pg_trigger
        WHERE tgtype & 32 <> 0 AND NOT tgisinternal AND tgparentid = 0
    LOOP
        EXECUTE format('ALTER TABLE %s {} TRIGGER %I', guard.rows, guard.name);
    END LOOP;
END
$$
"""
_sql_flush = DatabaseOperations.sql_flush


def _flush_past_the_guard(operations: DatabaseOperations, style: Any, tables: Any, **options: Any) -> list[str]:
    statements = _sql_flush(operations, style, tables, **options)
    if not statements:
        return []
    return [_SWITCH_GUARD.format("DISABLE"), *statements, _SWITCH_GUARD.format("ENABLE")]


@pytest.fixture(scope="session", autouse=True)
def _flush_clears_guarded_tables() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _flush_past_the_guard)
        yield


@pytest.fixture(autouse=True)
def _passwords_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has just logged in is not sent to set up a second factor, but where a test is about that (`log_in`)."""
    monkeypatch.setattr("accounts.middleware.REQUIREMENTS", [new_password])


@contextmanager
def _checked_now() -> Iterator[None]:
    """A savepoint at whose end deferred constraints are checked, as at a commit."""
    with transaction.atomic():
        yield
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's own, and before it drops the database: the end of sessions that a browser left behind."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@pytest.fixture
def refused() -> Callable[..., AbstractContextManager[pytest.ExceptionInfo[DatabaseError]]]:
    """`with refused("constraint_name"):` - the database refuses the block, which leaves nothing behind."""

    @contextmanager
    def refuse(match: str, error: type[DatabaseError] = DatabaseError) -> Iterator[pytest.ExceptionInfo[DatabaseError]]:
        with pytest.raises(error, match=match) as caught, _checked_now():
            yield caught

    return refuse


@pytest.fixture
def scratch(django_db_setup: None) -> Iterator[Scratch]:
    """An empty database of the test's own."""
    with scratch_database() as database:
        yield database


@pytest.fixture
def scratch_factory(django_db_setup: None) -> Callable[[], AbstractContextManager[Scratch]]:
    """More empty databases, for a test that needs two."""
    return scratch_database


@pytest.fixture
def migrated(scratch: Scratch) -> Scratch:
    """A database of the test's own, fully migrated."""
    scratch.manage("migrate", "--verbosity", "0")
    return scratch


@pytest.fixture(scope="session")
def migrated_catalogue(django_db_setup: None) -> dict[str, object]:
    """The catalogue of a database that was migrated without a disturbance."""
    with scratch_database() as database:
        database.manage("migrate", "--verbosity", "0")
        return database.catalogue()
