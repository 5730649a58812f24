"""Conditions, current medications and people to call."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from chart.emergency_facts import Phone
from chart.sight import Sight, row_url
from core.models import Contact
from health.models import ChronicCondition, ConditionStatus
from incidents.models import EmergencyContact
from medications.dose_schedule import Dose, doses_of, next_doses, not_over
from medications.models import MedicationLog, MedicationLogStatus, StudentMedication

_OVER = (ConditionStatus.RESOLVED, ConditionStatus.INACTIVE)


def conditions_of(student: Any) -> list[ChronicCondition]:
    """The student's conditions that are not over, worst first. One query."""
    found = ChronicCondition.objects.filter(student=student).exclude(status__in=_OVER)
    return list(found.order_by("-severity", "condition_name"))


# --- Medications ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CurrentOrder:
    """An order that stands, with its last dose and the next one."""

    order: StudentMedication
    last_dose: MedicationLog | None
    open_dose: Dose | None  # today's dose that is due now or was missed
    is_missed: bool
    next_at: datetime.datetime | None
    knows_doses: bool
    lacks_consent: bool
    starts_later: bool
    url: str
    give_url: str


def current_orders(student: Any, sight: Sight, now: datetime.datetime) -> list[CurrentOrder]:
    """The orders that stand today or will, by medication.

    Four queries: the orders, their last doses, today's doses and the next ones. One for who may not see doses.
    """
    today = timezone.localdate(now)
    orders = StudentMedication.objects.filter(not_over(today), student=student, is_active=True)
    orders = orders.select_related("medication").order_by("medication__name", "start_date")
    if not sight.may("view", MedicationLog):
        return [_current(order, sight, today) for order in orders]
    given = MedicationLog.objects.filter(
        student_medication=OuterRef("pk"), status=MedicationLogStatus.ADMINISTERED, time_given__isnull=False
    )
    # One look into the index for each order, whatever the number of doses.
    found = list(orders.annotate(last_dose_id=Subquery(given.order_by("-time_given").values("pk")[:1])))
    last = MedicationLog.objects.in_bulk([order.last_dose_id for order in found if order.last_dose_id])
    open_doses = {
        dose.order.pk: dose for dose in reversed(doses_of(found, today)) if dose.state(now) in ("due", "missed")
    }
    coming = next_doses(found, now)
    return [
        _current(
            order,
            sight,
            today,
            last_dose=last.get(order.last_dose_id),
            open_dose=(open_dose := open_doses.get(order.pk)),
            is_missed=open_dose is not None and open_dose.state(now) == "missed",
            next_at=coming.get(order.pk),
            knows_doses=True,
        )
        for order in found
    ]


def _current(
    order: StudentMedication,
    sight: Sight,
    today: datetime.date,
    *,
    last_dose: MedicationLog | None = None,
    open_dose: Dose | None = None,
    is_missed: bool = False,
    next_at: datetime.datetime | None = None,
    knows_doses: bool = False,
) -> CurrentOrder:
    starts_later = order.start_date > today
    about = {"student_medication": str(order.pk)}
    if open_dose is not None:
        about["scheduled_for"] = timezone.localtime(open_dose.due_at).isoformat()
    return CurrentOrder(
        order=order,
        last_dose=last_dose,
        open_dose=open_dose,
        is_missed=is_missed,
        next_at=next_at,
        knows_doses=knows_doses,
        lacks_consent=order.lacks_consent,
        starts_later=starts_later,
        url=row_url(StudentMedication, order.pk),
        # Without consent no dose is given, and an order that is not in force yet allows none.
        give_url="" if order.lacks_consent or starts_later else sight.add_url(MedicationLog, **about),
    )


# --- People to call ---------------------------------------------------------------------------------------------------


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


def _phones(*numbers: str | None) -> list[Phone]:
    return [Phone(number) for number in numbers if number]


def emergency_contacts(student: Any) -> list[EmergencyContact]:
    """Whom to call, in the order of calling. One query."""
    return list(EmergencyContact.objects.filter(student=student, is_active=True).order_by("priority", "name"))


def other_contacts(student: Any, listed: Sequence[EmergencyContact]) -> list[Contact]:
    """Guardians, providers and others in use, without those in the order of calling. One query."""
    known = {item.href for row in listed for item in _phones(row.primary_phone, row.secondary_phone)}
    found = Contact.objects.filter(student=student, is_active=True).order_by("type", "last_name", "first_name")
    return [row for row in found if not row.phone or Phone(row.phone).href not in known]


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
