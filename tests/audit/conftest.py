import pytest

from tests.admin.conftest import client_as
from tests.audit.entries import Entries
from tests.schema.rows import Rows

__all__ = ["client_as"]


@pytest.fixture
def rows(db) -> Rows:
    """Inserts rows by plain SQL."""
    return Rows()


@pytest.fixture
def entries(db) -> Entries:
    """The entries that came since one last looked."""
    return Entries()
