"""Everything that happened to a student, newest first: one query over all tables, a page at a time.

Each table answers for itself by its index on the student, bounded to one page, and the database merges the answers.
A page begins after the last entry of the page before (its time and key), so the tenth page costs what the first does.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, JSONObject, Left
from django.utils import timezone

from chart.sight import Sight
from health.models import (
    Allergy,
    Appointment,
    ChronicCondition,
    GrowthMeasurement,
    HealthRecord,
    Screening,
    Vaccination,
    VitalSigns,
)
from incidents.models import IncidentReport
from medications.models import Medication, MedicationLog, StudentMedication

PAGE = 25
_TEXT = 240  # letters of a description; the row's own page has the rest


@dataclass(frozen=True)
class Source:
    """A table of the timeline: when a row of it happened, and the facts its entry tells."""

    model: type[Model]
    at: Any
    facts: Mapping[str, Any]
    is_timed: bool = True  # whether `at` is a moment, and not a day
    needs: tuple[type[Model], ...] = ()  # further tables that the facts are read from

    @property
    def name(self) -> str:
        """The name in addresses."""
        return self.model._meta.model_name or ""


@dataclass(frozen=True)
class Kind:
    """A choice of the filter: one table, or some that a nurse takes for one."""

    name: str
    label: str
    sources: tuple[Source, ...]


def _midnight(day: str) -> Cast:
    """The beginning of a day, by the clock of the schools."""
    return Cast(day, DateTimeField())


def _text(name: str) -> Left:
    return Left(name, _TEXT)


KINDS = (
    Kind(
        "visits",
        "Visits",
        (
            Source(
                HealthRecord,
                F("record_date"),
                {
                    "type": F("record_type"),
                    "title": F("title"),
                    "text": _text("description"),
                    "confidential": F("is_confidential"),
                },
            ),
        ),
    ),
    Kind(
        "medication",
        "Medication",
        (
            Source(
                MedicationLog,
                Coalesce("time_given", "scheduled_for"),
                {
                    # Looked up for the entries of the page alone; a join would find it for every dose first.
                    "medication": Subquery(
                        StudentMedication.all_objects.filter(pk=OuterRef("student_medication")).values(
                            "medication__name"
                        )[:1]
                    ),
                    "amount": F("dosage_given"),
                    "status": F("status"),
                    "not_given": _text("reason_not_given"),
                    "reason": _text("reason_for_administration"),
                    "response": _text("student_response"),
                    "reaction": F("adverse_reaction"),
                },
                needs=(StudentMedication, Medication),
            ),
            Source(
                StudentMedication,
                _midnight("start_date"),
                {"medication": F("medication__name"), "dosage": F("dosage"), "frequency": F("frequency")},
                is_timed=False,
                needs=(Medication,),
            ),
        ),
    ),
    Kind(
        "vitals",
        "Vital signs",
        (
            Source(
                VitalSigns,
                F("measurement_date"),
                {
                    "temperature": F("temperature"),
                    "unit": F("temperature_unit"),
                    "systolic": F("blood_pressure_systolic"),
                    "diastolic": F("blood_pressure_diastolic"),
                    "heart": F("heart_rate"),
                    "breaths": F("respiratory_rate"),
                    "oxygen": F("oxygen_saturation"),
                    "pain": F("pain_level"),
                    "glucose": F("glucose_level"),
                },
            ),
        ),
    ),
    Kind(
        "incidents",
        "Incidents",
        (
            Source(
                IncidentReport,
                F("occurred_at"),
                {
                    "type": F("type"),
                    "severity": F("severity"),
                    "status": F("status"),
                    "location": F("location"),
                    "text": _text("description"),
                },
            ),
        ),
    ),
    Kind(
        "screenings",
        "Screenings",
        (
            Source(
                Screening,
                _midnight("screening_date"),
                {"type": F("screening_type"), "outcome": F("outcome"), "referral": F("referral_required")},
                is_timed=False,
            ),
        ),
    ),
    Kind(
        "vaccinations",
        "Vaccinations",
        (
            Source(
                Vaccination,
                Coalesce(_midnight("administration_date"), "created_at"),
                {
                    "name": F("vaccine_name"),
                    "type": F("vaccine_type"),
                    "dose": F("dose_number"),
                    "total": F("total_doses"),
                    "exempt": F("exemption_status"),
                    "by": F("administered_by"),
                },
                is_timed=False,
            ),
        ),
    ),
    Kind(
        "growth",
        "Growth",
        (
            Source(
                GrowthMeasurement,
                _midnight("measurement_date"),
                {
                    "height": F("height"),
                    "height_unit": F("height_unit"),
                    "weight": F("weight"),
                    "weight_unit": F("weight_unit"),
                    "bmi": F("bmi"),
                    "percentile": F("bmi_percentile"),
                },
                is_timed=False,
            ),
        ),
    ),
    Kind(
        "appointments",
        "Appointments",
        (
            Source(
                Appointment,
                F("scheduled_at"),
                {"type": F("type"), "status": F("status"), "reason": F("reason")},
            ),
        ),
    ),
    Kind(
        "diagnoses",
        "Allergies and conditions",
        (
            Source(
                Allergy,
                Coalesce(_midnight("diagnosed_date"), "created_at"),
                {"allergen": F("allergen"), "severity": F("severity"), "current": F("is_active")},
                is_timed=False,
            ),
            Source(
                ChronicCondition,
                _midnight("diagnosed_date"),
                {"condition": F("condition_name"), "severity": F("severity"), "status": F("status")},
                is_timed=False,
            ),
        ),
    ),
)
SOURCES = {source.name: source for kind in KINDS for source in kind.sources}


@dataclass(frozen=True)
class Period:
    """A choice of the filter: from when on."""

    name: str
    label: str
    since: Callable[[datetime.date], datetime.date]


def _school_year(today: datetime.date) -> datetime.date:
    """The first of August: no school of the country begins its year before."""
    return datetime.date(today.year if today.month >= 8 else today.year - 1, 8, 1)


PERIODS = (
    Period("today", "Today", lambda today: today),
    Period("month", "Last 30 days", lambda today: today - datetime.timedelta(days=30)),
    Period("year", "This school year", _school_year),
)


@dataclass(frozen=True)
class Event:
    """A row of the timeline, with its facts as the database wrote them."""

    source: Source
    key: UUID
    at: datetime.datetime
    facts: Mapping[str, Any]

    @property
    def cursor(self) -> str:
        """The place after this entry, for an address: it names the row, and not when it was."""
        return f"{self.source.name}.{self.key}"

    @property
    def row(self) -> Model:
        """The row as far as the audit log asks for it."""
        return self.source.model(pk=self.key)


@dataclass(frozen=True)
class Page:
    """Some entries of the timeline, and the place after them if there are more."""

    events: Sequence[Event]
    older: str


def visible_kinds(sight: Sight) -> list[Kind]:
    """The kinds of which the person may see anything."""
    return [kind for kind in KINDS if _visible(kind.sources, sight)]


def _visible(sources: Sequence[Source], sight: Sight) -> list[Source]:
    return [source for source in sources if sight.may("view", source.model, *source.needs)]


def page_of(
    student: Any, sight: Sight, *, kind: str = "", period: str = "", before: str = "", size: int = PAGE
) -> Page:
    """A page of a student's timeline: one query, or two when it does not begin with the newest.

    A kind or period that is not there, or not for this person, is no filter. A place that is not there is the newest.
    """
    kinds = visible_kinds(sight)
    chosen = [item for item in kinds if item.name == kind] or kinds
    sources = [source for item in chosen for source in _visible(item.sources, sight)]
    if not sources:
        return Page([], "")
    since = next((item.since(timezone.localdate()) for item in PERIODS if item.name == period), None)
    place = _place(student, before, sources)
    branches = [_branch(source, student, since, place, size + 1) for source in sources]
    # `union` of one is the one itself, with its order and bound.
    merged = branches[0].union(*branches[1:], all=True) if len(branches) > 1 else branches[0]
    rows = list(merged.order_by("-at", "-key")[: size + 1]) if len(branches) > 1 else list(merged)
    events = [Event(SOURCES[name], key, at, facts) for name, key, at, facts in rows[:size]]
    return Page(events, events[-1].cursor if len(rows) > size else "")


def _branch(
    source: Source,
    student: Any,
    since: datetime.date | None,
    place: tuple[datetime.datetime, UUID] | None,
    size: int,
) -> QuerySet[Any, Any]:
    rows: QuerySet[Any, Any] = source.model._default_manager.filter(student=student)
    rows = rows.annotate(
        source=Value(source.name), key=F("pk"), at=source.at, facts=JSONObject(**source.facts)
    ).exclude(at=None)
    if since is not None:
        rows = rows.filter(at__gte=timezone.make_aware(datetime.datetime.combine(since, datetime.time())))
    if place is not None:
        at, key = place
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=key), at__lte=at)
    return rows.order_by("-at", "-key").values_list("source", "key", "at", "facts")[:size]


def _place(student: Any, cursor: str, sources: Sequence[Source]) -> tuple[datetime.datetime, UUID] | None:
    """Time and key of the entry that an address names, if there is such an entry of this student."""
    name, _, text = cursor.partition(".")
    source = next((source for source in sources if source.name == name), None)
    try:
        key = UUID(text)
    except ValueError:
        return None
    if source is None:
        return None
    # A deleted entry is still a place.
    rows = source.model.all_objects.filter(student=student, pk=key)  # type: ignore[attr-defined]  # records have it
    at = rows.annotate(at=source.at).values_list("at", flat=True).first()
    return None if at is None else (at, key)
