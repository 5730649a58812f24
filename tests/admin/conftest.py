import pytest
from django.test import Client

from core.models import User, UserRole
from tests.factories.core import UserFactory, home_school


class LoggedIn(Client):
    """A browser in which `user` is logged in."""

    user: User


@pytest.fixture
def client_as(db):
    """`client_as(UserRole.NURSE)` - a browser in which such a user is logged in."""

    def log_in(role, **fields):
        school = home_school()
        client = LoggedIn()
        if role == UserRole.DISTRICT_ADMIN:
            fields = {"district": school.district, **fields}
        elif role != UserRole.ADMIN:
            fields = {"school": school, **fields}
        client.user = UserFactory.create(role=role, **fields)
        client.force_login(client.user)
        return client

    return log_in


@pytest.fixture
def administrator(client_as):
    return client_as(UserRole.ADMIN)


@pytest.fixture
def nurse(client_as):
    return client_as(UserRole.NURSE)
