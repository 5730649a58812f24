"""Minimal valid rows of emergency."""

import factory
from factory.django import DjangoModelFactory

from emergency import models
from tests.factories.core import StudentFactory, UserFactory


class EmergencyAccessFactory(DjangoModelFactory[models.EmergencyAccess]):
    """An access that has just been opened."""

    class Meta:
        model = models.EmergencyAccess

    user = factory.SubFactory(UserFactory)
    student = factory.SubFactory(StudentFactory)
    reason = "Collapsed at the sports day"
