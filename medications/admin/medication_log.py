from typing import Any

from django.contrib import admin
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from core.admin.badges import badge
from core.admin.filters import DayRange
from core.admin.full_text_search import StudentSearch
from core.admin.soft_delete import SoftDeleteAdmin
from medications.models.medication import Medication
from medications.models.medication_log import MedicationLog, MedicationLogStatus


class DoseDays(DayRange):
    """Doses given on these days, or due on them if they were not given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "day"

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        # By the very expression of the list's order and its indexes.
        return super().queryset(request, queryset.alias(given_or_due=Coalesce("time_given", "scheduled_for")))

    def field_to_compare(self) -> str:
        return "given_or_due"


@admin.register(MedicationLog)
class MedicationLogAdmin(StudentSearch, SoftDeleteAdmin):
    list_display = (
        "student",
        "medication",
        badge(
            "status",
            MedicationLogStatus,
            success=[MedicationLogStatus.ADMINISTERED],
            info=[MedicationLogStatus.PENDING],
            danger=[MedicationLogStatus.MISSED],
            warning=[MedicationLogStatus.REFUSED],
        ),
        "scheduled_for",
        "time_given",
        "nurse",
        "adverse_reaction",
    )
    list_select_related = ("student", "student_medication__medication", "nurse")
    list_filter = (("scheduled_for", DoseDays), "status", "adverse_reaction")
    list_filter_submit = True
    # When it was given, or should have been.
    ordering = (Coalesce("time_given", "scheduled_for").desc(),)
    student_path = "student"
    readonly_fields = ("student", "medication")
    autocomplete_fields = ("student_medication", "nurse", "witnessed_by")
    fieldsets = (
        (None, {"fields": ("student_medication", ("status", "scheduled_for"))}),
        ("Dose", {"fields": (("time_given", "dosage_given"), ("nurse", "witnessed_by"), "reason_for_administration")}),
        ("Not given", {"fields": ("reason_not_given",)}),
        ("Response", {"fields": ("student_response", ("adverse_reaction", "reaction_details"))}),
        ("Notes", {"fields": ("notes",), "classes": ("collapse",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """On the page of a dose, first of all whose it is and of what."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None else ((None, {"fields": (("student", "medication"),)}), *fieldsets)

    def autocomplete_label(self, log: MedicationLog) -> str:
        """ "Dose, given" alone would not tell whose it is, nor of what."""
        # A dose just added does not know yet what the database copied from its order.
        student = log.student or log.student_medication.student
        medication, status = self.medication(log), log.get_status_display().lower()
        return f"{student} ({student.student_number}): {medication}, {status}"

    @admin.display(description="medication")
    def medication(self, log: MedicationLog) -> Medication:
        """What the dose was of."""
        return log.student_medication.medication
