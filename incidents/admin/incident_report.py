from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin.badges import badge
from core.admin.student_records import StudentRecordAdmin
from incidents.admin.filters import OpenFilter
from incidents.models import IncidentReport, IncidentSeverity, IncidentStatus


@admin.register(IncidentReport)
class IncidentReportAdmin(StudentRecordAdmin):
    list_display = (
        "occurred_at",
        "student",
        "type",
        badge(
            "severity",
            IncidentSeverity,
            danger=[IncidentSeverity.CRITICAL, IncidentSeverity.HIGH],
            warning=[IncidentSeverity.MEDIUM],
        ),
        badge(
            "status",
            IncidentStatus,
            danger=[IncidentStatus.REQUIRES_ACTION],
            warning=[IncidentStatus.PENDING_REVIEW, IncidentStatus.UNDER_INVESTIGATION],
            success=[IncidentStatus.RESOLVED, IncidentStatus.CLOSED],
        ),
        "reported_by",
        "parent_notified",
    )
    list_select_related = ("student", "reported_by")
    list_filter = (OpenFilter, "type", "severity", "status", "parent_notified", "follow_up_required")
    ordering = ("-occurred_at",)
    autocomplete_fields = ("student", "reported_by", "parent_notified_by")
    fieldsets = (
        (None, {"fields": ("student", ("occurred_at", "location"), ("type", "severity", "status"), "reported_by")}),
        ("What happened", {"fields": ("description", "witnesses", "action_taken")}),
        (
            "Parents",
            {
                "fields": (
                    ("parent_notified", "parent_notified_at"),
                    ("parent_notified_by", "parent_notification_method"),
                )
            },
        ),
        ("Emergency services", {"fields": ("emergency_services_contacted", "emergency_details")}),
        ("Follow-up", {"fields": ("follow_up_required", "follow_up_notes")}),
        ("Attachments", {"fields": ("attachments",), "classes": ("collapse",)}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"reported_by": request.user.pk, **super().get_changeform_initial_data(request)}
