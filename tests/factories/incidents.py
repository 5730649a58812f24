"""Minimal valid rows of incidents."""

import factory
from factory.django import DjangoModelFactory

from incidents import models
from tests.factories.core import MOMENT, StudentFactory, UserFactory


class IncidentReportFactory(DjangoModelFactory[models.IncidentReport]):
    class Meta:
        model = models.IncidentReport

    student = factory.SubFactory(StudentFactory)
    reported_by = factory.SubFactory(UserFactory)
    type = models.IncidentType.INJURY
    severity = models.IncidentSeverity.LOW
    occurred_at = MOMENT
    description = "Fell on the playground."


class EmergencyContactFactory(DjangoModelFactory[models.EmergencyContact]):
    class Meta:
        model = models.EmergencyContact

    student = factory.SubFactory(StudentFactory)
    name = "Ann Lee"
    relationship = "Mother"
    primary_phone = "614-555-0142"
