from django.contrib import admin

from core.admin.student_records import StudentRecordAdmin
from medications.models.student_medication import StudentMedication


@admin.register(StudentMedication)
class StudentMedicationAdmin(StudentRecordAdmin):
    list_display = (
        "medication",
        "student",
        "dosage",
        "frequency",
        "start_date",
        "end_date",
        "consent_obtained",
        "is_active",
    )
    list_select_related = ("student", "medication")
    list_filter = ("is_active", "consent_obtained", "requires_parent_consent")
    ordering = ("-is_active", "-start_date")
    autocomplete_fields = ("student", "medication")
    fieldsets = (
        (None, {"fields": ("student", "medication", ("dosage", "frequency", "route"), "instructions")}),
        ("Period", {"fields": (("start_date", "end_date"), "is_active")}),
        (
            "Prescription",
            {
                "fields": (
                    ("prescribed_by", "prescribed_by_npi"),
                    ("prescription_number", "refills_remaining"),
                )
            },
        ),
        ("Consent", {"fields": (("requires_parent_consent", "consent_obtained", "consent_date"),)}),
        ("More", {"fields": ("side_effects", "notes"), "classes": ("collapse",)}),
    )

    def autocomplete_label(self, order: StudentMedication) -> str:
        """Whose order it is, with the number that tells namesakes apart, and for what."""
        return f"{order.student} ({order.student.student_number}): {order.medication}, {order}"
