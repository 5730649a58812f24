"""The search that every page of the admin has."""

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.admin.shown import tell_shown
from core.admin.student_page import student_page
from core.models import Contact, Student
from finding.students import SHOWN, find_students
from finding.typed import read


@require_POST
@never_cache
def find_students_view(request: HttpRequest) -> HttpResponse:
    """Options for the search box. What was typed comes in the body: addresses are written into logs, names are not."""
    typed = read(request.POST.get("term", ""))
    found = find_students(typed, request.user)
    tell_shown(Student, request, "SEARCH", found.students)
    shown = [found.reached_by[student.pk] for student in found.students if student.pk in found.reached_by]
    for model, contacts in groupby(sorted(shown, key=lambda row: row._meta.label), key=type):
        tell_shown(model, request, "SEARCH", contacts)
    options = [
        {
            "student": student,
            "url": student_page(student.pk),
            "contact": _contact_line(found.reached_by.get(student.pk)),
        }
        for student in found.students
    ]
    return render(
        request,
        "finding/results.html",
        {"options": options, "has_more": found.has_more, "limit": SHOWN, "asked": bool(typed)},
    )


def _contact_line(contact: Any) -> str:
    """Whose telephone number it is: "Mother: Ann Lee, 614-555-0142"."""
    if contact is None:
        return ""
    if isinstance(contact, Contact):
        name, relationship, phones = (
            f"{contact.first_name} {contact.last_name}",
            contact.relationship_type or contact.get_type_display(),
            [contact.phone],
        )
    else:
        name, relationship = contact.name, contact.relationship
        phones = [contact.primary_phone, contact.secondary_phone]
    return f"{relationship.capitalize()}: {name}, {' or '.join(filter(None, phones))}"
