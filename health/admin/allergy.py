from django.contrib import admin

from core.admin.badges import badge
from core.admin.student_records import StudentRecordAdmin
from health.admin.filters import EpiPenFilter
from health.models import Allergy, AllergySeverity


@admin.register(Allergy)
class AllergyAdmin(StudentRecordAdmin):
    list_display = (
        "allergen",
        "student",
        "allergy_type",
        badge(
            "severity",
            AllergySeverity,
            danger=[AllergySeverity.LIFE_THREATENING, AllergySeverity.SEVERE],
            warning=[AllergySeverity.MODERATE],
        ),
        "epi_pen_required",
        "epi_pen_expiration",
        "verified",
        "is_active",
    )
    list_filter = (EpiPenFilter, "severity", "allergy_type", "is_active", "epi_pen_required", "verified")
    ordering = ("-severity",)
    autocomplete_fields = ("student", "verified_by", "health_record")
    fieldsets = (
        (None, {"fields": ("student", "allergen", ("allergy_type", "severity"), "is_active")}),
        ("Reaction", {"fields": ("reaction", "reactions", "symptoms")}),
        ("In an emergency", {"fields": ("emergency_protocol", "treatment")}),
        ("EpiPen", {"fields": (("epi_pen_required", "epi_pen_location", "epi_pen_expiration"),)}),
        ("Diagnosis", {"fields": (("onset_date", "diagnosed_date", "diagnosed_by"), "health_record")}),
        ("Verification", {"fields": (("verified", "verified_by", "verification_date"),)}),
        ("Notes", {"fields": ("notes",), "classes": ("collapse",)}),
    )
