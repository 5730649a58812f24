"""What `chart/growth.html` needs."""

import json
from typing import Any

from django import template

from chart import growth
from core.models import Student

register = template.Library()


@register.simple_tag
def growth_of(student: Student) -> growth.Growth:
    """The growth of a student on the curves of the CDC reference. One query."""
    return growth.growth_of(student)


@register.filter
def growth_json(lines: Any) -> str:
    """The lines of a plot for the attribute that growth.js reads; the template escapes them."""
    return json.dumps(lines, separators=(",", ":"))
