from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from core.admin.actions import row_action
from core.admin.badges import badge
from core.admin.filters import DayRange
from core.admin.questions import Questions, text
from core.admin.student_records import StudentRecordAdmin, now
from health.admin.filters import AppointmentDayFilter
from health.models import Appointment, AppointmentStatus

_OPEN = Q(status__in=(AppointmentStatus.SCHEDULED, AppointmentStatus.IN_PROGRESS, AppointmentStatus.RESCHEDULED))
_OVER = "they are completed, cancelled or missed already"


class WhyCancel(Questions):
    suggestions = {"why": ("Student absent", "Parent asked", "Nurse unavailable", "No longer needed")}
    why = text("Why is it cancelled?")


@admin.register(Appointment)
class AppointmentAdmin(StudentRecordAdmin):
    list_display = (
        "scheduled_at",
        "student",
        "type",
        "reason",
        "nurse",
        "duration",
        badge(
            "status",
            AppointmentStatus,
            info=[AppointmentStatus.SCHEDULED, AppointmentStatus.IN_PROGRESS],
            success=[AppointmentStatus.COMPLETED],
            warning=[AppointmentStatus.NO_SHOW],
        ),
    )
    list_select_related = ("student", "nurse")
    list_filter = (AppointmentDayFilter, ("scheduled_at", DayRange), "status", "type")
    list_filter_submit = True
    ordering = ("-scheduled_at",)
    autocomplete_fields = ("student", "nurse")
    follows = ("status", "completed_at", "cancelled_at", "cancellation_reason")
    labels = {"scheduled_at": "When", "duration": "Length", "reason": "Why the student comes"}
    units = {"duration": "minutes"}
    fieldsets = (
        (None, {"fields": ("student", "reason", ("scheduled_at", "duration"), ("type", "nurse"))}),
        ("Where it stands", {"fields": (("status", "completed_at", "cancelled_at"), "cancellation_reason")}),
        ("Notes", {"fields": ("notes",), "classes": ("collapse",)}),
    )
    actions = (
        "begin",
        "complete",
        "mark_no_show",
        "cancel",
        "reopen",
        "delete_selected",
        "restore_selected",
    )

    begin = row_action(
        "begin",
        "Student is here",
        icon="login",
        when=Q(status__in=(AppointmentStatus.SCHEDULED, AppointmentStatus.RESCHEDULED)),
        change=lambda request, answers: {"status": AppointmentStatus.IN_PROGRESS},
        done="begun",
        otherwise="only what is scheduled can begin",
    )
    complete = row_action(
        "complete",
        "Complete",
        icon="check",
        when=_OPEN,
        change=lambda request, answers: {"status": AppointmentStatus.COMPLETED, "completed_at": Now()},
        done="completed",
        otherwise=_OVER,
    )
    mark_no_show = row_action(
        "mark_no_show",
        "Did not come",
        icon="person_off",
        when=_OPEN,
        change=lambda request, answers: {"status": AppointmentStatus.NO_SHOW},
        done="marked as no-show",
        otherwise=_OVER,
    )
    cancel = row_action(
        "cancel",
        "Cancel the appointment",
        icon="event_busy",
        when=_OPEN,
        change=lambda request, answers: {
            "status": AppointmentStatus.CANCELLED,
            "cancelled_at": Now(),
            "cancellation_reason": answers["why"],
        },
        done="cancelled",
        otherwise=_OVER,
        questions=WhyCancel,
    )
    reopen = row_action(
        "reopen",
        "Open again",
        icon="undo",
        when=Q(status__in=(AppointmentStatus.COMPLETED, AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW)),
        change=lambda request, answers: {
            "status": AppointmentStatus.SCHEDULED,
            "completed_at": None,
            "cancelled_at": None,
            "cancellation_reason": None,
        },
        done="opened again",
        otherwise="they are open",
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"nurse": request.user.pk, "scheduled_at": now(), **super().get_changeform_initial_data(request)}

    def short_label(self, appointment: Appointment) -> str:
        return f"{timezone.localtime(appointment.scheduled_at).strftime('%Y-%m-%d %H:%M')}: {appointment}"

    def autocomplete_label(self, appointment: Appointment) -> str:
        """A reason alone ("Headache") would not tell whose visit it is."""
        when = timezone.localtime(appointment.scheduled_at).strftime("%Y-%m-%d %H:%M")
        return f"{appointment.student}: {appointment} ({when})"
