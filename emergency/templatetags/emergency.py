"""What stands on every page while a student is opened in an emergency."""

import math
from typing import Any

from django import template
from django.utils import timezone

from core.admin.student_page import student_page
from emergency.access import open_accesses

register = template.Library()


@register.inclusion_tag("emergency/banner.html", takes_context=True)
def emergency_banner(context: dict[str, Any]) -> dict[str, Any]:
    """A line for each access that is open: until when, the way to the chart, and the button that ends it."""
    request = context.get("request")
    now = timezone.now()
    lines = [
        {
            "access": access,
            "chart_url": student_page(access.student_id),
            "minutes": max(1, math.ceil((access.expires_at - now).total_seconds() / 60)),
        }
        for access in (open_accesses(request) if request is not None else ())
    ]
    return {"lines": lines}
