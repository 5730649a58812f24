"""The entries of the timeline in words."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils import timezone

from chart.sight import row_url
from chart.timeline import Event
from health.models import (
    Allergy,
    AllergySeverity,
    Appointment,
    AppointmentStatus,
    AppointmentType,
    ChronicCondition,
    ConditionSeverity,
    GrowthMeasurement,
    HealthRecord,
    HealthRecordType,
    HeightUnit,
    Screening,
    ScreeningOutcome,
    ScreeningType,
    TemperatureUnit,
    Vaccination,
    VitalSigns,
    WeightUnit,
)
from incidents.models import IncidentReport, IncidentSeverity, IncidentStatus, IncidentType
from medications.models import MedicationLog, MedicationLogStatus, StudentMedication

Facts = Mapping[str, Any]
Badge = tuple[str, str]  # text, variant of Unfold's label


@dataclass(frozen=True)
class Words:
    """What an entry says."""

    title: str
    detail: str = ""
    badge: Badge | None = None


@dataclass(frozen=True)
class Entry:
    """An entry of the timeline, for the page."""

    kind: str
    icon: str
    at: datetime.datetime
    is_timed: bool
    words: Words
    url: str


@dataclass(frozen=True)
class Day:
    """The entries of a day."""

    day: datetime.date
    is_ahead: bool
    entries: Sequence[Entry]


def days(events: Sequence[Event], today: datetime.date) -> list[Day]:
    """The entries by day, in their order."""
    by_day: dict[datetime.date, list[Entry]] = {}
    for event in events:
        by_day.setdefault(timezone.localtime(event.at).date(), []).append(_entry(event))
    return [Day(day, day > today, entries) for day, entries in by_day.items()]


def _entry(event: Event) -> Entry:
    kind, icon, words = _VOICES[event.source.model]
    return Entry(
        kind=kind,
        icon=icon,
        at=event.at,
        is_timed=event.source.is_timed,
        words=words(event.facts),
        url=row_url(event.source.model, event.key),
    )


def _joined(*parts: Any, by: str = " · ") -> str:
    return by.join(str(part).strip() for part in parts if part not in (None, ""))


def _visit(facts: Facts) -> Words:
    badge = ("Confidential", "warning") if facts["confidential"] else None
    kind = str(HealthRecordType(facts["type"]).label)
    return Words(facts["title"], _joined(kind, facts["text"]), badge)


_DOSE_COLORS = {
    MedicationLogStatus.PENDING: "info",
    MedicationLogStatus.MISSED: "danger",
    MedicationLogStatus.REFUSED: "warning",
}


def _dose(facts: Facts) -> Words:
    status = MedicationLogStatus(facts["status"])
    badge: Badge | None = (str(status.label), _DOSE_COLORS.get(status, "")) if status != "ADMINISTERED" else None
    if facts["reaction"]:
        badge = ("Adverse reaction", "danger")
    title = _joined(facts["medication"], facts["amount"], by=", ")
    return Words(title, _joined(facts["not_given"], facts["reason"], facts["response"]), badge)


def _order(facts: Facts) -> Words:
    return Words(f"Ordered: {facts['medication']}", _joined(facts["dosage"], facts["frequency"], by=", "))


def _signs(facts: Facts) -> Words:
    readings = []
    if facts["temperature"] is not None:
        readings.append(f"{facts['temperature']:.1f} {TemperatureUnit(facts['unit']).label}")
    if facts["systolic"] is not None or facts["diastolic"] is not None:
        readings.append(f"{facts['systolic'] or '?'}/{facts['diastolic'] or '?'} mmHg")
    for name, text in (
        ("heart", "pulse {}"),
        ("breaths", "{} breaths a minute"),
        ("oxygen", "SpO₂ {} %"),
        ("pain", "pain {} of 10"),
        ("glucose", "glucose {} mg/dL"),
    ):
        if facts[name] is not None:
            readings.append(text.format(facts[name]))
    return Words("Vital signs", _joined(*readings))


_SEVERITY_COLORS = {"CRITICAL": "danger", "HIGH": "danger", "MEDIUM": "warning"}


def _incident(facts: Facts) -> Words:
    severity = IncidentSeverity(facts["severity"])
    status = IncidentStatus(facts["status"]).label.lower()
    title = _joined(IncidentType(facts["type"]).label, facts["location"], by=", ")
    return Words(
        title, _joined(facts["text"], status), (f"{severity.label} severity", _SEVERITY_COLORS.get(severity.value, ""))
    )


def _screening(facts: Facts) -> Words:
    outcome = ScreeningOutcome(facts["outcome"])
    colors = {ScreeningOutcome.PASS: "success", ScreeningOutcome.FAIL: "danger", ScreeningOutcome.REFER: "warning"}
    return Words(
        f"{ScreeningType(facts['type']).label} screening",
        "Referred" if facts["referral"] else "",
        (str(outcome.label), colors.get(outcome, "")),
    )


def _vaccination(facts: Facts) -> Words:
    if facts["exempt"]:
        return Words(facts["name"], "", ("Exempt", "info"))
    dose = facts["dose"] and f"dose {facts['dose']}" + (f" of {facts['total']}" if facts["total"] else "")
    return Words(_joined(facts["name"], dose, by=", "), facts["by"] or "")


def _growth(facts: Facts) -> Words:
    height = facts["height"] is not None and f"{facts['height']:g} {HeightUnit(facts['height_unit']).label}"
    weight = facts["weight"] is not None and f"{facts['weight']:g} {WeightUnit(facts['weight_unit']).label}"
    bmi = facts["bmi"] is not None and f"BMI {facts['bmi']:.1f}"
    rank = facts["percentile"] is not None and f"percentile of the BMI {facts['percentile']:.0f}"
    return Words("Height and weight", _joined(*filter(None, (height, weight, bmi, rank))))


_APPOINTMENT_COLORS = {
    AppointmentStatus.SCHEDULED: "info",
    AppointmentStatus.IN_PROGRESS: "primary",
    AppointmentStatus.NO_SHOW: "warning",
}


def _appointment(facts: Facts) -> Words:
    status = AppointmentStatus(facts["status"])
    kind = str(AppointmentType(facts["type"]).label)
    return Words(facts["reason"], kind, (str(status.label), _APPOINTMENT_COLORS.get(status, "")))


def _allergy(facts: Facts) -> Words:
    severity = AllergySeverity(facts["severity"])
    colors = {AllergySeverity.LIFE_THREATENING: "danger", AllergySeverity.SEVERE: "warning"}
    detail = "" if facts["current"] else "No longer current"
    return Words(f"Allergy: {facts['allergen']}", detail, (str(severity.label), colors.get(severity, "")))


def _condition(facts: Facts) -> Words:
    severity = ConditionSeverity(facts["severity"])
    colors = {ConditionSeverity.CRITICAL: "danger", ConditionSeverity.SEVERE: "warning"}
    return Words(f"Diagnosis: {facts['condition']}", "", (str(severity.label), colors.get(severity, "")))


# What each table is called here, its icon, and its words.
_VOICES: dict[type[Model], tuple[str, str, Callable[[Facts], Words]]] = {
    HealthRecord: ("Visit", "clinical_notes", _visit),
    MedicationLog: ("Dose", "medication_liquid", _dose),
    StudentMedication: ("Order", "prescriptions", _order),
    VitalSigns: ("Vital signs", "vital_signs", _signs),
    IncidentReport: ("Incident", "report", _incident),
    Screening: ("Screening", "visibility", _screening),
    Vaccination: ("Vaccination", "vaccines", _vaccination),
    GrowthMeasurement: ("Growth", "height", _growth),
    Appointment: ("Appointment", "event", _appointment),
    Allergy: ("Allergy", "allergy", _allergy),
    ChronicCondition: ("Condition", "cardiology", _condition),
}
