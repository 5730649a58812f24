from django.contrib import admin
from django.utils import timezone

from core.admin.badges import badge
from core.admin.student_records import StudentRecordAdmin
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
    list_filter = (FollowUpFilter, "record_type", "follow_up_required", "follow_up_completed", "is_confidential")
    ordering = ("-record_date",)
    fieldsets = (
        (None, {"fields": ("student", ("record_type", "record_date"), "title", "description", "is_confidential")}),
        ("Provider", {"fields": (("provider", "provider_npi"), ("facility", "facility_npi"))}),
        ("Diagnosis and treatment", {"fields": (("diagnosis", "diagnosis_code"), "treatment")}),
        ("Follow-up", {"fields": (("follow_up_required", "follow_up_date", "follow_up_completed"),)}),
        ("More", {"fields": ("notes", "attachments", "metadata"), "classes": ("collapse",)}),
    )

    def autocomplete_label(self, record: HealthRecord) -> str:
        """A title alone ("Stomach ache") would not tell whose event it is."""
        return f"{record.student}: {record} ({timezone.localtime(record.record_date).strftime(DATE_FORMAT)})"
