"""The doses of a day, all orders that the reader sees taken together."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from core.admin.shown import tell_shown
from core.admin.student_page import student_page
from home.links import give
from medications.dose_schedule import Dose, day_bounds, doses_of, not_over
from medications.models import MedicationLog, StudentMedication

# The groups in the order of the page: what to do now comes first.
GROUPS = (
    ("due", "Due now", "No doses are due now."),
    ("missed", "Missed", "No dose was missed today."),
    ("waiting", "Waiting for consent", "No dose waits for a consent."),
    ("later", "Later today", "No more doses today."),
    ("given", "Given", "No dose was given today."),
    ("not given", "Not given", "No dose was refused or cancelled today."),
)
EMPTY_DAY = "No doses are due today."


@dataclass(frozen=True)
class DoseLine:
    """One dose as the page shows it."""

    due_at: datetime.datetime
    student: str
    student_url: str
    medication: str
    dosage: str
    give_url: str | None
    outcome: str


@dataclass(frozen=True)
class DoseGroup:
    """The doses in one state."""

    state: str
    title: str
    empty: str
    doses: list[Dose]

    @property
    def slug(self) -> str:
        """The state as it stands in an address."""
        return self.state.replace(" ", "-")


def orders_of(day: datetime.date) -> list[StudentMedication]:
    """Orders that ask for doses on a day, and those whose doses of the day the log tells of. Two queries."""
    start, end = day_bounds(day)
    related = StudentMedication.objects.select_related("student", "medication").filter(student__is_active=True)
    standing = related.filter(
        not_over(day),
        is_active=True,
        start_date__lte=day,
        dose_days__contains=[day.isoweekday()],
    ).exclude(dose_times=[])
    logged = MedicationLog.objects.filter(scheduled_for__gte=start, scheduled_for__lt=end)
    known = {order.pk: order for order in standing}
    others = related.filter(pk__in=logged.values("student_medication"))
    known |= {order.pk: order for order in others if order.pk not in known}
    return list(known.values())


def doses_by_group(now: datetime.datetime, day: datetime.date) -> dict[str, DoseGroup]:
    """The doses of a day in their groups. Three queries, however many doses there are."""
    groups = {state: DoseGroup(state, title, empty, []) for state, title, empty in GROUPS}
    for dose in doses_of(orders_of(day), day):
        state: str = dose.state(now)
        if dose.lacks_consent and not dose.is_settled:
            state = "waiting"
        groups[state].doses.append(dose)
    return groups


def lines_of(request: HttpRequest, doses: list[Dose]) -> list[DoseLine]:
    """Doses as the page shows them; whoever keeps the log of reads is told."""
    tell_shown(StudentMedication, request, "LIST", {dose.order.pk: dose.order for dose in doses}.values())
    user: Any = request.user
    return [
        DoseLine(
            due_at=dose.due_at,
            student=str(dose.order.student),
            student_url=student_page(dose.order.student_id),
            medication=str(dose.order.medication),
            dosage=dose.order.dosage,
            give_url=None if dose.is_settled else give(dose, user),
            outcome=dose.log.get_status_display() if dose.log is not None and dose.is_settled else "",
        )
        for dose in doses
    ]
