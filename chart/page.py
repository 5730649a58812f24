"""The student's chart: what one person may see of one student, put together in a constant number of queries."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from chart import care, vitals
from chart.ages import age
from chart.banner import allergies_of, banner_of
from chart.follow_ups import follow_ups, open_rows
from chart.growth import growth_of
from chart.photographs import data_url, photograph
from chart.quick_actions import quick_actions
from chart.sight import Sight
from chart.timeline import KINDS, PERIODS, page_of, visible_kinds
from chart.timeline_words import days
from chart.vaccines import vaccinations_of, vaccine_statuses
from core.admin.shown import tell_shown
from core.models import Contact, Student
from health.models import Allergy, ChronicCondition, GrowthMeasurement, Vaccination, VitalSigns
from incidents.models import EmergencyContact
from medications.models import Medication, MedicationLog, StudentMedication


class Shown:
    """The rows that a page shows, told once for each table."""

    def __init__(self, student: Student) -> None:
        self._student = student
        self._rows: dict[type[Model], dict[Any, Model]] = {}

    def add(self, rows: Iterable[Model | None]) -> None:
        """Note rows of this student."""
        for row in rows:
            if row is not None:
                self._rows.setdefault(type(row), {})[row.pk] = row

    def tell(self, request: HttpRequest) -> None:
        """Say that they are shown."""
        for model, rows in self._rows.items():
            for row in rows.values():
                row.student_id = self._student.pk  # type: ignore[attr-defined]  # all of them are records of a student
            tell_shown(model, request, "LIST", rows.values())


def chart_context(request: HttpRequest, student: Student) -> dict[str, Any]:
    """All parts of the chart. A part that the person may not see is None. Tells what is shown."""
    sight = Sight(request.user, student)
    shown = Shown(student)
    now = timezone.now()
    today = timezone.localdate(now)
    context: dict[str, Any] = {
        "age": age(student.date_of_birth, today),
        "photograph": data_url(jpeg) if (jpeg := photograph(student)) else "",
    }
    if student.deleted_at is not None:
        # Its records are deleted along with it; an empty chart would look like a healthy child's.
        return context

    allergies = allergies_of(student) if sight.may("view", Allergy) else None
    conditions = care.conditions_of(student) if sight.may("view", ChronicCondition) else None
    orders = care.current_orders(student, sight, now) if sight.may("view", StudentMedication, Medication) else None
    open_items = open_rows(student, sight, now)
    signs = vitals.vitals_of(student) if sight.may("view", VitalSigns) else None
    vaccinations = vaccinations_of(student) if sight.may("view", Vaccination) else None
    growth = growth_of(student) if sight.may("view", GrowthMeasurement) else None
    for rows in (allergies, conditions, signs, vaccinations, *open_items.values()):
        shown.add(rows or ())
    shown.add(line.row for line in (growth.measured if growth else ()))
    shown.add(item.order for item in orders or ())
    for item in orders or ():
        shown.add([item.last_dose, item.open_dose.log if item.open_dose else None])

    people = _people(student, sight, shown)
    context |= {
        "actions": quick_actions(student, sight, orders or (), people["callers"] or ()),
        "banner": banner_of(allergies, conditions, today) if allergies is not None or conditions else None,
        "add_allergy_url": sight.add_url(Allergy),
        "conditions": conditions,
        "conditions_url": sight.list_url(ChronicCondition),
        "add_condition_url": sight.add_url(ChronicCondition),
        "orders": orders,
        "orders_url": sight.list_url(StudentMedication),
        "doses_url": sight.list_url(MedicationLog),
        "add_order_url": sight.add_url(StudentMedication),
        "vaccines": None if vaccinations is None else vaccine_statuses(vaccinations, today),
        "vaccinations_url": sight.list_url(Vaccination),
        "add_vaccination_url": sight.add_url(Vaccination),
        "follow_ups": follow_ups(open_items, conditions or (), today) if open_items else None,
        "signs": signs,
        "plots": None if signs is None else vitals.plots(signs),
        "signs_url": sight.list_url(VitalSigns),
        "growth": growth,
        **people,
        **_timeline(request, student, sight, shown, today),
    }
    shown.tell(request)
    return context


def timeline_context(request: HttpRequest, student: Student) -> dict[str, Any]:
    """The timeline alone, for who only turns its pages. Tells what is shown."""
    shown = Shown(student)
    context = _timeline(request, student, Sight(request.user, student), shown, timezone.localdate())
    shown.tell(request)
    return context


def _people(student: Student, sight: Sight, shown: Shown) -> dict[str, Any]:
    in_order = care.emergency_contacts(student) if sight.may("view", EmergencyContact) else None
    others = care.other_contacts(student, in_order or ()) if sight.may("view", Contact) else None
    shown.add(in_order or ())
    shown.add(others or ())
    return {
        "callers": None if in_order is None else [care.caller(row) for row in in_order],
        "callers_url": sight.list_url(EmergencyContact),
        "add_caller_url": sight.add_url(EmergencyContact),
        "further": [care.further(row) for row in others or ()],
    }


def _timeline(
    request: HttpRequest, student: Student, sight: Sight, shown: Shown, today: datetime.date
) -> dict[str, Any]:
    kinds = visible_kinds(sight)
    if not kinds:
        return {"timeline": None}
    asked = request.GET
    kind = _known(asked.get("kind", ""), kinds)
    period = _known(asked.get("period", ""), PERIODS)
    before = asked.get("before", "")
    page = page_of(student, sight, kind=kind, period=period, before=before)
    shown.add(event.row for event in page.events)
    return {
        "timeline": days(page.events, today),
        "timeline_count": len(page.events),
        "kinds": kinds,
        "kind": kind,
        "kind_label": next((item.label for item in KINDS if item.name == kind), ""),
        "periods": PERIODS,
        "period": period,
        "period_label": next((item.label for item in PERIODS if item.name == period), ""),
        "before": before,
        "older": page.older,
    }


def _known(name: str, choices: Iterable[Any]) -> str:
    return name if any(choice.name == name for choice in choices) else ""
