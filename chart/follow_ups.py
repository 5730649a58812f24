"""What is left to do for a student."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone

import configuration
from chart.declared_settings import REVIEW_AHEAD_DAYS
from chart.sight import Sight, row_url
from health.models import (
    Appointment,
    AppointmentStatus,
    ChronicCondition,
    FollowUpStatus,
    HealthRecord,
    Screening,
)
from incidents.models import IncidentReport, IncidentStatus

_MANY = 50  # of one kind; nobody works through more on this page


@dataclass(frozen=True)
class FollowUp:
    """Something left to do."""

    what: str
    detail: str
    due: datetime.date | None
    at: datetime.datetime | None
    is_overdue: bool
    url: str


def open_rows(student: Any, sight: Sight, now: datetime.datetime) -> dict[type[Model], list[Any]]:
    """The rows that leave something to do, of each kind that the person may see. One query for each kind."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    questions: dict[type[Model], Any] = {
        HealthRecord: HealthRecord.objects.filter(follow_up_required=True, follow_up_completed=False).order_by(
            "-record_date"
        ),
        Screening: Screening.objects.filter(
            Q(follow_up_required=True) | Q(referral_required=True),
            Q(follow_up_status=None)
            | Q(follow_up_status__in=[FollowUpStatus.PENDING, FollowUpStatus.SCHEDULED, FollowUpStatus.OVERDUE]),
        ).order_by("-screening_date"),
        IncidentReport: IncidentReport.objects.filter(Q(follow_up_required=True) | Q(parent_notified=False))
        .exclude(status__in=[IncidentStatus.RESOLVED, IncidentStatus.CLOSED])
        .order_by("-occurred_at"),
        Appointment: Appointment.objects.filter(
            scheduled_at__gte=today, status__in=[AppointmentStatus.SCHEDULED, AppointmentStatus.IN_PROGRESS]
        ).order_by("scheduled_at"),
    }
    return {
        model: list(rows.filter(student=student)[:_MANY])
        for model, rows in questions.items()
        if sight.may("view", model)
    }


def follow_ups(
    rows: dict[type[Model], list[Any]], conditions: Sequence[ChronicCondition], today: datetime.date
) -> list[FollowUp]:
    """All of it in words, what is due first at the top; what has no date follows."""
    found = [
        *(_of_record(row, today) for row in rows.get(HealthRecord, ())),
        *(_of_screening(row, today) for row in rows.get(Screening, ())),
        *(_of_incident(row) for row in rows.get(IncidentReport, ())),
        *(_of_appointment(row) for row in rows.get(Appointment, ())),
        *_reviews(conditions, today),
    ]
    return sorted(found, key=lambda item: (item.due is None, item.due or today))


def _of_record(row: HealthRecord, today: datetime.date) -> FollowUp:
    return FollowUp(
        what=f"Follow up: {row.title}",
        detail=f"Visit of {_day(row.record_date)}",
        due=row.follow_up_date,
        at=None,
        is_overdue=_is_past(row.follow_up_date, today),
        url=row_url(HealthRecord, row.pk),
    )


def _of_screening(row: Screening, today: datetime.date) -> FollowUp:
    what = f"{row.get_screening_type_display()} screening"
    referred = f" to {row.referral_to}" if row.referral_to else ""
    detail = f"Screened {_date(row.screening_date)}: {row.get_outcome_display().lower()}"
    return FollowUp(
        what=f"Referral{referred}: {what}" if row.referral_required else f"Follow up: {what}",
        detail=f"{detail}. {row.referral_reason}" if row.referral_reason else detail,
        due=row.follow_up_date,
        at=None,
        is_overdue=row.follow_up_status == FollowUpStatus.OVERDUE or _is_past(row.follow_up_date, today),
        url=row_url(Screening, row.pk),
    )


def _of_incident(row: IncidentReport) -> FollowUp:
    left = [row.follow_up_notes or "Follow-up needed"] if row.follow_up_required else []
    if not row.parent_notified:
        left.insert(0, "Parents not told yet")
    return FollowUp(
        what=f"Incident: {row.get_type_display().lower()}, {_day(row.occurred_at)}",
        detail=". ".join(part.rstrip(".") for part in left),
        due=None,
        at=None,
        is_overdue=False,
        url=row_url(IncidentReport, row.pk),
    )


def _of_appointment(row: Appointment) -> FollowUp:
    return FollowUp(
        what=f"Appointment: {row.reason}",
        detail=row.get_type_display(),
        due=timezone.localtime(row.scheduled_at).date(),
        at=row.scheduled_at,
        is_overdue=False,
        url=row_url(Appointment, row.pk),
    )


def _reviews(conditions: Sequence[ChronicCondition], today: datetime.date) -> Iterable[FollowUp]:
    for row in conditions:
        ahead = datetime.timedelta(days=configuration.get(REVIEW_AHEAD_DAYS, school=row.school_id))
        if row.next_review_date is not None and row.next_review_date <= today + ahead:
            yield FollowUp(
                what=f"Review the plan: {row.condition_name}",
                detail=f"Last review {_date(row.last_review_date)}" if row.last_review_date else "",
                due=row.next_review_date,
                at=None,
                is_overdue=row.next_review_date < today,
                url=row_url(ChronicCondition, row.pk),
            )


def _is_past(day: datetime.date | None, today: datetime.date) -> bool:
    return day is not None and day < today


def _day(moment: datetime.datetime) -> str:
    return _date(timezone.localtime(moment).date())


def _date(day: datetime.date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
