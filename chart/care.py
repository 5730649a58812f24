"""Conditions, current medications and people to call."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from chart.sight import Sight, row_url
from core.models import Contact
from health.models import ChronicCondition, ConditionStatus
from incidents.models import EmergencyContact
from medications.models import MedicationLog, MedicationLogStatus, StudentMedication

_OVER = (ConditionStatus.RESOLVED, ConditionStatus.INACTIVE)


def conditions_of(student: Any) -> list[ChronicCondition]:
    """The student's conditions that are not over, worst first. One query."""
    found = ChronicCondition.objects.filter(student=student).exclude(status__in=_OVER)
    return list(found.order_by("-severity", "condition_name"))


# --- Medications ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CurrentOrder:
    """An order that stands, with its last dose."""

    order: StudentMedication
    last_dose: MedicationLog | None
    knows_doses: bool
    lacks_consent: bool
    starts_later: bool
    url: str
    give_url: str


def current_orders(student: Any, sight: Sight, today: datetime.date) -> list[CurrentOrder]:
    """The orders that stand today or will, by medication. Two queries: the orders, and their last doses."""
    standing = Q(end_date=None) | Q(end_date__gte=today)
    orders = StudentMedication.objects.filter(standing, student=student, is_active=True)
    orders = orders.select_related("medication").order_by("medication__name", "start_date")
    knows_doses = sight.may("view", MedicationLog)
    if knows_doses:
        given = MedicationLog.objects.filter(
            student_medication=OuterRef("pk"), status=MedicationLogStatus.ADMINISTERED, time_given__isnull=False
        )
        # One look into the index for each order, whatever the number of doses.
        orders = orders.annotate(last_dose_id=Subquery(given.order_by("-time_given").values("pk")[:1]))
    found = list(orders)
    keys = [key for order in found if (key := getattr(order, "last_dose_id", None))]
    doses = {dose.pk: dose for dose in MedicationLog.objects.filter(pk__in=keys)} if knows_doses else {}
    return [
        _current(order, doses.get(getattr(order, "last_dose_id", None)), knows_doses, sight, today) for order in found
    ]


def _current(
    order: StudentMedication, last_dose: MedicationLog | None, knows_doses: bool, sight: Sight, today: datetime.date
) -> CurrentOrder:
    lacks_consent = order.requires_parent_consent and not order.consent_obtained
    starts_later = order.start_date > today
    give = "" if lacks_consent or starts_later else sight.add_url(MedicationLog, student_medication=str(order.pk))
    return CurrentOrder(
        order=order,
        last_dose=last_dose,
        knows_doses=knows_doses,
        lacks_consent=lacks_consent,
        starts_later=starts_later,
        url=row_url(StudentMedication, order.pk),
        give_url=give,
    )


# --- People to call ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Phone:
    """A telephone number, as written and as dialed."""

    number: str
    href: str


@dataclass(frozen=True)
class Person:
    """Somebody to call."""

    name: str
    relation: str
    phones: Sequence[Phone]
    email: str
    prefers: str
    may_pick_up: bool | None
    may_decide: bool
    notes: str
    url: str


def phone(number: str) -> Phone:
    """A number as a link: digits, a leading +, and the extension (RFC 3966)."""
    dialed, *extension = re.split(r"(?:x|ext\.?)\s*", number, maxsplit=1, flags=re.IGNORECASE)
    digits = re.sub(r"[^0-9+]", "", dialed)
    return Phone(number, f"tel:{digits}" + (f";ext={extension[0].strip()}" if extension else ""))


def _phones(*numbers: str | None) -> list[Phone]:
    return [phone(number) for number in numbers if number]


def emergency_contacts(student: Any) -> list[EmergencyContact]:
    """Whom to call, in the order of calling. One query."""
    return list(EmergencyContact.objects.filter(student=student, is_active=True).order_by("priority", "name"))


def other_contacts(student: Any, listed: Sequence[EmergencyContact]) -> list[Contact]:
    """Guardians, providers and others in use, without those in the order of calling. One query."""
    known = {item.href for row in listed for item in _phones(row.primary_phone, row.secondary_phone)}
    found = Contact.objects.filter(student=student, is_active=True).order_by("type", "last_name", "first_name")
    return [row for row in found if not row.phone or phone(row.phone).href not in known]


def caller(row: EmergencyContact) -> Person:
    """A contact of the order of calling, for the page."""
    return Person(
        name=row.name,
        relation=row.relationship,
        phones=_phones(row.primary_phone, row.secondary_phone),
        email=row.email or "",
        prefers="" if row.preferred_contact_method == "ANY" else row.get_preferred_contact_method_display(),
        may_pick_up=row.can_pick_up,
        may_decide=row.can_make_decisions,
        notes=row.notes or "",
        url=row_url(EmergencyContact, row.pk),
    )


def further(row: Contact) -> Person:
    """Any other contact, for the page."""
    place = [row.relationship_type or row.get_type_display(), row.organization or ""]
    return Person(
        name=f"{row.first_name} {row.last_name}",
        relation=", ".join(filter(None, place)),
        phones=_phones(row.phone),
        email=row.email or "",
        prefers="",
        may_pick_up=None,
        may_decide=False,
        notes="",
        url=row_url(Contact, row.pk),
    )
