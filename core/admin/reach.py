"""The schools that a person may choose: those where the database lets them write."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from core.models import School, UserRole
from core.roles import REACH


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
