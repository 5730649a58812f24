from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.safeguards.two_districts import TwoDistricts
from tests.schema.rows import execute


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[TwoDistricts]:
    """The rows, made once for a module in a transaction that is never committed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield TwoDistricts().build()
        transaction.set_rollback(True)


@pytest.fixture
def data(built: TwoDistricts, db: None) -> TwoDistricts:
    """The rows, to each test as if no other had been there. Foreign keys are checked at once."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    return built
