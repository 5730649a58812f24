"""Which incidents want doing, and which there were: the questions that the home page counts and the list filters by."""

import datetime

from django.db.models import QuerySet

from incidents.models import IncidentReport, IncidentStatus


def incidents_open() -> QuerySet[IncidentReport]:
    """Reports that are neither resolved nor closed."""
    return IncidentReport.objects.exclude(status=IncidentStatus.RESOLVED).exclude(status=IncidentStatus.CLOSED)


def incidents_between(first: datetime.datetime, after: datetime.datetime) -> QuerySet[IncidentReport]:
    """What happened from one moment to before another."""
    return IncidentReport.objects.filter(occurred_at__gte=first, occurred_at__lt=after)
