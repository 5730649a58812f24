from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from tests.schema.rows import BUSINESS_COLUMNS, Parent, Rows


@pytest.fixture
def rows(db) -> Rows:
    """Inserts rows by plain SQL."""
    return Rows()


@pytest.fixture
def attempt(rows) -> Callable[[str, dict[str, Any]], None]:
    """Insert a row in a savepoint that is rolled back, so that each attempt meets the same database."""

    def insert(table: str, values: dict[str, Any]) -> None:
        for value in values.values():
            if isinstance(value, Parent):
                rows.parent(value.table)
        with transaction.atomic():
            rows.insert(table, **values)
            transaction.set_rollback(True)

    for values in BUSINESS_COLUMNS.values():
        for value in values.values():
            if isinstance(value, Parent):
                rows.parent(value.table)
    return insert
