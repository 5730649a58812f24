from typing import Any

from django.contrib import admin
from django.db.models import DateField, F, Field, Q, Value
from django.db.models.functions import Greatest
from django.http import HttpRequest
from django.utils import timezone

from core.admin.actions import row_action
from core.admin.questions import Questions, day, text
from core.admin.student_records import StudentRecordAdmin, StudentRecordForm
from medications.admin.dose_times import dose_days_field, dose_times_field
from medications.models.student_medication import StudentMedication


class OrderForm(StudentRecordForm):
    """An order; the day of a consent that is ticked is today unless another is said."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "consent_date" in self.fields and "consent_date" not in self.errors:
            if not cleaned.get("consent_obtained"):
                cleaned["consent_date"] = None
            elif cleaned.get("consent_date") is None:
                cleaned["consent_date"] = timezone.localdate()
        return cleaned


class EndOrder(Questions):
    suggestions = {"reason": ("Treatment is over", "Prescriber stopped it", "Parent asked", "Student left")}
    last_day = day("Last day", initial=timezone.localdate)
    reason = text("Why does it end?", help_text="It is kept with the history of the order.")


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
    form = OrderForm
    autocomplete_fields = ("student", "medication")
    follows = ("is_active",)
    labels = {
        "dosage": "One dose",
        "frequency": "How often",
        "route": "How",
        "start_date": "First day",
        "end_date": "Last day",
        "is_active": "The order stands",
        "prescribed_by_npi": "Prescriber's NPI",
        "prescription_number": "Number of the prescription",
        "refills_remaining": "Refills left",
        "requires_parent_consent": "A parent must consent",
        "consent_obtained": "A parent has consented",
        "consent_date": "On",
        "side_effects": "Side effects to watch for",
    }
    helps = {"end_date": "Blank while it is open.", "consent_date": "Today, if you leave it blank."}
    examples = {"dosage": "2 puffs", "frequency": "Every 4 hours as needed", "prescribed_by": "Dr. Ruth Day"}
    suggestions = {
        "route": ("By mouth", "Inhaled", "Injected", "On the skin", "Eye drops", "Ear drops", "Nasal"),
        "frequency": ("Once a day", "Twice a day", "At lunch", "Every 4 hours as needed", "As needed"),
    }
    fieldsets = (
        (None, {"fields": ("student", "medication", ("dosage", "route", "frequency"), "instructions")}),
        ("When it is due", {"fields": (("dose_times", "dose_days"),)}),
        ("From when to when", {"fields": (("start_date", "end_date", "is_active"),)}),
        ("Consent", {"fields": (("requires_parent_consent", "consent_obtained", "consent_date"),)}),
        ("Prescription", {"fields": (("prescribed_by", "prescribed_by_npi"),)}),
        (
            "More",
            {
                "fields": (("prescription_number", "refills_remaining"), "side_effects", "notes"),
                "classes": ("collapse",),
            },
        ),
    )
    actions = ("end", "resume", "delete_selected", "restore_selected")

    end = row_action(
        "end",
        "End the order",
        icon="event_busy",
        when=Q(is_active=True),
        # An order that was to begin later ends on the day it would have begun.
        change=lambda request, answers: {
            "is_active": False,
            "end_date": Greatest(Value(answers["last_day"], output_field=DateField()), F("start_date")),
        },
        done="ended",
        otherwise="ended already",
        questions=EndOrder,
    )
    resume = row_action(
        "resume",
        "Take up again",
        icon="undo",
        when=Q(is_active=False),
        change=lambda request, answers: {"is_active": True, "end_date": None},
        done="taken up again",
        otherwise="they stand",
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"start_date": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def short_label(self, order: StudentMedication) -> str:
        return f"{order.medication}, {order}{'' if order.is_active else ' (ended)'}"

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
