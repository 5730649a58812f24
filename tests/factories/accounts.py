"""Minimal valid rows of accounts."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts import models
from accounts.sessions import stored_key
from tests.factories.core import UserFactory


class UserSessionFactory(DjangoModelFactory[models.UserSession]):
    """A session whose cookie nobody has."""

    class Meta:
        model = models.UserSession

    session_key = factory.Sequence(lambda number: stored_key(f"cookie {number}"))
    session_data = ""
    expire_date = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=15))
    user = factory.SubFactory(UserFactory)
    ip_address = "203.0.113.7"
    user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
