from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.database.constraints import NPI, at_least, calendar, check, matches, not_before, only_if
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord
from medications.models.medication import Medication

# More doses of one order in a school day are a slip of the pen.
MOST_DOSES_A_DAY = 12
SCHOOL_DAYS = (1, 2, 3, 4, 5)
ISO_WEEKDAYS = (1, 2, 3, 4, 5, 6, 7)


def school_days() -> list[int]:
    """Monday to Friday, as ISO numbers them."""
    return list(SCHOOL_DAYS)


class StudentMedication(StudentRecord):
    """A medication that a student is to be given at school: the order and the consent to it."""

    # A medication that was ever prescribed stays, for the doses' sake: the constraint refuses.
    medication = models.ForeignKey(
        Medication, on_delete=models.DO_NOTHING, db_index=False, db_comment="PHI: medication to be given"
    )
    dosage = models.CharField(max_length=100, db_comment="PHI: amount of one dose, with its unit")
    frequency = models.CharField(max_length=100, db_comment="PHI: how often, or on what occasion")
    route = models.CharField(
        max_length=50, null=True, blank=True, db_comment="PHI: how it is given: by mouth, inhaled, ..."
    )
    dose_times = ArrayField(
        models.TimeField(),
        default=list,
        db_default=[],
        blank=True,
        db_comment="PHI: times of the day, the schools' own, at which a dose is due; none for one given as needed",
    )
    dose_days = ArrayField(
        models.SmallIntegerField(),
        default=school_days,
        db_default=list(SCHOOL_DAYS),
        blank=True,
        db_comment="PHI: days of the week on which the doses are due, 1 (Monday) to 7 (Sunday)",
    )
    start_date = models.DateField(db_comment="PHI: first day of the order")
    end_date = models.DateField(null=True, blank=True, db_comment="PHI: last day of the order; null while open")
    prescribed_by = models.CharField(max_length=200, db_comment="PHI: who prescribed it")
    prescribed_by_npi = models.CharField(
        "prescriber's NPI",
        max_length=10,
        null=True,
        blank=True,
        db_comment="PHI: National Provider Identifier of the prescriber, 10 digits",
    )
    prescription_number = models.CharField(
        max_length=100, null=True, blank=True, db_comment="PHI: number of the prescription"
    )
    refills_remaining = models.IntegerField(null=True, blank=True, db_comment="PHI: refills the prescription has left")
    instructions = models.TextField(null=True, blank=True, db_comment="PHI: how to give it")
    side_effects = models.TextField(null=True, blank=True, db_comment="PHI: side effects to watch for")
    is_active = models.BooleanField("prescribed", db_default=True, db_comment="Whether the order stands")
    requires_parent_consent = models.BooleanField(
        db_default=True, db_comment="Whether a guardian must consent before the first dose"
    )
    consent_obtained = models.BooleanField(db_default=False, db_comment="Whether a guardian consented")
    consent_date = models.DateField(null=True, blank=True, db_comment="PHI: day of the consent")
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")

    class Meta(StudentRecord.Meta):
        db_table = "student_medications"
        db_table_comment = "Medications that students are to be given (PHI)"
        default_related_name = "student_medications"
        ordering = ["-is_active", "-start_date"]
        constraints = [
            not_before("student_medications_dates", "end_date", "start_date", "The order cannot end before it starts."),
            matches("student_medications_npi", "prescribed_by_npi", NPI, "The prescriber's NPI should have 10 digits."),
            at_least("student_medications_refills", "refills_remaining", 0, "There cannot be fewer than 0 refills."),
            only_if(
                "student_medications_consent",
                "consent_date",
                Q(consent_obtained=True),
                "A day of consent can be given only once consent was obtained.",
            ),
            check(
                "student_medications_dose_times",
                Q(dose_times__len__lte=MOST_DOSES_A_DAY),
                f"There cannot be more than {MOST_DOSES_A_DAY} doses in a day.",
            ),
            check(
                "student_medications_dose_days",
                Q(dose_days__contained_by=list(ISO_WEEKDAYS), dose_days__len__range=(1, 7)),
                "Choose the days of the week on which the doses are due, at least one.",
            ),
            calendar(
                "student_medications",
                "start_date",
                "end_date",
                "consent_date",
                "created_at",
                "updated_at",
                "deleted_at",
            ),
            soft_delete_constraint("student_medications"),
        ]
        indexes = [
            # Who takes this medication? (recall; medication page)
            models.Index(fields=["medication"], name="idx_student_meds_medication"),
            # Which orders stand today? (doses due)
            models.Index(
                fields=["is_active", "start_date", "end_date"],
                name="idx_student_meds_active_dates",
                condition=Q(is_active=True),
            ),
            # What does this student take today? (student page; deleting a student)
            models.Index(fields=["student", "is_active", "start_date", "end_date"], name="idx_medication_schedule"),
            # Which orders stand, latest first, anywhere? (filter; orders page of an administrator)
            models.Index(models.F("is_active").desc(), models.F("start_date").desc(), name="idx_student_meds_latest"),
            # Which orders stand at this school, latest first? (orders page)
            models.Index(
                models.F("school"),
                models.F("is_active").desc(),
                models.F("start_date").desc(),
                name="idx_student_meds_school",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dosage}, {self.frequency}"

    @property
    def lacks_consent(self) -> bool:
        """Whether no dose may be given before a guardian consents."""
        return self.requires_parent_consent and not self.consent_obtained
