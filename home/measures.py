"""What the home page counts: each measure with its rows, and the list that shows exactly these rows."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone

from core.models import Student, User
from emergency.models import EmergencyAccess
from health import due
from health.models import Allergy, Appointment, HealthRecord, Screening, Vaccination
from incidents import review
from incidents.models import IncidentReport
from medications import stock
from medications.models import Medication

# How many months of incidents the page tells of, this one included.
MONTHS = 12


@dataclass(frozen=True)
class Measure:
    """Rows that the home page counts, as of a day of the schools.

    `filters` is what the list of `model` is asked for to show the same rows. `is_urgent` tells what cannot wait.
    """

    name: str
    title: str
    model: type[Model]
    rows: Callable[[datetime.date], QuerySet[Any]]
    filters: dict[str, str] = field(default_factory=dict)
    has_school: bool = True
    is_urgent: bool = False
    # What the rows are counted apart by, beside the school.
    key: Combinable | None = None
    part: Combinable | None = None
    period: Combinable | None = None

    def may_be_seen_by(self, user: User | AnonymousUser) -> bool:
        """Whether the role has the rows' table."""
        return user.has_perm(f"{self.model._meta.app_label}.view_{self.model._meta.model_name}")

    def link(self, school: Any = None, **filters: str) -> str:
        """The list of exactly the rows that were counted, of one school if one is given."""
        query = self.filters | filters
        if school is not None:
            query["school__id__exact"] = str(school)
        page = reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_changelist")
        return f"{page}?{urlencode(query)}"


def first_month(day: datetime.date) -> datetime.date:
    """The first day of the months that the page tells of."""
    return months_before(day, MONTHS - 1)


def months_before(day: datetime.date, months: int) -> datetime.date:
    """The first day of the month that many months before the one of a day; a negative number is after."""
    number = day.year * 12 + day.month - 1 - months
    return datetime.date(number // 12, number % 12 + 1, 1)


def month_filters(first: datetime.date, months: int = 1) -> dict[str, str]:
    """What a list of incidents is asked for to show those of some months."""
    start, end = _midnight(first), _midnight(months_before(first, -months))
    return {"occurred_at__gte": start.isoformat(), "occurred_at__lt": end.isoformat()}


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), timezone.get_current_timezone())


def _incidents_of_months(day: datetime.date) -> QuerySet[Any]:
    return review.incidents_between(_midnight(first_month(day)), _midnight(months_before(day, -1)))


STUDENTS = Measure(
    "students", "Students", Student, lambda day: Student.objects.filter(is_active=True), {"is_active__exact": "1"}
)
STANDINGS = Measure(
    "vaccines",
    "Immunizations",
    Vaccination,
    lambda day: due.vaccine_standings(),
    {"standing": "now"},
    key=F("vaccine_type"),
    part=F("compliance_status"),
)
INCIDENTS = Measure(
    "incidents",
    "Incidents",
    IncidentReport,
    _incidents_of_months,
    key=F("type"),
    part=F("severity"),
    period=TruncMonth("occurred_at"),
)

APPOINTMENTS = Measure("appointments_today", "Appointments today", Appointment, due.appointments_on, {"day": "today"})

# What wants doing, in the order of the page.
TO_DO = (
    Measure(
        "epi_pens_expired", "EpiPens expired", Allergy, due.epi_pens_expired, {"epi_pen": "expired"}, is_urgent=True
    ),
    Measure("epi_pens_expiring", "EpiPens expire soon", Allergy, due.epi_pens_expiring, {"epi_pen": "expiring"}),
    Measure(
        "medications_expired",
        "Medications expired",
        Medication,
        stock.medications_expired,
        {"expiry": "expired"},
        has_school=False,
        is_urgent=True,
    ),
    Measure(
        "medications_expiring",
        "Medications expire soon",
        Medication,
        stock.medications_expiring,
        {"expiry": "expiring"},
        has_school=False,
    ),
    Measure(
        "medications_low",
        "Stock at or below minimum",
        Medication,
        lambda day: stock.medications_low(),
        {"stock": "low"},
        has_school=False,
    ),
    Measure("referrals_overdue", "Referrals overdue", Screening, due.referrals_overdue, {"overdue": "referral"}),
    Measure(
        "rescreenings_overdue",
        "Screening follow-ups overdue",
        Screening,
        due.rescreenings_overdue,
        {"overdue": "rescreening"},
    ),
    Measure("follow_ups_overdue", "Follow-ups overdue", HealthRecord, due.follow_ups_overdue, {"follow_up": "overdue"}),
    Measure("incidents_open", "Incidents open", IncidentReport, lambda day: review.incidents_open(), {"state": "open"}),
)

# What a district's administrator, or the system's, is to sign off.
EMERGENCIES = Measure(
    "emergencies_to_review",
    "Emergency accesses to review",
    EmergencyAccess,
    lambda day: EmergencyAccess.objects.to_review(timezone.now()),
    {"state": "review"},
    has_school=False,
    is_urgent=True,
)

# What is counted for each school: the table of schools, in the order of its columns, and the two that are told apart.
BY_SCHOOL = (STUDENTS, APPOINTMENTS, *(measure for measure in TO_DO if measure.has_school))
COUNTED = (*BY_SCHOOL, STANDINGS, INCIDENTS)
