from django.contrib import admin

from core.admin.badges import badge
from core.admin.student_records import StudentRecordAdmin
from health.models import ChronicCondition, ConditionSeverity, ConditionStatus


@admin.register(ChronicCondition)
class ChronicConditionAdmin(StudentRecordAdmin):
    list_display = (
        "condition_name",
        "student",
        "icd_code",
        badge(
            "status",
            ConditionStatus,
            info=[ConditionStatus.MONITORING],
            warning=[ConditionStatus.ACTIVE],
            success=[ConditionStatus.MANAGED, ConditionStatus.RESOLVED],
        ),
        badge(
            "severity",
            ConditionSeverity,
            danger=[ConditionSeverity.CRITICAL, ConditionSeverity.SEVERE],
            warning=[ConditionSeverity.MODERATE],
        ),
        "next_review_date",
    )
    list_filter = ("status", "severity", "requires_iep", "requires_504", "accommodations_required")
    ordering = ("-severity",)
    autocomplete_fields = ("student", "health_record")
    fieldsets = (
        (None, {"fields": ("student", ("condition_name", "icd_code"), ("status", "severity"), "description")}),
        ("Diagnosis", {"fields": (("diagnosed_date", "diagnosed_by"), "health_record")}),
        ("In an emergency", {"fields": ("emergency_protocol", "action_plan")}),
        ("Care", {"fields": ("management_plan", "care_plan", "treatments", "medications")}),
        ("What to heed", {"fields": (("triggers", "precautions"), "restrictions")}),
        (
            "Accommodations",
            {"fields": (("requires_iep", "requires_504"), "accommodations_required", "accommodation_details")},
        ),
        ("Review", {"fields": (("last_review_date", "next_review_date", "review_frequency"),)}),
        ("Notes", {"fields": ("notes",), "classes": ("collapse",)}),
    )
