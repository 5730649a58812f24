from django.db import models

from core.database.constraints import calendar, not_before
from core.database.enums import DatabaseEnum, EnumField
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord
from health.models.health_record import HealthRecord


class ScreeningType(DatabaseEnum):
    VISION = "VISION", "Vision"
    HEARING = "HEARING", "Hearing"
    SCOLIOSIS = "SCOLIOSIS", "Scoliosis"
    DENTAL = "DENTAL", "Dental"
    BMI = "BMI", "BMI"
    BLOOD_PRESSURE = "BLOOD_PRESSURE", "Blood pressure"
    DEVELOPMENTAL = "DEVELOPMENTAL", "Developmental"
    SPEECH = "SPEECH", "Speech"
    MENTAL_HEALTH = "MENTAL_HEALTH", "Mental health"
    TUBERCULOSIS = "TUBERCULOSIS", "Tuberculosis"
    LEAD = "LEAD", "Lead"
    ANEMIA = "ANEMIA", "Anemia"
    OTHER = "OTHER", "Other"


class ScreeningOutcome(DatabaseEnum):
    PASS = "PASS", "Pass"
    REFER = "REFER", "Refer"
    FAIL = "FAIL", "Fail"
    INCONCLUSIVE = "INCONCLUSIVE", "Inconclusive"
    INCOMPLETE = "INCOMPLETE", "Incomplete"


class FollowUpStatus(DatabaseEnum):
    PENDING = "PENDING", "Pending"
    SCHEDULED = "SCHEDULED", "Scheduled"
    COMPLETED = "COMPLETED", "Completed"
    CANCELLED = "CANCELLED", "Cancelled"
    OVERDUE = "OVERDUE", "Overdue"
    NOT_NEEDED = "NOT_NEEDED", "Not needed"


class Screening(StudentRecord):
    """A test that all students of a grade have, to find those who need a closer look."""

    screening_type = EnumField(ScreeningType, db_comment="PHI: what was screened for")
    screening_date = models.DateField(db_comment="PHI: day of the screening")
    screened_by = models.CharField(max_length=200, db_comment="Who screened")
    screened_by_role = models.CharField(max_length=50, null=True, blank=True, db_comment="Role of who screened")
    outcome = EnumField(
        ScreeningOutcome, db_default=ScreeningOutcome.PASS, db_comment="PHI: what the screening came to"
    )
    results = models.JSONField(null=True, blank=True, db_comment="PHI: readings by name")
    test_details = models.JSONField(null=True, blank=True, db_comment="PHI: how the test was done")
    equipment_used = models.CharField(max_length=200, null=True, blank=True, db_comment="Instrument used")
    right_eye = models.CharField(max_length=20, null=True, blank=True, db_comment="PHI: acuity of the right eye, 20/20")
    left_eye = models.CharField(max_length=20, null=True, blank=True, db_comment="PHI: acuity of the left eye, 20/20")
    right_ear = models.CharField(max_length=50, null=True, blank=True, db_comment="PHI: hearing of the right ear")
    left_ear = models.CharField(max_length=50, null=True, blank=True, db_comment="PHI: hearing of the left ear")
    passed_criteria = models.BooleanField(
        null=True, blank=True, db_comment="PHI: whether the state's criteria were met"
    )
    referral_required = models.BooleanField(db_default=False, db_comment="PHI: whether a provider should look")
    referral_to = models.CharField(max_length=200, null=True, blank=True, db_comment="PHI: provider referred to")
    referral_date = models.DateField(null=True, blank=True, db_comment="PHI: day of the referral")
    referral_reason = models.TextField(null=True, blank=True, db_comment="PHI: why referred")
    follow_up_required = models.BooleanField(db_default=False, db_comment="PHI: whether something is left to do")
    follow_up_date = models.DateField(null=True, blank=True, db_comment="PHI: day by which it should be done")
    follow_up_status = EnumField(FollowUpStatus, null=True, blank=True, db_comment="PHI: where the follow-up stands")
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")
    health_record = models.ForeignKey(
        HealthRecord,
        on_delete=models.DB_SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        db_comment="PHI: event the screening belongs to",
    )

    class Meta(StudentRecord.Meta):
        db_table = "screenings"
        db_table_comment = "Health screenings of students (PHI)"
        default_related_name = "screenings"
        ordering = ["-screening_date"]
        constraints = [
            not_before(
                "screenings_referral_date",
                "referral_date",
                "screening_date",
                "The referral cannot lie before the screening.",
            ),
            not_before(
                "screenings_follow_up_date",
                "follow_up_date",
                "screening_date",
                "The follow-up cannot lie before the screening.",
            ),
            calendar(
                "screenings",
                "screening_date",
                "referral_date",
                "follow_up_date",
                "created_at",
                "updated_at",
                "deleted_at",
            ),
            soft_delete_constraint("screenings"),
        ]
        indexes = [
            # Which screenings has this student had? (student page; deleting a student)
            models.Index(fields=["student", "screening_date"], name="idx_screenings_student"),
            # How many failed the vision screening? (screening report)
            models.Index(fields=["screening_type", "outcome"], name="idx_screenings_type_outcome"),
            # Which referrals are open? (nurse's home page)
            models.Index(fields=["referral_required", "follow_up_required"], name="idx_screenings_referral"),
            # Which follow-ups are due? (nurse's home page)
            models.Index(fields=["follow_up_date"], name="idx_screenings_follow_up"),
            # Which screenings belong to this event? (health record page; deleting a record)
            models.Index(fields=["health_record"], name="idx_screenings_health_record"),
            # Who was screened lately, anywhere? (screenings page of an administrator)
            models.Index(fields=["screening_date"], name="idx_screenings_date"),
            # Which referrals and follow-ups at this school are overdue? (nurse's home page)
            models.Index(
                fields=["school", "follow_up_date"],
                name="idx_screenings_overdue",
                condition=models.Q(deleted_at=None, follow_up_date__isnull=False),
            ),
            # Who was screened at this school, latest first? (screenings page)
            models.Index(models.F("school"), models.F("screening_date").desc(), name="idx_screenings_school"),
        ]

    def __str__(self) -> str:
        return f"{self.get_screening_type_display()} screening"
