from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.database.constraints import calendar, only_if
from core.database.enums import DatabaseEnum, EnumField
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord
from core.models.user import User
from health.models.health_record import HealthRecord


class AllergySeverity(DatabaseEnum):
    MILD = "MILD", "Mild"
    MODERATE = "MODERATE", "Moderate"
    SEVERE = "SEVERE", "Severe"
    LIFE_THREATENING = "LIFE_THREATENING", "Life-threatening"


class AllergyType(DatabaseEnum):
    FOOD = "FOOD", "Food"
    MEDICATION = "MEDICATION", "Medication"
    ENVIRONMENTAL = "ENVIRONMENTAL", "Environmental"
    INSECT = "INSECT", "Insect"
    LATEX = "LATEX", "Latex"
    ANIMAL = "ANIMAL", "Animal"
    CHEMICAL = "CHEMICAL", "Chemical"
    SEASONAL = "SEASONAL", "Seasonal"
    OTHER = "OTHER", "Other"


class Allergy(StudentRecord):
    """What a student must be kept away from, and what to do when that fails."""

    allergen = models.CharField(max_length=200, db_comment="PHI: what the student is allergic to")
    allergy_type = EnumField(AllergyType, db_default=AllergyType.OTHER, db_comment="PHI: kind of allergen")
    severity = EnumField(
        AllergySeverity, db_default=AllergySeverity.MODERATE, db_comment="PHI: how grave a reaction may be"
    )
    reaction = models.TextField(null=True, blank=True, db_comment="PHI: the reaction in words")
    reactions = ArrayField(
        models.CharField(max_length=100),
        default=list,
        db_default=[],
        blank=True,
        db_comment="PHI: the reaction as a list of terms (hives, wheezing, ...)",
    )
    symptoms = models.TextField(null=True, blank=True, db_comment="PHI: first signs to watch for")
    treatment = models.TextField(null=True, blank=True, db_comment="PHI: what helps")
    emergency_protocol = models.TextField(null=True, blank=True, db_comment="PHI: what to do in an emergency, in order")
    onset_date = models.DateField(null=True, blank=True, db_comment="PHI: day of the first reaction")
    diagnosed_date = models.DateField(null=True, blank=True, db_comment="PHI: day of the diagnosis")
    diagnosed_by = models.CharField(max_length=200, null=True, blank=True, db_comment="PHI: who made the diagnosis")
    epi_pen_required = models.BooleanField(
        "EpiPen required", db_default=False, db_comment="PHI: whether an epinephrine auto-injector must be at hand"
    )
    epi_pen_location = models.CharField(
        "EpiPen location", max_length=255, null=True, blank=True, db_comment="PHI: where the auto-injector is kept"
    )
    epi_pen_expiration = models.DateField(
        "EpiPen expires", null=True, blank=True, db_comment="PHI: last day the auto-injector may be used"
    )
    verified = models.BooleanField(db_default=False, db_comment="Whether a member of staff has checked the evidence")
    verified_by = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="verified_allergies",
        db_column="verified_by",
        db_index=False,
        db_comment="User who checked the evidence",
    )
    verification_date = models.DateField(null=True, blank=True, db_comment="Day the evidence was checked")
    is_active = models.BooleanField("current", db_default=True, db_comment="False for an allergy outgrown or refuted")
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")
    health_record = models.ForeignKey(
        HealthRecord,
        on_delete=models.DB_SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        db_comment="PHI: event at which the allergy was found",
    )

    class Meta(StudentRecord.Meta):
        db_table = "allergies"
        db_table_comment = "Allergies of students (PHI)"
        default_related_name = "allergies"
        ordering = ["-severity", "allergen"]
        verbose_name_plural = "allergies"
        constraints = [
            only_if(
                "allergies_verified_by_only",
                "verified_by",
                models.Q(verified=True),
                "Who verified the allergy can be named only once it is verified.",
            ),
            only_if(
                "allergies_verified_date_only",
                "verification_date",
                models.Q(verified=True),
                "The day of verification can be given only once the allergy is verified.",
            ),
            calendar(
                "allergies",
                "onset_date",
                "diagnosed_date",
                "epi_pen_expiration",
                "verification_date",
                "created_at",
                "updated_at",
                "deleted_at",
            ),
            soft_delete_constraint("allergies"),
        ]
        indexes = [
            # Which allergies are severe, or the worst, anywhere? (filter; allergies page of an administrator)
            models.Index(models.F("severity").desc(), models.F("id").desc(), name="idx_allergies_worst"),
            # Which allergies are current? (filter of the allergies page)
            models.Index(fields=["is_active"], name="idx_allergies_active"),
            # Which allergies does or did this student have? (student page; deleting a student)
            models.Index(fields=["student", "is_active"], name="idx_allergies_student_all"),
            # Who has a severe food allergy? (kitchen and field-trip lists)
            models.Index(fields=["allergy_type", "severity"], name="idx_allergies_type_severity"),
            # Which EpiPens expire within 30 days? (nurse's home page)
            models.Index(fields=["epi_pen_expiration"], name="idx_allergies_epi_pen"),
            # What is this student allergic to now, worst first? (student page)
            models.Index(
                fields=["student", "severity"], name="idx_allergies_student", condition=models.Q(is_active=True)
            ),
            # Is there anything this student can die of? (banner of the student page)
            models.Index(
                fields=["student", "severity"],
                name="idx_allergies_critical",
                condition=models.Q(is_active=True, severity=AllergySeverity.LIFE_THREATENING),
            ),
            # Which allergies were found at this event? (health record page; deleting a record)
            models.Index(fields=["health_record"], name="idx_allergies_health_record"),
            # Which allergies did this user verify? (review of one's work)
            models.Index(fields=["verified_by"], name="idx_allergies_verified_by"),
            # Which EpiPens at this school expire within 30 days, or have? (nurse's home page)
            models.Index(
                fields=["school", "epi_pen_expiration"],
                name="idx_allergies_epi_pen_due",
                condition=models.Q(deleted_at=None, is_active=True, epi_pen_required=True),
            ),
            # Which allergies are there at this school, worst first? (allergies page)
            models.Index(models.F("school"), models.F("severity").desc(), name="idx_allergies_school"),
        ]

    def __str__(self) -> str:
        return self.allergen
