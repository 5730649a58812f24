"""What one most often does from a student's chart, as far as the person may."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from chart.care import CurrentOrder, Person
from chart.sight import Sight
from health.models import Appointment, HealthRecord, Screening, VitalSigns
from incidents.models import EmergencyContact, IncidentReport

_FORMS: tuple[tuple[str, str, type[Model]], ...] = (
    ("Visit", "clinical_notes", HealthRecord),
    ("Vital signs", "vital_signs", VitalSigns),
    ("Incident", "report", IncidentReport),
    ("Screening", "visibility", Screening),
    ("Appointment", "event", Appointment),
)


@dataclass(frozen=True)
class Action:
    """A link, or a choice of links when there are several."""

    label: str
    icon: str
    url: str = ""
    choices: Sequence[tuple[str, str]] = ()  # label and address


def quick_actions(
    student: Any, sight: Sight, orders: Sequence[CurrentOrder], callers: Sequence[Person]
) -> list[Action]:
    """The actions in the order of the day's frequency: a visit, a dose, vital signs, and the rarer ones.

    Last, because it must be found at once on a telephone: to call who is called first.
    """
    actions = [Action(label, icon, url) for label, icon, model in _FORMS if (url := sight.add_url(model))]
    doses = [(f"{item.order.medication}, {item.order.dosage}", item.give_url) for item in orders if item.give_url]
    if doses:
        single = len(doses) == 1
        actions.insert(
            1, Action("Dose", "medication_liquid", doses[0][1] if single else "", () if single else tuple(doses))
        )
    if sight.may("view", EmergencyContact) and (card := _card_url(student)):
        actions.append(Action("Emergency card", "emergency", card))
    first = next((person for person in callers if person.phones), None)
    if first is not None:
        actions.append(Action(f"Call {first.name} ({first.relation.lower()})", "call", first.phones[0].href))
    return actions


def _card_url(student: Any) -> str:
    try:
        return reverse("admin:core_student_card", args=[student.pk])
    except NoReverseMatch:
        return ""  # no app that makes cards is installed
