"""What of the health records wants doing: the questions that the home page counts and the lists filter by.

Each is about live rows of enrolled students, as of a day of the schools.
"""

import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

import configuration
from health.declared_settings import EPI_PEN_DAYS
from health.models import (
    Allergy,
    Appointment,
    AppointmentStatus,
    FollowUpStatus,
    HealthRecord,
    Screening,
    Vaccination,
    VaccineComplianceStatus,
)

_CALLED_OFF = [AppointmentStatus.CANCELLED, AppointmentStatus.RESCHEDULED]
_DONE = [FollowUpStatus.COMPLETED, FollowUpStatus.CANCELLED, FollowUpStatus.NOT_NEEDED]
# An exempt student meets the requirement: the law asks for no dose.
PROTECTED = [VaccineComplianceStatus.COMPLIANT, VaccineComplianceStatus.EXEMPT]
LACKING = [status for status in VaccineComplianceStatus if status not in PROTECTED]
# Sorts a dose or exemption without a date before all others.
_NO_DATE = datetime.date(1900, 1, 1)


def appointments_on(day: datetime.date) -> QuerySet[Appointment]:
    """Appointments of a day that were not called off."""
    zone = timezone.get_current_timezone()
    first = datetime.datetime.combine(day, datetime.time(), zone)
    after = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time(), zone)
    return Appointment.objects.filter(scheduled_at__gte=first, scheduled_at__lt=after).exclude(status__in=_CALLED_OFF)


def _epi_pens() -> QuerySet[Allergy]:
    return Allergy.objects.filter(epi_pen_required=True, is_active=True, student__is_active=True)


def epi_pens_expired(day: datetime.date) -> QuerySet[Allergy]:
    """Allergies whose EpiPen is past its last day."""
    return _epi_pens().filter(epi_pen_expiration__lt=day)


def epi_pens_expiring(day: datetime.date) -> QuerySet[Allergy]:
    """Allergies whose EpiPen may be used today and soon no more."""
    soon = datetime.timedelta(days=configuration.get(EPI_PEN_DAYS))
    return _epi_pens().filter(epi_pen_expiration__gte=day, epi_pen_expiration__lte=day + soon)


def follow_ups_overdue(day: datetime.date) -> QuerySet[HealthRecord]:
    """Health records whose follow-up should have been done before a day."""
    return HealthRecord.objects.filter(
        follow_up_required=True, follow_up_completed=False, follow_up_date__lt=day, student__is_active=True
    )


def _open_screenings(day: datetime.date) -> QuerySet[Screening]:
    is_open = Q(follow_up_status=None) | ~Q(follow_up_status__in=_DONE)
    return Screening.objects.filter(is_open, follow_up_date__lt=day, student__is_active=True)


def referrals_overdue(day: datetime.date) -> QuerySet[Screening]:
    """Screenings whose referral should have had an outcome before a day."""
    return _open_screenings(day).filter(referral_required=True)


def rescreenings_overdue(day: datetime.date) -> QuerySet[Screening]:
    """Screenings without a referral whose follow-up should have been done before a day."""
    return _open_screenings(day).filter(referral_required=False, follow_up_required=True)


def vaccine_standings() -> QuerySet[Vaccination]:
    """The latest entry about each vaccine of each enrolled student: what it says of compliance holds now."""
    own_day = Coalesce(OuterRef("administration_date"), Value(_NO_DATE))
    later = (
        Vaccination.objects.filter(student=OuterRef("student"), vaccine_type=OuterRef("vaccine_type"))
        .annotate(day=Coalesce("administration_date", Value(_NO_DATE)))
        .filter(Q(day__gt=own_day) | Q(day=own_day, pk__gt=OuterRef("pk")))
    )
    return Vaccination.objects.filter(~Exists(later), vaccine_type__isnull=False, student__is_active=True)


def vaccines_lacking() -> QuerySet[Vaccination]:
    """Those of the standings that do not meet the requirement."""
    return vaccine_standings().filter(compliance_status__in=LACKING)
