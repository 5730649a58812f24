"""The name of whom a value of a setting holds for, which no foreign key leads to."""

from typing import Any

from django.db.models import Case, CharField, OuterRef, Subquery, Value, When

from configuration.models import ConfigScope
from core.models import District, School, User


def holder_name() -> Case:
    """An expression for rows of settings. NULL: out of sight."""

    def named(rows: Any, name: str) -> Subquery:
        return Subquery(rows.filter(pk=OuterRef("scope_id")).values(name)[:1], output_field=CharField())

    return Case(
        When(scope=ConfigScope.DISTRICT, then=named(District.objects.all(), "name")),
        When(scope=ConfigScope.SCHOOL, then=named(School.objects.all(), "name")),
        When(scope=ConfigScope.USER, then=named(User.objects.all(), "email")),
        default=Value("Everybody"),
    )
