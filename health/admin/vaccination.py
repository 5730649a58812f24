from django.contrib import admin
from django.db.models import F

from core.admin.badges import badge
from core.admin.filters import DayRange
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
    list_filter_submit = True
    list_filter = (
        VaccineStandingFilter,
        ("administration_date", DayRange),
        "compliance_status",
        "vaccine_type",
        "exemption_status",
        "series_complete",
        "vfc_eligibility",
    )
    ordering = (F("administration_date").desc(nulls_last=True),)
    autocomplete_fields = ("student", "health_record")
    kept = ("exemption_document",)
    labels = {
        "vaccine_type": "Protects from",
        "administered_by": "Given by",
        "administered_by_role": "Their role",
        "facility": "Where",
        "site_of_administration": "Part of the body",
        "route_of_administration": "How",
        "dosage_amount": "Amount",
        "dose_number": "Dose",
        "total_doses": "of the series of",
        "expiration_date": "Lot expires on",
        "next_due_date": "Next dose due",
        "compliance_status": "Requirement",
        "exemption_status": "Exempt from this vaccine",
        "exemption_reason": "Ground",
        "exemption_document": "Document",
        "consent_by": "Who consented",
        "vis_provided": "VIS handed out",
        "vis_date": "Edition of the VIS",
        "adverse_events": "Reported to VAERS",
    }
    helps = {
        "administration_date": "As on the immunization card. Blank only for an exemption.",
        "vis_provided": "The Vaccine Information Statement.",
        "cvx_code": "CDC's number of the vaccine.",
    }
    examples = {"vaccine_name": "M-M-R II", "dosage_amount": "0.5 mL"}
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "student",
                    ("vaccine_name", "vaccine_type"),
                    ("administration_date", "administered_by"),
                    ("dose_number", "total_doses"),
                    ("compliance_status", "next_due_date", "series_complete"),
                )
            },
        ),
        ("Exemption", {"fields": ("exemption_status", "exemption_reason", "exemption_document")}),
        (
            "Given here",
            {
                "fields": (
                    ("dosage_amount", "facility", "administered_by_role"),
                    ("site_of_administration", "route_of_administration"),
                    ("consent_obtained", "consent_by"),
                    ("vis_provided", "vis_date"),
                ),
                "classes": ("collapse",),
            },
        ),
        (
            "Product",
            {
                "fields": (
                    ("manufacturer", "lot_number", "expiration_date"),
                    ("cvx_code", "ndc_code", "vfc_eligibility"),
                ),
                "classes": ("collapse",),
            },
        ),
        ("Reactions", {"fields": ("reactions", "adverse_events"), "classes": ("collapse",)}),
        ("More", {"fields": ("health_record", "notes"), "classes": ("collapse",)}),
    )

    @admin.display(description="dose")
    def dose(self, vaccination: Vaccination) -> str | None:
        """ "2 of 3", as far as it is known."""
        if vaccination.dose_number is None:
            return None
        total = f" of {vaccination.total_doses}" if vaccination.total_doses else ""
        return f"{vaccination.dose_number}{total}"
