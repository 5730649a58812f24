from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from core.admin.actions import row_action
from core.admin.badges import badge
from core.admin.filters import DayRange
from core.admin.questions import Questions, text
from core.admin.student_records import StudentRecordAdmin, StudentRecordForm, now
from incidents.admin.filters import OpenFilter
from incidents.models import IncidentReport, IncidentSeverity, IncidentStatus

HOW_TOLD = ("By telephone", "In person", "By text message", "By e-mail", "By a letter home")


class HowTold(Questions):
    suggestions = {"how": HOW_TOLD}
    how = text("How was the parent told?", length=50)


class IncidentForm(StudentRecordForm):
    """A report. Who told a parent, and when, is filled in when the box is ticked."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "parent_notified" in self.fields and "parent_notified_at" not in self.errors:
            self.fill_in("parent_notified", parent_notified_by=self.request.user)
            if not cleaned.get("parent_notified"):
                cleaned["parent_notified_at"] = None
            elif cleaned.get("parent_notified_at") is None:
                cleaned["parent_notified_at"] = timezone.now().replace(microsecond=0)
        return cleaned


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
    list_filter_submit = True
    list_filter = (
        OpenFilter,
        ("occurred_at", DayRange),
        "type",
        "severity",
        "status",
        "parent_notified",
        "follow_up_required",
    )
    ordering = ("-occurred_at",)
    form = IncidentForm
    autocomplete_fields = ("student", "reported_by")
    follows = ("parent_notified_by",)
    kept = ("attachments",)
    labels = {
        "occurred_at": "When",
        "location": "Where",
        "description": "What happened",
        "action_taken": "What was done",
        "witnesses": "Who saw it",
        "parent_notified": "A parent was told",
        "parent_notified_at": "When",
        "parent_notified_by": "By whom",
        "parent_notification_method": "How",
        "emergency_services_contacted": "An ambulance or the police were called",
        "emergency_details": "Who came and what they did",
        "follow_up_required": "Something is left to do",
        "follow_up_notes": "What is left to do",
        "status": "Where the report stands",
        "attachments": "Photographs and documents",
    }
    helps = {"parent_notified_at": "Now, if you leave it blank. That it was you is kept as well."}
    examples = {"location": "Playground"}
    suggestions = {
        "location": ("Playground", "Gymnasium", "Classroom", "Cafeteria", "Hallway", "Bus"),
        "parent_notification_method": HOW_TOLD,
    }
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "student",
                    ("occurred_at", "location"),
                    ("type", "severity"),
                    "description",
                    "action_taken",
                    "witnesses",
                )
            },
        ),
        (
            "Parents",
            {"fields": ("parent_notified", ("parent_notification_method", "parent_notified_at"), "parent_notified_by")},
        ),
        ("Emergency services", {"fields": ("emergency_services_contacted", "emergency_details")}),
        ("Follow-up", {"fields": ("follow_up_required", "follow_up_notes")}),
        ("Report", {"fields": (("status", "reported_by"), "attachments"), "classes": ("collapse",)}),
    )
    actions = ("notify_parents", "close", "reopen", "delete_selected", "restore_selected")

    notify_parents = row_action(
        "notify_parents",
        "A parent was told",
        icon="call",
        when=Q(parent_notified=False),
        change=lambda request, answers: {
            "parent_notified": True,
            "parent_notified_at": timezone.now().replace(microsecond=0),
            "parent_notified_by": request.user,
            "parent_notification_method": answers["how"],
        },
        done="marked: a parent was told",
        otherwise="a parent was told already",
        questions=HowTold,
    )
    close = row_action(
        "close",
        "Close the report",
        icon="task_alt",
        when=~Q(status=IncidentStatus.CLOSED),
        change=lambda request, answers: {"status": IncidentStatus.CLOSED},
        done="closed",
        otherwise="closed already",
    )
    reopen = row_action(
        "reopen",
        "Open the report again",
        icon="undo",
        when=Q(status=IncidentStatus.CLOSED),
        change=lambda request, answers: {"status": IncidentStatus.PENDING_REVIEW},
        done="opened again",
        otherwise="they are open",
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "reported_by": request.user.pk,
            "occurred_at": now(),
            **super().get_changeform_initial_data(request),
        }
