from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from core.database.audit_fields import AuditedModel
from core.database.constraints import calendar, check, one_of, only_if
from core.database.soft_delete import SoftDeleteModel, soft_delete_constraint
from core.models.filed_by_school import FiledBySchool
from core.models.student import Student
from core.models.user import User
from medications.models.student_medication import StudentMedication


class MedicationLogStatus(models.TextChoices):
    PENDING = "PENDING", "Pending"
    ADMINISTERED = "ADMINISTERED", "Given"
    MISSED = "MISSED", "Missed"
    CANCELLED = "CANCELLED", "Cancelled"
    REFUSED = "REFUSED", "Refused"


_GIVEN = Q(status=MedicationLogStatus.ADMINISTERED)
_OPEN = Q(status=MedicationLogStatus.PENDING)


class MedicationLog(FiledBySchool, AuditedModel, SoftDeleteModel):
    """A dose that was given to a student, or that was due and was not."""

    student_medication = models.ForeignKey(
        StudentMedication,
        on_delete=models.DB_CASCADE,
        db_index=False,
        db_comment="PHI: order under which the dose was given",
    )
    # Copied from the order by the trigger that files the dose: a dose is looked for by student. No second constraint.
    student = models.ForeignKey(
        Student,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        db_constraint=False,
        db_comment="PHI: student of the order; copied by a trigger",
    )
    # Nurse and witness signed for the dose; users are deactivated, never deleted.
    nurse = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_index=False, db_comment="Nurse who gave the dose or saw that it was not"
    )
    witnessed_by = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="witnessed_medication_logs",
        db_column="witnessed_by",
        db_index=False,
        db_comment="Second person who witnessed the dose",
    )
    scheduled_for = models.DateTimeField(
        null=True, blank=True, db_comment="PHI: when the dose was due; null for one given as needed"
    )
    status = models.CharField(
        max_length=20,
        choices=MedicationLogStatus,
        db_default=MedicationLogStatus.ADMINISTERED,
        db_comment="PHI: what became of the dose",
    )
    time_given = models.DateTimeField(
        null=True, blank=True, db_comment="PHI: when the dose was given; null for one not given"
    )
    dosage_given = models.CharField(
        max_length=100, null=True, blank=True, db_comment="PHI: amount given with its unit; null for one not given"
    )
    reason_not_given = models.TextField(null=True, blank=True, db_comment="PHI: why the dose was not given")
    reason_for_administration = models.TextField(
        null=True, blank=True, db_comment="PHI: why a dose as needed was given"
    )
    student_response = models.TextField(null=True, blank=True, db_comment="PHI: how the student responded")
    adverse_reaction = models.BooleanField(db_default=False, db_comment="PHI: whether the dose did harm")
    reaction_details = models.TextField(null=True, blank=True, db_comment="PHI: which harm")
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")

    class Meta(SoftDeleteModel.Meta):
        db_table = "medication_logs"
        db_table_comment = "Doses given to students, and doses not given (PHI)"
        default_related_name = "medication_logs"
        ordering = [models.F("time_given").desc(nulls_last=True)]
        constraints = [
            models.UniqueConstraint(
                fields=["student_medication", "scheduled_for"],
                condition=Q(deleted_at=None) & _GIVEN,
                name="medication_logs_one_per_slot",
                violation_error_message="This dose was given already.",
            ),
            one_of("medication_logs_status_list", "status", MedicationLogStatus, "The status is not on the list."),
            check(
                "medication_logs_given_what",
                Q(time_given__isnull=False, dosage_given__isnull=False) | ~_GIVEN,
                "A dose that was given needs the time and the amount.",
            ),
            only_if("medication_logs_time_only", "time_given", _GIVEN, "Only a dose that was given has a time."),
            check(
                "medication_logs_reason",
                Q(reason_not_given__isnull=False) | _GIVEN | _OPEN,
                "A dose that was not given needs a reason.",
            ),
            check(
                "medication_logs_witness_other",
                ~Q(witnessed_by=models.F("nurse")) | Q(witnessed_by=None),
                "The witness should be another person than the nurse.",
            ),
            only_if(
                "medication_logs_reaction_only",
                "reaction_details",
                Q(adverse_reaction=True),
                "A reaction can be described only where there was one.",
            ),
            calendar("medication_logs", "scheduled_for", "time_given", "created_at", "updated_at", "deleted_at"),
            soft_delete_constraint("medication_logs"),
        ]
        indexes = [
            # When did this student have this medication last? (dose history; deleting an order)
            models.Index(fields=["student_medication", "time_given"], name="idx_medication_logs_order_time"),
            # Which doses did this nurse give, latest first? (review of one's work)
            models.Index(models.F("nurse"), models.F("time_given").desc(), name="idx_medication_logs_nurse"),
            # Which doses did this user witness? (review of controlled substances)
            models.Index(fields=["witnessed_by"], name="idx_medication_logs_witness"),
            # Which doses were given or due at this school, latest first? (doses page)
            models.Index(
                models.F("school"),
                Coalesce("time_given", "scheduled_for").desc(),
                name="idx_medication_logs_school",
            ),
            # Which doses were due at this school today, and what became of them? (home page, doses of the day)
            models.Index(
                fields=["school", "scheduled_for"],
                name="idx_medication_logs_due",
                condition=Q(deleted_at=None, scheduled_for__isnull=False),
            ),
            # Which doses were given or due lately, anywhere? (doses page of an administrator)
            models.Index(Coalesce("time_given", "scheduled_for").desc(), name="idx_medication_logs_time"),
            # Which doses did this student have or miss, latest first? (student page)
            models.Index(
                models.F("student"),
                Coalesce("time_given", "scheduled_for").desc(),
                name="idx_medication_logs_student",
            ),
        ]

    def __str__(self) -> str:
        return f"Dose, {self.get_status_display().lower()}"
