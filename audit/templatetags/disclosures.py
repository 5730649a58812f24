"""The link from a student's page to who saw the student."""

from typing import Any

from django import template
from django.urls import reverse

from audit.disclosures import may_see_disclosures
from core.admin.reach import seen_in_emergency

register = template.Library()


@register.simple_tag(takes_context=True)
def disclosures_url(context: dict[str, Any], student: Any) -> str:
    """Address of the page "Who saw this student", or nothing for those who may not open it."""
    request = context["request"]
    if student is None or not may_see_disclosures(request.user) or seen_in_emergency(request, student.pk):
        return ""
    return reverse("admin:audit_auditlog_disclosures", args=[student.pk])
