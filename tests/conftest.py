from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import DatabaseError, transaction

from tests.scratch import Scratch, scratch_database


@contextmanager
def _checked_now() -> Iterator[None]:
    """A savepoint at whose end deferred constraints are checked, as at a commit."""
    with transaction.atomic():
        yield
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


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
