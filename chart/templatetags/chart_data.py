"""What the templates of the chart need beyond Django's own."""

import json
from typing import Any
from urllib.parse import urlencode

from django import template

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """Data for an attribute that a script reads; the template escapes it."""
    return json.dumps(value, separators=(",", ":"))


@register.simple_tag(takes_context=True)
def chart_link(context: dict[str, Any], kind: str, period: str, before: str = "") -> str:
    """The chart's address with this choice of the timeline."""
    chosen = {"kind": kind, "period": period, "before": before}
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"{context['chart_url']}?{query}" if query else str(context["chart_url"])
