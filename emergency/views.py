"""The nurse's way to a student of another school. What she types comes in bodies of requests, never in an address."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from audit.access import record_denial
from core.admin.database_errors import explain
from core.admin.student_page import student_page
from emergency.access import MINUTES, Found, end_access, find_students, may_open, open_access
from emergency.forms import FindForm, OpenForm
from emergency.models import EmergencyAccess


@never_cache
def find(request: HttpRequest) -> HttpResponse:
    """Who is it? At first an empty form; then those who match exactly, each with the question why."""
    _only_nurses(request)
    form = FindForm(request.POST if request.method == "POST" else None)
    found: list[Found] | None = None
    if form.is_valid():
        asked = form.cleaned_data
        try:
            with transaction.atomic():
                found = find_students(number=asked["number"], last_name=asked["last_name"], born=asked["date_of_birth"])
        except DatabaseError as error:
            record_denial(EmergencyAccess._meta.db_table, None)
            form.add_error(None, explain(error))
    choices = [
        (student, OpenForm(initial={"student": student.key}, auto_id=f"id_{number}_%s"), student_page(student.key))
        for number, student in enumerate(found or ())
    ]
    if len(choices) == 1 and not choices[0][0].is_in_reach:
        # Found: what is asked next is why.
        del form.fields["number"].widget.attrs["autofocus"]
        choices[0][1].fields["reason"].widget.attrs["autofocus"] = True
    return _page(request, form=form, was_asked=found is not None, choices=choices)


@never_cache
@require_POST
def open_student(request: HttpRequest) -> HttpResponse:
    """Open the chart of the student who was chosen, for the reason that is given."""
    _only_nurses(request)
    form = OpenForm(request.POST)
    if form.is_valid():
        student: UUID = form.cleaned_data["student"]
        try:
            with transaction.atomic():
                open_access(student, form.cleaned_data["reason"])
        except DatabaseError as error:
            record_denial(EmergencyAccess._meta.db_table, None)
            form.add_error(None, explain(error))
        else:
            return HttpResponseRedirect(student_page(student))
    form.fields["reason"].widget.attrs["autofocus"] = True
    other = FindForm()
    del other.fields["number"].widget.attrs["autofocus"]
    return _page(request, form=other, open_form=form)


@never_cache
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End an access before its time."""
    _only_nurses(request)
    try:
        key = UUID(request.POST.get("access", ""))
    except ValueError as error:
        raise Http404 from error
    if end_access(key):
        messages.success(request, "The emergency access is ended.")
    else:
        messages.info(request, "The emergency access was over already.")
    return HttpResponseRedirect(reverse("admin:index"))


def _only_nurses(request: HttpRequest) -> None:
    if not may_open(request.user):
        raise PermissionDenied


def _page(request: HttpRequest, **context: Any) -> HttpResponse:
    request.current_app = admin.site.name
    context |= {**admin.site.each_context(request), "title": "Emergency access", "minutes": MINUTES}
    return TemplateResponse(request, "emergency/find.html", context)
