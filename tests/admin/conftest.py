import pytest
from django.test import Client

from core.models import User, UserRole
from tests.factories.core import UserFactory


class LoggedIn(Client):
    """A browser in which `user` is logged in."""

    user: User


@pytest.fixture
def client_as(db):
    """`client_as(UserRole.NURSE)` - a browser in which such a user is logged in."""

    def log_in(role, **fields):
        client = LoggedIn()
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
