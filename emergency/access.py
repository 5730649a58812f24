"""Emergency access: to find a student of another school, to open the chart for half an hour, and to end it.

The database does it, and says no: who may, whom, how often and how long stands in its functions
(`emergency/migrations/0003_reach_in_emergency.py`). What they refuse is a DatabaseError, which
`core.admin.database_errors.explain` puts into words.
"""

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils import timezone

from audit.models import AuditAction
from core.admin.reach import is_emergency
from core.models import Grade, Student, User, UserRole
from emergency.models import EmergencyAccess

MINUTES = 30
FEWEST_LETTERS = 10
LONGEST_REASON = 1_000
_OPEN = "emergency.open_accesses"


@dataclass(frozen=True)
class Found:
    """A student of the nurse's districts; `is_in_reach` if she sees the chart anyway."""

    key: UUID
    name: str
    grade: str
    school: str
    is_in_reach: bool


@dataclass(frozen=True)
class Deed:
    """What was done under an access, once or more often."""

    action: str
    table: str
    first: datetime.datetime
    last: datetime.datetime
    times: int
    is_change: bool


def may_open(user: Any) -> bool:
    """Whether this is a nurse, who alone has emergency access. A superuser sees everything anyway."""
    return isinstance(user, User) and user.is_active and not user.is_superuser and user.role == UserRole.NURSE


def find_students(*, number: str = "", last_name: str = "", born: datetime.date | None = None) -> list[Found]:
    """Students who match exactly, by the number, or by last name and day of birth. At most five. Written to the log.

    Raises:
        DatabaseError: who acts is no nurse, or has searched too often; or nothing was asked for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM find_in_emergency(%s, %s, %s)", [number, last_name, born])
        grades = dict(Grade.choices)
        return [Found(key, name, str(grades.get(grade, grade)), *rest) for key, name, grade, *rest in cursor.fetchall()]


def open_access(student_id: UUID, reason: str) -> UUID:
    """Let the nurse who acts see this student, from her next request on. Returns the key of the access.

    Raises:
        DatabaseError: who acts is no nurse; the student is of another district, or within reach anyway; the reason
            is too short; three others are open.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT open_emergency_access(%s, %s)", [student_id, reason])
        key: UUID = cursor.fetchone()[0]
        return key


def end_access(access_id: UUID) -> bool:
    """End an open access of the nurse who acts; False if there is none of this key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT end_emergency_access(%s)", [access_id])
        return bool(cursor.fetchone()[0])


def open_accesses(request: HttpRequest) -> list[EmergencyAccess]:
    """What the one who asks has open, each with `student_name`. One query in an emergency, none for all others."""
    if not is_emergency(request):
        return []
    if _OPEN not in request.__dict__:
        found = EmergencyAccess.objects.open_at(timezone.now()).filter(user=request.user.pk)
        # Several may be open: without the name nobody knows which of them to end. A subquery, so that the line
        # stays if the student is out of reach meanwhile.
        names = Student.objects.filter(pk=OuterRef("student_id")).order_by()
        name = Concat("first_name", Value(" "), "last_name")
        found = found.annotate(student_name=Subquery(names.values(label=name)[:1]))
        request.__dict__[_OPEN] = list(found.select_related("school").order_by("expires_at"))
    accesses: list[EmergencyAccess] = request.__dict__[_OPEN]
    return accesses


def activity(access: EmergencyAccess) -> list[Deed]:
    """What was looked at and changed under an access: each change for itself, looks at a table together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT done_at, done, done_table FROM emergency_activity(%s)", [access.pk])
        rows = cursor.fetchall()
    deeds: list[Deed] = []
    looks: dict[tuple[str, str], int] = {}
    for when, done, table in rows:
        action = AuditAction(done)
        is_change = action in (AuditAction.CREATE, AuditAction.UPDATE, AuditAction.DELETE)
        place = None if is_change else looks.setdefault((done, table), len(deeds))
        if place is None or place == len(deeds):
            deeds.append(Deed(str(action.label), table, when, when, 1, is_change))
        else:
            known = deeds[place]
            deeds[place] = Deed(known.action, table, known.first, when, known.times + 1, is_change=False)
    return deeds
