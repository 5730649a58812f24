"""What of the stock wants doing: the questions that the home page counts and the list filters by."""

import datetime

from django.db.models import F, QuerySet

import configuration
from medications.declared_settings import EXPIRING_DAYS
from medications.models.medication import Medication


def medications_expired(day: datetime.date) -> QuerySet[Medication]:
    """Medications in use that are past their last day."""
    return Medication.objects.filter(is_active=True, expiration_date__lt=day)


def medications_expiring(day: datetime.date) -> QuerySet[Medication]:
    """Medications in use that may be given today and soon no more."""
    soon = datetime.timedelta(days=configuration.get(EXPIRING_DAYS))
    return Medication.objects.filter(is_active=True, expiration_date__gte=day, expiration_date__lte=day + soon)


def medications_low() -> QuerySet[Medication]:
    """Medications in use of which there is no more than the minimum."""
    return Medication.objects.filter(is_active=True, stock_quantity__lte=F("minimum_stock"))
