from django.contrib import admin
from django.utils import timezone

from core.admin.badges import badge
from core.admin.student_records import StudentRecordAdmin
from health.admin.filters import AppointmentDayFilter
from health.models import Appointment, AppointmentStatus


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
    list_filter = (AppointmentDayFilter, "status", "type")
    ordering = ("-scheduled_at",)
    autocomplete_fields = ("student", "nurse")
    fieldsets = (
        (None, {"fields": ("student", "nurse", ("scheduled_at", "duration"), ("type", "status"), "reason")}),
        ("Outcome", {"fields": ("completed_at", "cancelled_at", "cancellation_reason")}),
        ("Notes", {"fields": ("notes",), "classes": ("collapse",)}),
    )

    def autocomplete_label(self, appointment: Appointment) -> str:
        """A reason alone ("Headache") would not tell whose visit it is."""
        when = timezone.localtime(appointment.scheduled_at).strftime("%Y-%m-%d %H:%M")
        return f"{appointment.student}: {appointment} ({when})"
