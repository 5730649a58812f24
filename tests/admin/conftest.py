import pytest
from django.test import Client

from core.models import UserRole
from tests.factories.core import UserFactory


@pytest.fixture
def client_as(db):
    """`client_as(UserRole.NURSE)` - a browser in which such a user is logged in, as its attribute `user`."""

    def log_in(role, **fields):
        client = Client()
        client.user = UserFactory(role=role, **fields)
        client.force_login(client.user)
        return client

    return log_in


@pytest.fixture
def administrator(client_as):
    return client_as(UserRole.ADMIN)


@pytest.fixture
def nurse(client_as):
    return client_as(UserRole.NURSE)
