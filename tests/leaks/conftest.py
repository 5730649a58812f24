from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.leaks.world import World
from tests.schema.rows import execute


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The rows, made once for a module in a transaction that is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World().build()
        transaction.set_rollback(True)


@pytest.fixture
def world(built: World, db: None) -> World:
    """The rows, to each test as if no other had been there."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    return built
