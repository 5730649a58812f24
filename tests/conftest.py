from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import DatabaseError, transaction


@pytest.fixture
def refused() -> Callable[..., AbstractContextManager[pytest.ExceptionInfo[DatabaseError]]]:
    """`with refused("constraint_name"):` - the database refuses the block, which leaves nothing behind."""

    @contextmanager
    def refuse(
        match: str, error: type[DatabaseError] = DatabaseError
    ) -> Iterator[pytest.ExceptionInfo[DatabaseError]]:
        with pytest.raises(error, match=match) as caught, transaction.atomic():
            yield caught
            with transaction.get_connection().cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    return refuse
