"""What one must know about a student in an emergency: for the banner of the chart and for the emergency card.

Set-based: five queries, for one student or for five hundred. What a role may not view is not asked for (the database
would refuse it) and stands as None, so that nobody takes "not shown to you" for "there is none".
"""

import datetime
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils import timezone

from chart.emergency_facts import (
    AllergyFact,
    ConditionFact,
    ContactFact,
    EmergencyFacts,
    EpiPen,
    MedicationFact,
    Phone,
)
from core.models import Contact, ContactType, Student
from health.models import Allergy, AllergySeverity, AllergyType, ChronicCondition, ConditionSeverity, ConditionStatus
from incidents.models import EmergencyContact
from medications.dose_schedule import not_over
from medications.models import Medication, StudentMedication

# Substances that are given at once or not at all, whatever category somebody filed them under.
RESCUE_SUBSTANCES = frozenset(
    (
        *("epinephrine", "adrenaline", "albuterol", "salbutamol", "levalbuterol", "terbutaline", "glucagon"),
        *("dasiglucagon", "naloxone", "diazepam", "midazolam", "lorazepam", "hydrocortisone", "nitroglycerin"),
    )
)
# Of those, the ones that are a rescue only in one form: a cream of hydrocortisone is none.
_RESCUE_FORMS = {
    "hydrocortisone": ("inject", "vial", "act-o-vial"),
    "lorazepam": ("inject", "nasal", "intensol"),
    "diazepam": ("rectal", "nasal", "gel", "spray", "inject"),
}
_RESCUE_WORDS = ("emergency", "rescue")
_RESCUE_OCCASIONS = ("anaphyla", "emergency", "seizure", "severe low", "unconscious")

# In the order in which one calls those whom nobody has put in an order.
_FAMILY = (ContactType.PARENT, ContactType.GUARDIAN, ContactType.EMERGENCY)
_CURRENT_CONDITIONS = (ConditionStatus.ACTIVE, ConditionStatus.MANAGED, ConditionStatus.MONITORING)


def emergency_facts(students: Iterable[Student], user: Any) -> dict[UUID, EmergencyFacts]:
    """What one must know about each of the students, by key, as far as the user's role may view it.

    Five queries at most, whatever the number of students. Rows that row security hides are not there. The caller says
    whom it shows (`core.admin.shown.tell_shown`).
    """
    keys = [student.pk for student in students]
    today = timezone.localdate()
    allergies = _by_student(_allergies(keys)) if _may_view(user, Allergy) else None
    conditions = _by_student(_conditions(keys)) if _may_view(user, ChronicCondition) else None
    orders = _by_student(_orders(keys, today)) if _may_view(user, StudentMedication, Medication) else None
    calls = _by_student(_emergency_contacts(keys)) if _may_view(user, EmergencyContact) else None
    people = _by_student(_contacts(keys)) if _may_view(user, Contact) else None

    facts = {}
    for key in keys:
        grave = mild = pens = None
        if allergies is not None:
            found = [(row, _allergy(row)) for row in allergies[key]]
            grave = tuple(fact for _, fact in found if fact.is_life_threatening)
            mild = tuple(fact for _, fact in found if not fact.is_life_threatening)
            pens = _epi_pens([row for row, _ in found], today)
        emergency = daily = None
        if orders is not None:
            medications = [_medication(row) for row in orders[key]]
            emergency = tuple(
                sorted((fact for fact in medications if fact.is_emergency), key=lambda fact: not fact.is_inhaler)
            )
            daily = tuple(fact for fact in medications if not fact.is_emergency)
        facts[key] = EmergencyFacts(
            student_id=key,
            life_threatening=grave,
            other_allergies=mild,
            epi_pens=pens,
            emergency_medications=emergency,
            daily_medications=daily,
            conditions=None if conditions is None else tuple(_condition(row) for row in conditions[key]),
            contacts=_calling_order(None if calls is None else calls[key], None if people is None else people[key]),
            doctors=_doctors(None if people is None else people[key], (*(emergency or ()), *(daily or ()))),
        )
    return facts


