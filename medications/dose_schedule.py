"""Which doses are due, by the times that their orders give.

The schedule holds no row: a slot is a time of an order on one of its days, and what became of it is told by the log.
All moments here are in UTC; days and times of the day are those of the current time zone, the schools'.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

import configuration
from configuration.resolving import reading_once
from medications.declared_settings import DUE_AFTER, DUE_BEFORE
from medications.models.medication_log import MedicationLog, MedicationLogStatus
from medications.models.student_medication import StudentMedication

# Any week has each day on which an order may be due.
_A_WEEK = 7

DoseState = Literal["given", "not given", "due", "later", "missed"]


@dataclass(frozen=True)
class Window:
    """How long before and after its time a dose may be given, as its school has it. Later than that it is missed."""

    before: datetime.timedelta
    after: datetime.timedelta


@dataclass(frozen=True)
class Dose:
    """One dose of an order at one time; `log` is what the log says of it, if anything."""

    order: StudentMedication
    due_at: datetime.datetime
    window: Window
    log: MedicationLog | None = None

    def state(self, now: datetime.datetime) -> DoseState:
        """What became of the dose, or is to become of it, as of a moment.

        "given"; "not given" (refused, cancelled, or missed and written down); "due", within its window; before that
        "later"; after that "missed": nobody wrote down what became of it.
        """
        if self.is_settled:
            assert self.log is not None
            return "given" if self.log.status == MedicationLogStatus.ADMINISTERED else "not given"
        if now < self.due_at - self.window.before:
            return "later"
        return "due" if now <= self.due_at + self.window.after else "missed"

    @property
    def is_settled(self) -> bool:
        """Whether somebody wrote down what became of the dose."""
        return self.log is not None and self.log.status != MedicationLogStatus.PENDING

    @property
    def lacks_consent(self) -> bool:
        """Whether the dose may not be given before a guardian consents."""
        return self.order.lacks_consent


def doses_of(orders: Iterable[StudentMedication], day: datetime.date) -> list[Dose]:
    """The doses of some orders on a day, by time: those the orders ask for, and those the log tells of.

    One query, and that of the settings. An order that does not stand on the day, or is deleted, has only the doses
    that the log tells of.
    """
    orders = list(orders)
    logs = _logs(orders, *day_bounds(day))
    windows = _windows(orders)
    doses = []
    for order in orders:
        slots = {**dict.fromkeys(_slots(order, day)), **logs.get(order.pk, {})}
        doses += [Dose(order, due_at, windows[order.school_id], log) for due_at, log in slots.items()]
    return sorted(doses, key=lambda dose: (dose.due_at, str(dose.order.pk)))


def next_doses(orders: Iterable[StudentMedication], now: datetime.datetime) -> dict[UUID, datetime.datetime]:
    """When the next dose of each order is due, by the order's key; orders without a next dose are left out. One
    query, and that of the settings.

    A dose that is due now is the next one, until somebody writes down what became of it.
    """
    orders = list(orders)
    windows = _windows(orders)
    logs = _logs(orders, now - max((window.after for window in windows.values()), default=datetime.timedelta()), None)
    found = {}
    for order in orders:
        window = windows[order.school_id]
        earliest = now - window.after
        known = {due_at: log for due_at, log in logs.get(order.pk, {}).items() if due_at >= earliest}
        pending = [due_at for due_at, log in known.items() if not Dose(order, due_at, window, log).is_settled]
        planned = (slot for slot in _slots_from(order, earliest) if slot not in known)
        if coming := [*pending, *_first(planned)]:
            found[order.pk] = min(coming)
    return found


def next_dose(order: StudentMedication, now: datetime.datetime) -> datetime.datetime | None:
    """When the next dose of an order is due; None if none is. One query; for several orders ask `next_doses`."""
    return next_doses([order], now).get(order.pk)


def window_of(school: Any) -> Window:
    """The window of doses at a school (a row or a key; None for a student without one)."""
    return Window(
        before=datetime.timedelta(minutes=configuration.get(DUE_BEFORE, school=school)),
        after=datetime.timedelta(minutes=configuration.get(DUE_AFTER, school=school)),
    )


def _windows(orders: Iterable[StudentMedication]) -> dict[UUID | None, Window]:
    """The windows of the schools that some orders lie with. One query for all; none if a request has asked before."""
    with reading_once():
        return {school: window_of(school) for school in {order.school_id for order in orders}}


def day_bounds(day: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
    """When a day begins and when the next one does, in UTC: a day has 23 or 25 hours when the clocks change."""
    return _moment(day, datetime.time()), _moment(day + datetime.timedelta(days=1), datetime.time())


def _moment(day: datetime.date, time: datetime.time) -> datetime.datetime:
    # Of two moments in one zone Python compares the clock's faces, which repeat when the clocks go back. Hence UTC.
    return datetime.datetime.combine(day, time, timezone.get_current_timezone()).astimezone(datetime.UTC)


def stands_on(order: StudentMedication, day: datetime.date) -> bool:
    """Whether an order stands on a day, school day or not."""
    return (
        order.is_active
        and order.deleted_at is None
        and order.start_date <= day
        and (order.end_date is None or day <= order.end_date)
    )


def not_over(day: datetime.date) -> Q:
    """The condition on orders that their last day, if they have one, is this day or later."""
    return Q(end_date=None) | Q(end_date__gte=day)


def _slots(order: StudentMedication, day: datetime.date) -> list[datetime.datetime]:
    """When the doses of a day are due by the order alone."""
    if not stands_on(order, day) or day.isoweekday() not in order.dose_days:
        return []
    return sorted({_moment(day, time) for time in order.dose_times if time is not None})


def _slots_from(order: StudentMedication, earliest: datetime.datetime) -> Iterator[datetime.datetime]:
    """When doses are due from a moment on, in order, for the week that begins then or with the order."""
    first = max(timezone.localdate(earliest), order.start_date)
    # One day more than a week: the first day's doses may be over.
    for number in range(_A_WEEK + 1):
        for slot in _slots(order, first + datetime.timedelta(days=number)):
            if slot >= earliest:
                yield slot


def _first(moments: Iterator[datetime.datetime]) -> list[datetime.datetime]:
    return [moment] if (moment := next(moments, None)) else []


def _logs(
    orders: list[StudentMedication], start: datetime.datetime, end: datetime.datetime | None
) -> dict[UUID, dict[datetime.datetime, MedicationLog]]:
    """What the log says of the slots from `start` to before `end`, by order and slot. One query, none for no orders."""
    if not orders:
        return {}
    logs = MedicationLog.objects.filter(
        student_medication__in=[order.pk for order in orders], scheduled_for__gte=start
    ).order_by("created_at", "pk")
    if end is not None:
        logs = logs.filter(scheduled_for__lt=end)
    found: dict[UUID, dict[datetime.datetime, MedicationLog]] = {}
    for log in logs:
        assert log.scheduled_for is not None
        slots = found.setdefault(log.student_medication_id, {})
        slot = log.scheduled_for.astimezone(datetime.UTC)
        if slot not in slots or _says_more(log, slots[slot]):
            slots[slot] = log
    return found


def _says_more(log: MedicationLog, other: MedicationLog) -> bool:
    """Whether a later entry overrules an earlier one: a dose given stays given, a plan gives way to what came of it."""
    if other.status == MedicationLogStatus.ADMINISTERED:
        return False
    return log.status != MedicationLogStatus.PENDING or other.status == MedicationLogStatus.PENDING
