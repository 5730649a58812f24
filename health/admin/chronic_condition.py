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
    labels = {
        "condition_name": "Condition",
        "emergency_protocol": "What to do, in order",
        "action_plan": "When symptoms appear",
        "management_plan": "Management at school",
        "care_plan": "Health care plan (IHP)",
        "requires_iep": "Needs an IEP",
        "requires_504": "Needs a 504 plan",
        "accommodations_required": "Needs accommodations",
        "accommodation_details": "Which accommodations",
        "medications": "Medications taken for it",
        "triggers": "What brings it on",
        "restrictions": "What the student must not do or eat",
        "precautions": "What staff should see to",
        "review_frequency": "How often",
        "last_review_date": "Last review",
        "next_review_date": "Next review",
    }
    examples = {"condition_name": "Asthma", "review_frequency": "Every year"}
    suggestions = {"review_frequency": ("Every year", "Every 6 months", "Every 3 months")}
    fieldsets = (
        (None, {"fields": ("student", ("condition_name", "icd_code"), ("status", "severity"), "diagnosed_date")}),
        ("In an emergency", {"fields": ("emergency_protocol", "action_plan")}),
        ("What to heed", {"fields": (("triggers", "precautions"), "restrictions")}),
        ("Review", {"fields": (("last_review_date", "next_review_date", "review_frequency"),)}),
        (
            "Accommodations",
            {"fields": (("accommodations_required", "requires_iep", "requires_504"), "accommodation_details")},
        ),
        (
            "Care",
            {"fields": ("management_plan", "care_plan", "treatments", "medications"), "classes": ("collapse",)},
        ),
        ("More", {"fields": ("description", "diagnosed_by", "health_record", "notes"), "classes": ("collapse",)}),
    )
