import pytest
from django.test import Client

from core.models import UserRole
from tests.factories.core import UserFactory, home_school


@pytest.fixture
def visitor():
    """A browser in which nobody is logged in."""
    return Client()


@pytest.fixture
def nurse(db):
    return UserFactory.create(role=UserRole.NURSE, school=home_school())
