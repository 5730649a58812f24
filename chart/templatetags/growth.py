"""What `chart/growth.html` needs."""

from typing import Any

from django import template

from chart import growth
from core.admin.shown import tell_shown
from core.models import Student
from health.models import GrowthMeasurement

register = template.Library()


@register.simple_tag(takes_context=True)
def growth_of(context: dict[str, Any], student: Student) -> growth.Growth:
    """The growth of a student on the curves of the CDC reference: one query, and one to say that it is shown.

    The context has the request.
    """
    found = growth.growth_of(student)
    tell_shown(GrowthMeasurement, context["request"], "LIST", [line.row for line in found.measured])
    return found
