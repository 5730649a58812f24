import pytest

from tests.admin.conftest import administrator, client_as, nurse
from tests.factories.core import StudentFactory

__all__ = ["administrator", "client_as", "nurse", "student"]


@pytest.fixture
def student(db):
    return StudentFactory.create(first_name="Anna", last_name="Ray")
