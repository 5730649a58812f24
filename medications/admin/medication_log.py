from typing import Any

from django.contrib import admin
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.admin.badges import badge
from core.admin.filters import DayRange
from core.admin.full_text_search import StudentSearch
from core.admin.shown import tell_shown
from core.admin.soft_delete import SoftDeleteAdmin
from core.admin.student_records import StudentRecordForm, now
from core.admin.widgets import FixedRow
from medications.models.medication import Medication
from medications.models.medication_log import MedicationLog, MedicationLogStatus
from medications.models.student_medication import StudentMedication

_GRAVE = ("SEVERE", "LIFE_THREATENING")
_DRUGS = "MEDICATION"


class DoseForm(StudentRecordForm):
    """A dose that was given, or was not and why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields and self.instance.status != MedicationLogStatus.PENDING:
            field: Any = self.fields["status"]
            field.choices = [choice for choice in field.choices if choice[0] != MedicationLogStatus.PENDING]
        if "student_medication" in self.fields and not self.instance._state.adding:
            order = self.instance.student_medication  # a dose stays with its order
            self.fields["student_medication"].widget = FixedRow(
                self.fields["student_medication"].label_from_instance(order)  # type: ignore[attr-defined]  # a field to choose in
            )

    def known_student(self) -> Any:
        # An order that is settled, by the address or because the dose is saved, offers nothing to choose from.
        if self.model_admin.fixed_row(self.request, "student_medication") or not self.instance._state.adding:
            return None
        return super().known_student()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        status, order = cleaned.get("status"), cleaned.get("student_medication")
        if status == MedicationLogStatus.ADMINISTERED:
            if cleaned.get("time_given") is None and "time_given" not in self.errors:
                self.add_error("time_given", "Say when the dose was given.")
            if not cleaned.get("dosage_given") and "dosage_given" not in self.errors:
                self.add_error("dosage_given", "Say how much was given.")
            if self._lacks_witness(order, cleaned):
                self.add_error("witnessed_by", "A second person must witness each dose of this medication.")
        elif status:
            # The form begins with now and the order's dose; a dose that was not given had neither.
            cleaned["time_given"] = cleaned["dosage_given"] = None
            if status != MedicationLogStatus.PENDING and not cleaned.get("reason_not_given"):
                self.add_error("reason_not_given", "Say why the dose was not given.")
        return cleaned

    def _lacks_witness(self, order: StudentMedication | None, cleaned: dict[str, Any]) -> bool:
        is_new = self.instance._state.adding
        return is_new and order is not None and order.medication.requires_witness and not cleaned.get("witnessed_by")


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
    form = DoseForm
    autocomplete_fields = ("student_medication", "nurse", "witnessed_by")
    change_form_before_template = "medications/dose_order.html"
    labels = {
        "student_medication": "Order",
        "status": "The dose was",
        "scheduled_for": "Due at",
        "time_given": "Given at",
        "dosage_given": "Amount",
        "reason_not_given": "Why it was not given",
        "reason_for_administration": "Why it was given",
        "nurse": "Given by",
        "witnessed_by": "Witness",
        "adverse_reaction": "The dose did harm",
        "reaction_details": "Which harm",
    }
    helps = {
        "scheduled_for": "Blank for a dose given as needed.",
        "reason_for_administration": "For a dose as needed.",
        "reason_not_given": "Only for a dose that was not given.",
    }
    suggestions = {"reason_not_given": ("Student absent", "Student refused", "No supply", "Parent asked")}
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "student_medication",
                    "status",
                    ("time_given", "dosage_given"),
                    "reason_not_given",
                    ("scheduled_for", "witnessed_by"),
                )
            },
        ),
        ("Why and how it went", {"fields": ("reason_for_administration", "student_response")}),
        ("Harm", {"fields": ("adverse_reaction", "reaction_details")}),
        ("More", {"fields": ("nurse", "notes"), "classes": ("collapse",)}),
    )

    class Media:
        js = ("whitecross/dose_form.js",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        order = self.fixed_row(request, "student_medication")
        return {
            "nurse": request.user.pk,
            "time_given": now(),
            **({"dosage_given": order.dosage} if order is not None else {}),
            **super().get_changeform_initial_data(request),
        }

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the order above the form: the right student, medication, dose, route and time."""
        row = kwargs.get("obj")
        order = row.student_medication if row is not None else self.fixed_row(request, "student_medication")
        if order is not None:
            context |= {"dose_order": order, "cautions": cautions(order), "allergies": self._allergies(request, order)}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _allergies(self, request: HttpRequest, order: StudentMedication) -> list[dict[str, Any]]:
        """What the student must be kept away from, medications and the gravest first; nothing without the right."""
        if not request.user.has_perm("health.view_allergy"):
            return []
        allergies: Any = order.student.allergies  # health refers to core; we do not refer to health
        rows = list(allergies.filter(is_active=True, deleted_at=None).order_by("-severity"))
        if rows:
            tell_shown(type(rows[0]), request, "LIST", rows)
        told = [{"row": row, "is_grave": row.severity in _GRAVE or row.allergy_type == _DRUGS} for row in rows]
        return sorted(told, key=lambda each: not each["is_grave"])

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


def cautions(order: StudentMedication) -> list[str]:
    """Why a dose under this order should not be given without a thought."""
    today = timezone.localdate()
    told = []
    if not order.is_active or (order.end_date is not None and order.end_date < today):
        told.append("This order has ended.")
    if order.start_date > today:
        told.append("This order has not begun.")
    if order.lacks_consent:
        told.append("A parent's consent is missing.")
    if not order.medication.is_active:
        told.append("This medication is out of use.")
    if order.medication.expiration_date is not None and order.medication.expiration_date < today:
        told.append("The stock has expired.")
    if order.medication.requires_witness:
        told.append("A second person must witness the dose.")
    return told
