from django.contrib import admin

from core.admin.badges import badge
from core.admin.student_records import StudentRecordAdmin
from health.admin.filters import ScreeningOverdueFilter
from health.models import FollowUpStatus, Screening, ScreeningOutcome


@admin.register(Screening)
class ScreeningAdmin(StudentRecordAdmin):
    list_display = (
        "screening_type",
        "student",
        "screening_date",
        badge(
            "outcome",
            ScreeningOutcome,
            success=[ScreeningOutcome.PASS],
            danger=[ScreeningOutcome.FAIL],
            warning=[ScreeningOutcome.REFER],
        ),
        "referral_required",
        "follow_up_date",
        badge(
            "follow_up_status",
            FollowUpStatus,
            danger=[FollowUpStatus.OVERDUE],
            warning=[FollowUpStatus.PENDING],
            success=[FollowUpStatus.COMPLETED],
        ),
        "screened_by",
    )
    list_filter = (
        ScreeningOverdueFilter,
        "screening_type",
        "outcome",
        "referral_required",
        "follow_up_required",
        "follow_up_status",
    )
    ordering = ("-screening_date",)
    autocomplete_fields = ("student", "health_record")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "student",
                    ("screening_type", "screening_date"),
                    ("screened_by", "screened_by_role"),
                    "equipment_used",
                )
            },
        ),
        ("Result", {"fields": (("outcome", "passed_criteria"), ("right_eye", "left_eye"), ("right_ear", "left_ear"))}),
        ("Referral", {"fields": (("referral_required", "referral_date"), "referral_to", "referral_reason")}),
        ("Follow-up", {"fields": (("follow_up_required", "follow_up_date", "follow_up_status"),)}),
        ("More", {"fields": ("health_record", "results", "test_details", "notes"), "classes": ("collapse",)}),
    )
