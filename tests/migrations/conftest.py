from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.migrations.scratch import Scratch, scratch_database


@pytest.fixture
def scratch(django_db_setup: None) -> Iterator[Scratch]:
    """An empty database of the test's own."""
    with scratch_database() as database:
        yield database


@pytest.fixture
def migrated(scratch: Scratch) -> Scratch:
    """A database of the test's own, fully migrated."""
    scratch.manage("migrate", "--verbosity", "0")
    return scratch


@pytest.fixture(scope="session")
def migrated_catalogue(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> dict[str, object]:
    """The catalogue of a database that was migrated without a disturbance."""
    with scratch_database() as database:
        database.manage("migrate", "--verbosity", "0")
        return database.catalogue()


@pytest.fixture
def scratch_factory(django_db_setup: None) -> Callable[[], AbstractContextManager[Scratch]]:
    """More empty databases, for a test that needs two."""
    return scratch_database