def _may_view(user: Any, *models: type[Any]) -> bool:
    return all(user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}") for model in models)


def _by_student(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.student_id].append(row)
    return found


# --- Queries: one each ------------------------------------------------------------------------------------------------


def _allergies(keys: list[UUID]) -> Any:
    return Allergy.objects.filter(student__in=keys, is_active=True).order_by("-severity", "allergen", "pk")


def _conditions(keys: list[UUID]) -> Any:
    rows = ChronicCondition.objects.filter(student__in=keys, status__in=_CURRENT_CONDITIONS)
    return rows.order_by("-severity", "condition_name", "pk")


def _orders(keys: list[UUID], today: datetime.date) -> Any:
    rows = StudentMedication.objects.filter(not_over(today), student__in=keys, is_active=True, start_date__lte=today)
    return rows.select_related("medication").order_by("medication__name", "medication__strength", "pk")


def _emergency_contacts(keys: list[UUID]) -> Any:
    rows = EmergencyContact.objects.filter(student__in=keys, is_active=True)
    return rows.order_by("priority", "-is_primary", "name", "pk")


def _contacts(keys: list[UUID]) -> Any:
    rows = Contact.objects.filter(student__in=keys, is_active=True, type__in=(*_FAMILY, ContactType.PROVIDER))
    return rows.order_by("last_name", "first_name", "pk")


# --- Rows to facts ----------------------------------------------------------------------------------------------------


def _text(value: str | None) -> str:
    """What was written, composed (NFC): a letter and its accent are one sign, which every font has."""
    return unicodedata.normalize("NFC", (value or "").strip())


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for value in values if (text := _text(value)))


def _allergy(row: Allergy) -> AllergyFact:
    terms = _texts(row.reactions or ())
    in_words = _text(row.reaction)
    unsaid = [term for term in terms if term.casefold() not in in_words.casefold()]
    return AllergyFact(
        pk=row.pk,
        allergen=_text(row.allergen),
        kind=AllergyType(row.allergy_type).label,
        severity=AllergySeverity(row.severity),
        reaction="; ".join(part for part in (in_words, ", ".join(unsaid)) if part),
        symptoms=_text(row.symptoms),
        treatment=_text(row.treatment),
        emergency_protocol=_text(row.emergency_protocol),
        epi_pen_required=row.epi_pen_required,
    )


def _epi_pens(rows: Iterable[Allergy], today: datetime.date) -> tuple[EpiPen, ...]:
    """The pens of the allergies, those of one place and one date as one; the ones still good first, longest first."""
    allergens: dict[tuple[str, datetime.date | None], list[str]] = {}
    for row in rows:
        if row.epi_pen_required or row.epi_pen_location or row.epi_pen_expiration:
            allergens.setdefault((_text(row.epi_pen_location), row.epi_pen_expiration), []).append(_text(row.allergen))
    pens = [
        EpiPen(tuple(names), location, expires, is_expired=expires is not None and expires < today)
        for (location, expires), names in allergens.items()
    ]
    return tuple(sorted(pens, key=lambda pen: (pen.is_expired, pen.location == "")))


def _medication(row: StudentMedication) -> MedicationFact:
    medication = row.medication
    about = " ".join(filter(None, (medication.category, medication.dosage_form, row.route))).casefold()
    is_inhaler = "inhal" in about or "nebul" in about
    return MedicationFact(
        pk=row.pk,
        name=_text(str(medication)),
        dosage=_text(row.dosage),
        frequency=_text(row.frequency),
        route=_text(row.route),
        instructions=_text(row.instructions),
        prescribed_by=_text(row.prescribed_by),
        is_inhaler=is_inhaler,
        is_emergency=_is_rescue(row, about, is_inhaler=is_inhaler),
        stock_expires=medication.expiration_date,
    )


