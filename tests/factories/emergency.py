"""Minimal valid rows of emergency."""

import datetime

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from core.models import UserRole
from emergency import models
from tests.factories.core import MOMENT, StudentFactory, UserFactory

HALF_AN_HOUR = datetime.timedelta(minutes=30)


class EmergencyAccessFactory(DjangoModelFactory[models.EmergencyAccess]):
    """An access that ran out long ago. `is_open=True` for one that has just been granted; `is_reviewed=True`."""

    class Meta:
        model = models.EmergencyAccess

    class Params:
        is_open = factory.Trait(granted_at=factory.LazyFunction(timezone.now))
        is_reviewed = factory.Trait(
            outcome=models.ReviewOutcome.JUSTIFIED,
            reviewed_by=factory.SubFactory(UserFactory, role=UserRole.ADMIN),
            reviewed_at=MOMENT + 2 * HALF_AN_HOUR,
        )

    user = factory.SubFactory(UserFactory)
    student = factory.SubFactory(StudentFactory)
    reason = "Collapsed at the sports day"
    granted_at = MOMENT
    expires_at = factory.LazyAttribute(lambda access: access.granted_at + HALF_AN_HOUR)
