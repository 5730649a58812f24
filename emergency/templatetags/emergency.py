"""What stands on every page while a student is opened in an emergency."""

import math
from typing import Any

from django import template
from django.utils import timezone

from core.admin.student_page import student_page
from emergency.access import open_accesses
from emergency.models import EmergencyAccess

register = template.Library()


@register.inclusion_tag("emergency/banner.html", takes_context=True)
def emergency_banner(context: dict[str, Any]) -> dict[str, Any]:
    """A line for each access that is open: until when, the way to the chart, and the button that ends it."""
    request = context.get("request")
    now = timezone.now()
    lines = []
    for access in open_accesses(request) if request is not None else ():
        seconds = max(1, math.ceil((access.expires_at - now).total_seconds()))
        lines.append(
            {
                "access": access,
                "chart_url": student_page(access.student_id),
                "seconds": seconds,
                "minutes": math.ceil(seconds / 60),
            }
        )
    return {"lines": lines}


@register.simple_tag(takes_context=True)
def accesses_in_emergency(context: dict[str, Any]) -> list[EmergencyAccess]:
    """The open accesses, for a page on which the banner has no place."""
    request = context.get("request")
    return open_accesses(request) if request is not None else []