def _is_rescue(row: StudentMedication, about: str, *, is_inhaler: bool) -> bool:
    """Whether an order is for an emergency. A preventive inhaler is none: it helps nobody in an attack."""
    names = f"{row.medication.name} {row.medication.generic_name or ''}".casefold()
    for substance in RESCUE_SUBSTANCES.intersection(re.findall(r"[a-z]+", names)):
        if any(form in about for form in _RESCUE_FORMS.get(substance, ("",))):
            return True
    occasion = row.frequency.casefold()
    return (
        any(word in about for word in _RESCUE_WORDS)
        or any(word in occasion for word in _RESCUE_OCCASIONS)
        or (is_inhaler and "as needed" in occasion)
    )


def _condition(row: ChronicCondition) -> ConditionFact:
    return ConditionFact(
        pk=row.pk,
        name=_text(row.condition_name),
        severity=ConditionSeverity(row.severity),
        status=ConditionStatus(row.status),
        action_plan=_text(row.action_plan),
        emergency_protocol=_text(row.emergency_protocol),
        triggers=_texts(row.triggers or ()),
        restrictions=_texts(row.restrictions or ()),
        precautions=_texts(row.precautions or ()),
        accommodations=_text(row.accommodation_details),
    )


def _calling_order(
    calls: list[EmergencyContact] | None, people: list[Contact] | None
) -> tuple[ContactFact, ...] | None:
    """Emergency contacts as they stand, then the family members who are not among them."""
    if calls is None and people is None:
        return None
    contacts = [
        ContactFact(
            name=_text(row.name),
            relationship=_text(row.relationship),
            phones=_phones(row.primary_phone, row.secondary_phone),
            email=_text(row.email),
            may_pick_up=row.can_pick_up,
            may_decide=row.can_make_decisions,
            notes=_text(row.notes),
        )
        for row in calls or ()
    ]
    places = {contact.name.casefold(): place for place, contact in enumerate(contacts)}
    family = sorted((row for row in people or () if row.type in _FAMILY), key=lambda row: _FAMILY.index(row.type))
    for contact in map(_person, family):
        place = places.setdefault(contact.name.casefold(), len(contacts))
        if place == len(contacts):
            contacts.append(contact)
        else:  # the same person: only a number that is not there yet is news
            known = contacts[place]
            dialed = {phone.href for phone in known.phones}
            more = tuple(phone for phone in contact.phones if phone.href not in dialed)
            contacts[place] = replace(known, phones=known.phones + more)
    return tuple(contacts)


def _doctors(people: list[Contact] | None, orders: Iterable[MedicationFact]) -> tuple[ContactFact, ...] | None:
    if people is None:
        return None
    doctors = [_person(row) for row in people if row.type == ContactType.PROVIDER]
    known = " ".join(doctor.name for doctor in doctors).casefold()
    for name in dict.fromkeys(order.prescribed_by for order in orders):
        # "Dr. Ruth Day" prescribed, "Ruth Day" is in the book.
        if name and not all(part in known for part in re.sub(r"\bdr\.?\s|,.*", "", name.casefold()).split()):
            doctors.append(ContactFact(name, "Prescriber", (), "", None, None, ""))
    return tuple(doctors)


def _person(row: Contact) -> ContactFact:
    name = f"{_text(row.first_name)} {_text(row.last_name)}".strip()
    organization = _text(row.organization)
    return ContactFact(
        name=f"{name}, {organization}" if organization else name,
        relationship=_text(row.relationship_type) or ContactType(row.type).label,
        phones=_phones(row.phone),
        email=_text(row.email),
        may_pick_up=None,
        may_decide=None,
        notes="",
    )


def _phones(*numbers: str | None) -> tuple[Phone, ...]:
    return tuple(Phone(number) for number in dict.fromkeys(filter(None, numbers)))
