from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.scratch import Scratch, scratch_database


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
