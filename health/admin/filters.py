"""Filters that ask what wants doing."""

import datetime
from typing import Any

from django.db.models import QuerySet

from core.admin.question_filter import QuestionFilter
from health import due


def _tomorrow(day: datetime.date) -> QuerySet[Any]:
    return due.appointments_on(day + datetime.timedelta(days=1))


class AppointmentDayFilter(QuestionFilter):
    title = "day"
    parameter_name = "day"
    questions = (("today", "Today", due.appointments_on), ("tomorrow", "Tomorrow", _tomorrow))


class EpiPenFilter(QuestionFilter):
    title = "EpiPen"
    parameter_name = "epi_pen"
    questions = (
        ("expired", "Expired", due.epi_pens_expired),
        ("expiring", "Expires soon", due.epi_pens_expiring),
    )


class FollowUpFilter(QuestionFilter):
    title = "follow-up"
    parameter_name = "follow_up"
    questions = (("overdue", "Overdue", due.follow_ups_overdue),)


class ScreeningOverdueFilter(QuestionFilter):
    title = "overdue"
    parameter_name = "overdue"
    questions = (
        ("referral", "Referral", due.referrals_overdue),
        ("rescreening", "Follow-up", due.rescreenings_overdue),
    )


class VaccineStandingFilter(QuestionFilter):
    """Of each student and vaccine the latest entry only."""

    title = "standing now"
    parameter_name = "standing"
    questions = (
        ("now", "Latest of each vaccine", lambda day: due.vaccine_standings()),
        ("lacking", "Requirement not met", lambda day: due.vaccines_lacking()),
    )
