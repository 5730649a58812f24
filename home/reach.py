"""The schools of whoever is logged in."""

from django.db.models import BooleanField, F, Func, QuerySet

from core.models import School


class _InReach(Func):
    """Whether a key is that of a school in reach, as the database knows it since the actor was declared."""

    template = "(%(expressions)s = ANY (schools_in_reach()))"
    arity = 1
    output_field = BooleanField()


def schools_in_reach() -> QuerySet[School]:
    """The schools that a person belongs or is assigned to, by name. Not for secrecy: others are of no use to them."""
    return School.objects.filter(_InReach(F("pk"))).order_by("name", "pk")
