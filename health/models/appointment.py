from django.db import models

from core.database.constraints import between, calendar, one_of, only_if
from core.database.enums import DatabaseEnum, EnumField
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord
from core.models.user import User


class AppointmentStatus(DatabaseEnum):
    SCHEDULED = "SCHEDULED", "Scheduled"
    IN_PROGRESS = "IN_PROGRESS", "In progress"
    COMPLETED = "COMPLETED", "Completed"
    CANCELLED = "CANCELLED", "Cancelled"
    NO_SHOW = "NO_SHOW", "No show"
    RESCHEDULED = "RESCHEDULED", "Rescheduled"


class AppointmentType(models.TextChoices):
    ROUTINE_CHECKUP = "ROUTINE_CHECKUP", "Routine check-up"
    MEDICATION_ADMINISTRATION = "MEDICATION_ADMINISTRATION", "Medication administration"
    INJURY_ASSESSMENT = "INJURY_ASSESSMENT", "Injury assessment"
    ILLNESS_EVALUATION = "ILLNESS_EVALUATION", "Illness evaluation"
    FOLLOW_UP = "FOLLOW_UP", "Follow-up"
    SCREENING = "SCREENING", "Screening"
    EMERGENCY = "EMERGENCY", "Emergency"


class Appointment(StudentRecord):
    """A time set for a student to see the nurse."""

    # The nurse signs for the visit; users are deactivated, never deleted.
    nurse = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        db_index=False,
        db_comment="Nurse whom the student sees",
    )
    type = models.CharField(
        max_length=50,
        choices=AppointmentType,
        db_default=AppointmentType.ROUTINE_CHECKUP,
        db_comment="PHI: what the visit is for",
    )
    scheduled_at = models.DateTimeField(db_comment="PHI: when the visit begins")
    duration = models.IntegerField(
        "duration (minutes)", db_default=30, db_comment="Length of the visit in minutes, 1 to 480"
    )
    status = EnumField(
        AppointmentStatus, db_default=AppointmentStatus.SCHEDULED, db_comment="PHI: where the appointment stands"
    )
    reason = models.CharField(max_length=500, db_comment="PHI: why the student comes")
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")
    completed_at = models.DateTimeField(null=True, blank=True, db_comment="When the visit ended")
    cancelled_at = models.DateTimeField(null=True, blank=True, db_comment="When the visit was called off")
    cancellation_reason = models.TextField(null=True, blank=True, db_comment="PHI: why the visit was called off")

    class Meta(StudentRecord.Meta):
        db_table = "appointments"
        db_table_comment = "Appointments of students with the nurse (PHI)"
        default_related_name = "appointments"
        ordering = ["scheduled_at"]
        constraints = [
            between("appointments_duration_range", "duration", 1, 480, "The duration should be 1 to 480 minutes."),
            one_of("appointments_type_list", "type", AppointmentType, "The type of appointment is not on the list."),
            only_if(
                "appointments_completed_only",
                "completed_at",
                models.Q(status=AppointmentStatus.COMPLETED),
                "A time of completion can be given only for a completed appointment.",
            ),
            only_if(
                "appointments_cancelled_only",
                "cancelled_at",
                models.Q(status=AppointmentStatus.CANCELLED),
                "A time of cancellation can be given only for a cancelled appointment.",
            ),
            calendar(
                "appointments", "scheduled_at", "completed_at", "cancelled_at", "created_at", "updated_at", "deleted_at"
            ),
            soft_delete_constraint("appointments"),
        ]
        indexes = [
            # Which appointments were no-shows? (filter of the appointments page)
            models.Index(fields=["status"], name="idx_appointments_status"),
            # Whom does this nurse see next? (nurse's home page)
            models.Index(
                fields=["nurse", "scheduled_at", "status"],
                name="idx_appointments_upcoming",
                condition=models.Q(status__in=[AppointmentStatus.SCHEDULED, AppointmentStatus.IN_PROGRESS]),
            ),
            # When was or will this student be seen, latest first? (student page; deleting a student)
            models.Index(
                models.F("student"),
                models.F("scheduled_at").desc(),
                models.F("status"),
                name="idx_appointments_student",
            ),
            # What is on this week? (calendar)
            models.Index(
                fields=["scheduled_at", "status"],
                name="idx_appointments_date_range",
                condition=~models.Q(status=AppointmentStatus.CANCELLED),
            ),
            # Is this nurse free at ten? (setting an appointment)
            models.Index(fields=["nurse", "scheduled_at", "status", "duration"], name="idx_appointment_availability"),
            # Who was or will be seen, latest first, anywhere? (appointments page of an administrator)
            models.Index(fields=["scheduled_at"], name="idx_appointments_scheduled"),
            # Who is seen at this school, latest first? (appointments page)
            models.Index(models.F("school"), models.F("scheduled_at").desc(), name="idx_appointments_school"),
        ]

    def __str__(self) -> str:
        return self.reason
