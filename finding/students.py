"""Students by what somebody types. Whose they are is decided by row security, as for every other question."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, Model, Q, QuerySet, Value, When

from core.database.functions import PhoneReversed
from core.models import Contact, Student
from finding.typed import Typed
from incidents.models import EmergencyContact

SHOWN = 10
# So many that match are put in order. Who is called "ma", of a million, is a question for more letters.
CANDIDATES = 1_000
# The phones of a contact, by model.
_PHONES: dict[type[Model], tuple[str, ...]] = {
    EmergencyContact: ("primary_phone", "secondary_phone"),
    Contact: ("phone",),
}


@dataclass
class Found:
    """Students in the order of the search, and for those found by a telephone number whose it is."""

    students: list[Student] = field(default_factory=list)
    reached_by: dict[UUID, Any] = field(default_factory=dict)
    has_more: bool = False


def find_students(typed: Typed, user: Any) -> Found:
    """The first ten students that match, and whether there are more. A constant number of queries."""
    found = Found()
    if not typed or not user.has_perm("core.view_student"):
        return found
    students = _by_words_and_birth(typed)
    if typed.phone_reversed and len(students) <= SHOWN:
        found.reached_by = _contacts_by_student(typed.phone_reversed, user)
        known = {student.pk for student in students}
        wanted = [key for key in found.reached_by if key not in known]
        students += _in_order(Student.objects.filter(pk__in=wanted[: SHOWN + 1]))
    found.has_more = len(students) > SHOWN
    found.students = students[:SHOWN]
    return found


def _by_words_and_birth(typed: Typed) -> list[Student]:
    if typed.words is None and typed.born is None:
        return []
    matching: QuerySet[Any] = Student.objects.order_by()
    if typed.born is not None:
        matching = matching.filter(date_of_birth=typed.born)
    if typed.words is not None:
        matching = matching.filter(search_vector=typed.words)
    # Found first and sorted then: in one statement the planner would walk all names in order until ten of them match.
    keys = list(matching.values_list("pk", flat=True)[:CANDIDATES])
    return _in_order(Student.objects.filter(pk__in=keys), typed.text) if keys else []


def _in_order(students: QuerySet[Any], text: str = "") -> list[Student]:
    words = text.split()
    exact = [When(student_number__iexact=text, then=Value(0))]
    exact += [When(Q(last_name__iexact=word) | Q(first_name__iexact=word), then=Value(1)) for word in words[:4]]
    rank = Case(*exact, default=Value(2), output_field=IntegerField())
    ordered = students.order_by(rank, "last_name", "first_name", "date_of_birth", "pk")
    return list(ordered.prefetch_related("school")[: SHOWN + 1])


def _contacts_by_student(phone_reversed: str, user: Any) -> dict[UUID, Any]:
    """Contacts in use whose number ends so, by the student they belong to; those to be called first have precedence."""
    # As a range, which every index of texts in collation C answers: no digit follows 9, but ":" does.
    after = phone_reversed[:-1] + chr(ord(phone_reversed[-1]) + 1)
    found: dict[UUID, Any] = {}
    for model, columns in _PHONES.items():
        if not user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
            continue
        ends_so = Q()
        for column in columns:
            ends_so |= Q(**{f"{column}_reversed__gte": phone_reversed, f"{column}_reversed__lt": after})
        contacts: Iterable[Any] = (
            model._default_manager.alias(**{f"{column}_reversed": PhoneReversed(column) for column in columns})
            .filter(ends_so, is_active=True, student__isnull=False)
            .order_by()[:CANDIDATES]
        )
        for contact in contacts:
            found.setdefault(contact.student_id, contact)
    return found
