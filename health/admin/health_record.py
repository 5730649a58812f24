from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from core.admin.actions import row_action
from core.admin.badges import badge
from core.admin.filters import DayRange
from core.admin.student_records import StudentRecordAdmin, now
from health.admin.filters import FollowUpFilter
from health.models import HealthRecord, HealthRecordType

DATE_FORMAT = "%Y-%m-%d"


@admin.register(HealthRecord)
class HealthRecordAdmin(StudentRecordAdmin):
    list_display = (
        "title",
        "student",
        badge(
            "record_type",
            HealthRecordType,
            danger=[HealthRecordType.HOSPITALIZATION, HealthRecordType.SURGERY],
            warning=[HealthRecordType.INJURY, HealthRecordType.ILLNESS],
            info=[HealthRecordType.CHECKUP, HealthRecordType.PHYSICAL_EXAM],
        ),
        "record_date",
        "follow_up_date",
        "is_confidential",
    )
    list_filter_submit = True
    list_keys_first = True
    list_filter = (
        FollowUpFilter,
        ("record_date", DayRange),
        "record_type",
        "follow_up_required",
        "follow_up_completed",
        "is_confidential",
    )
    ordering = ("-record_date",)
    follows = ("follow_up_completed",)
    kept = ("attachments", "metadata")
    labels = {
        "record_type": "Kind",
        "record_date": "When",
        "title": "In a few words",
        "description": "What happened and what was found",
        "treatment": "What was done",
        "follow_up_required": "Something is left to do",
        "follow_up_date": "Until when",
        "follow_up_completed": "Done",
        "diagnosis_code": "ICD-10 code",
        "provider_npi": "Provider's NPI",
        "facility_npi": "Facility's NPI",
        "is_confidential": "Confidential",
        "attachments": "Documents",
        "metadata": "From the source",
    }
    helps = {"is_confidential": "Only nurses, counselors and administrators see it."}
    examples = {"title": "Stomach ache"}
    fieldsets = (
        (None, {"fields": ("student", ("record_type", "record_date"), "title", "description", "treatment")}),
        ("Follow-up", {"fields": (("follow_up_required", "follow_up_date", "follow_up_completed"),)}),
        ("Privacy", {"fields": ("is_confidential",)}),
        ("Diagnosis", {"fields": ("diagnosis", "diagnosis_code"), "classes": ("collapse",)}),
        (
            "Seen elsewhere",
            {"fields": (("provider", "provider_npi"), ("facility", "facility_npi")), "classes": ("collapse",)},
        ),
        ("More", {"fields": ("notes", "attachments", "metadata"), "classes": ("collapse",)}),
    )
    actions = ("complete_follow_up", "delete_selected", "restore_selected")

    complete_follow_up = row_action(
        "complete_follow_up",
        "Follow-up is done",
        icon="task_alt",
        when=Q(follow_up_required=True, follow_up_completed=False),
        change=lambda request, answers: {"follow_up_completed": True},
        done="followed up",
        otherwise="there was nothing left to do",
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"record_date": now(), **super().get_changeform_initial_data(request)}

    def short_label(self, record: HealthRecord) -> str:
        return f"{timezone.localtime(record.record_date).strftime(DATE_FORMAT)}: {record}"

    def autocomplete_label(self, record: HealthRecord) -> str:
        """A title alone ("Stomach ache") would not tell whose event it is."""
        return f"{record.student}: {record} ({timezone.localtime(record.record_date).strftime(DATE_FORMAT)})"
