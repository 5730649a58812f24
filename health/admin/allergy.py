from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils import timezone

from core.admin.actions import row_action
from core.admin.badges import badge
from core.admin.student_records import StudentRecordAdmin, StudentRecordForm
from health.admin.filters import EpiPenFilter
from health.models import Allergy, AllergySeverity


class AllergyForm(StudentRecordForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "verified" in self.fields:
            self.fill_in("verified", verified_by=self.request.user, verification_date=timezone.localdate())
        return cleaned


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
    autocomplete_fields = ("student", "health_record")
    form = AllergyForm
    follows = ("verified_by", "verification_date")
    labels = {
        "allergen": "Allergic to",
        "allergy_type": "Kind",
        "symptoms": "First signs to watch for",
        "reaction": "Reaction in words",
        "reactions": "Reactions",
        "treatment": "What helps",
        "emergency_protocol": "What to do, in order",
        "verified": "I have seen the evidence",
        "epi_pen_required": "Must have an EpiPen",
        "epi_pen_location": "Where it is kept",
        "epi_pen_expiration": "Expires on",
        "is_active": "Still allergic",
    }
    helps = {
        "verified": "A physician's note, for instance. You and today are kept as who saw it, and when.",
        "reactions": "One per line: hives, wheezing.",
        "is_active": "Take the tick away when the allergy is outgrown or refuted.",
    }
    examples = {"allergen": "Peanuts", "epi_pen_location": "Nurse's office, red cabinet"}
    fieldsets = (
        (None, {"fields": ("student", "allergen", ("allergy_type", "severity"), "symptoms")}),
        ("In an emergency", {"fields": ("emergency_protocol", "treatment")}),
        ("EpiPen", {"fields": ("epi_pen_required", ("epi_pen_location", "epi_pen_expiration"))}),
        ("Evidence", {"fields": ("verified", ("verified_by", "verification_date"))}),
        ("Reaction", {"fields": ("reaction", "reactions"), "classes": ("collapse",)}),
        (
            "Diagnosis",
            {
                "fields": (("onset_date", "diagnosed_date"), "diagnosed_by", "health_record"),
                "classes": ("collapse",),
            },
        ),
        ("More", {"fields": ("is_active", "notes"), "classes": ("collapse",)}),
    )
    actions = ("verify", "delete_selected", "restore_selected")

    verify = row_action(
        "verify",
        "I have seen the evidence",
        icon="verified",
        when=Q(verified=False),
        change=lambda request, answers: {
            "verified": True,
            "verified_by": request.user,
            "verification_date": timezone.localdate(),
        },
        done="verified",
        otherwise="verified already",
    )
