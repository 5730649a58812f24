from typing import Any

from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest

from core.admin.student_records import StudentRecordAdmin
from medications.admin.dose_times import dose_days_field, dose_times_field
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
        ("When it is due", {"fields": (("dose_times", "dose_days"),)}),
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

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Times and days as a person writes and chooses them."""
        if db_field.name == "dose_times":
            return dose_times_field()
        if db_field.name == "dose_days":
            return dose_days_field()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def autocomplete_label(self, order: StudentMedication) -> str:
        """Whose order it is, with the number that tells namesakes apart, and for what."""
        return f"{order.student} ({order.student.student_number}): {order.medication}, {order}"
