import datetime

import pytest
from django.utils import timezone

from core.models import UserRole
from tests.admin.conftest import administrator, client_as, nurse
from tests.factories.core import home_school

__all__ = ["administrator", "as_role", "client_as", "monday_noon", "nurse"]

# A Monday in New York, ten to noon.
NOW = datetime.datetime(2026, 11, 23, 16, 50, tzinfo=datetime.UTC)
TODAY = datetime.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def monday_noon(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def as_role(client_as):
    """`as_role(UserRole.NURSE)` - a browser of such a user of the home school."""

    def log_in(role):
        home_school()
        return client_as(UserRole(role))

    return log_in
