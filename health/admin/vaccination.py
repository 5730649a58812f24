from django.contrib import admin
from django.db.models import F

from core.admin.badges import badge
from core.admin.student_records import StudentRecordAdmin
from health.admin.filters import VaccineStandingFilter
from health.models import Vaccination, VaccineComplianceStatus


@admin.register(Vaccination)
class VaccinationAdmin(StudentRecordAdmin):
    list_display = (
        "vaccine_name",
        "student",
        "vaccine_type",
        "dose",
        "administration_date",
        "next_due_date",
        badge(
            "compliance_status",
            VaccineComplianceStatus,
            success=[VaccineComplianceStatus.COMPLIANT],
            danger=[VaccineComplianceStatus.OVERDUE, VaccineComplianceStatus.NON_COMPLIANT],
            warning=[VaccineComplianceStatus.PARTIALLY_COMPLIANT],
            info=[VaccineComplianceStatus.EXEMPT],
        ),
    )
    list_filter = (
        VaccineStandingFilter,
        "compliance_status",
        "vaccine_type",
        "exemption_status",
        "series_complete",
        "vfc_eligibility",
    )
    ordering = (F("administration_date").desc(nulls_last=True),)
    autocomplete_fields = ("student", "health_record")
    fieldsets = (
        (None, {"fields": ("student", ("vaccine_name", "vaccine_type"), "compliance_status")}),
        (
            "Dose",
            {
                "fields": (
                    ("administration_date", "dosage_amount"),
                    ("administered_by", "administered_by_role"),
                    ("site_of_administration", "route_of_administration"),
                    "facility",
                )
            },
        ),
        ("Series", {"fields": (("dose_number", "total_doses"), ("next_due_date", "series_complete"))}),
        (
            "Product",
            {
                "fields": (
                    ("manufacturer", "lot_number", "expiration_date"),
                    ("cvx_code", "ndc_code", "vfc_eligibility"),
                )
            },
        ),
        ("Consent and information", {"fields": (("consent_obtained", "consent_by"), ("vis_provided", "vis_date"))}),
        ("Exemption", {"fields": ("exemption_status", "exemption_reason", "exemption_document")}),
        ("Reactions", {"fields": ("reactions", "adverse_events")}),
        ("More", {"fields": ("health_record", "notes"), "classes": ("collapse",)}),
    )

    @admin.display(description="dose")
    def dose(self, vaccination: Vaccination) -> str | None:
        """ "2 of 3", as far as it is known."""
        if vaccination.dose_number is None:
            return None
        total = f" of {vaccination.total_doses}" if vaccination.total_doses else ""
        return f"{vaccination.dose_number}{total}"
