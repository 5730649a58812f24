"""What is within a person's reach: schools to choose from, and a student who is seen in an emergency only."""

from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from core.models import School, UserRole
from core.roles import EMERGENCY_ROLE, REACH

_STUDENTS = "core.emergency_students"


def is_emergency(request: HttpRequest) -> bool:
    """Whether whoever asks for a page has a student opened in an emergency. No query."""
    return getattr(getattr(request, "actor", None), "database_role", "") == EMERGENCY_ROLE


def seen_in_emergency(request: HttpRequest, student_id: Any) -> bool:
    """Whether this student is seen by emergency access: for reading, adding and changing, never for deleting.

    One query for a request in an emergency, none for all others.
    """
    if student_id is None or not is_emergency(request):
        return False
    if _STUDENTS not in request.__dict__:
        with connection.cursor() as cursor:
            cursor.execute("SELECT emergency_students()")
            request.__dict__[_STUDENTS] = frozenset(cursor.fetchone()[0] or ())
    return student_id in request.__dict__[_STUDENTS]


def schools_in_reach(user: Any) -> QuerySet[School]:
    """As `declare_actor` reckons the reach: all, those of the district, or the home school and the ones assigned."""
    schools = School.objects.all()
    match REACH[UserRole.ADMIN] if user.is_superuser else REACH.get(user.role):
        case "whitecross_all":
            return schools
        case "whitecross_district":
            return schools.filter(district=user.district_id) if user.district_id else schools.none()
        case _:
            today = timezone.localdate()
            assigned = user.school_assignments.filter(
                Q(end_date=None) | Q(end_date__gte=today), start_date__lte=today
            ).values("school")
            return schools.filter(Q(pk=user.school_id) | Q(pk__in=assigned))
