from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.database.constraints import ICD_10_CM, calendar, matches, not_before
from core.database.enums import DatabaseEnum, EnumField
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord
from health.models.health_record import HealthRecord


class ConditionSeverity(DatabaseEnum):
    MILD = "MILD", "Mild"
    MODERATE = "MODERATE", "Moderate"
    SEVERE = "SEVERE", "Severe"
    CRITICAL = "CRITICAL", "Critical"


class ConditionStatus(DatabaseEnum):
    ACTIVE = "ACTIVE", "Active"
    MANAGED = "MANAGED", "Managed"
    RESOLVED = "RESOLVED", "Resolved"
    MONITORING = "MONITORING", "Monitoring"
    INACTIVE = "INACTIVE", "Inactive"


def _words(comment: str) -> ArrayField:
    """A list of short terms."""
    return ArrayField(models.CharField(max_length=200), default=list, db_default=[], blank=True, db_comment=comment)


class ChronicCondition(StudentRecord):
    """A lasting condition, such as asthma or diabetes, and how the school deals with it."""

    condition_name = models.CharField("condition", max_length=200, db_comment="PHI: name of the condition")
    icd_code = models.CharField(
        "ICD-10-CM code", max_length=20, null=True, blank=True, db_comment="PHI: the condition, ICD-10-CM code"
    )
    status = EnumField(ConditionStatus, db_default=ConditionStatus.ACTIVE, db_comment="PHI: where the condition stands")
    severity = EnumField(
        ConditionSeverity, db_default=ConditionSeverity.MODERATE, db_comment="PHI: how grave the condition is"
    )
    diagnosed_date = models.DateField(db_comment="PHI: day of the diagnosis")
    diagnosed_by = models.CharField(max_length=200, null=True, blank=True, db_comment="PHI: who made the diagnosis")
    description = models.TextField(null=True, blank=True, db_comment="PHI: the condition in words")
    management_plan = models.TextField(null=True, blank=True, db_comment="PHI: how the condition is managed at school")
    care_plan = models.TextField(null=True, blank=True, db_comment="PHI: individualized health care plan (IHP)")
    action_plan = models.TextField(null=True, blank=True, db_comment="PHI: what to do when symptoms appear")
    emergency_protocol = models.TextField(null=True, blank=True, db_comment="PHI: what to do in an emergency, in order")
    treatments = models.TextField(null=True, blank=True, db_comment="PHI: treatments under way")
    medications = _words("PHI: names of medications taken for the condition")
    restrictions = _words("PHI: what the student must not do or eat")
    precautions = _words("PHI: what staff should see to")
    triggers = _words("PHI: what brings symptoms on")
    accommodations_required = models.BooleanField(
        db_default=False, db_comment="PHI: whether the school must make accommodations"
    )
    accommodation_details = models.TextField(null=True, blank=True, db_comment="PHI: which accommodations")
    requires_iep = models.BooleanField(
        "requires an IEP", db_default=False, db_comment="PHI: whether an individualized education program is due"
    )
    requires_504 = models.BooleanField(
        "requires a 504 plan", db_default=False, db_comment="PHI: whether a Section 504 plan is due"
    )
    last_review_date = models.DateField(null=True, blank=True, db_comment="PHI: day of the last review")
    next_review_date = models.DateField(null=True, blank=True, db_comment="PHI: day the next review is due")
    review_frequency = models.CharField(
        max_length=50, null=True, blank=True, db_comment="PHI: how often the condition is reviewed"
    )
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")
    health_record = models.ForeignKey(
        HealthRecord,
        on_delete=models.DB_SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        db_comment="PHI: event at which the condition was found",
    )

    class Meta(StudentRecord.Meta):
        db_table = "chronic_conditions"
        db_table_comment = "Chronic conditions of students (PHI)"
        default_related_name = "chronic_conditions"
        ordering = ["-severity", "condition_name"]
        constraints = [
            matches(
                "chronic_conditions_icd_form",
                "icd_code",
                ICD_10_CM,
                "The ICD-10-CM code should have its point, such as J45.909.",
            ),
            not_before(
                "chronic_conditions_last_review",
                "last_review_date",
                "diagnosed_date",
                "The last review cannot lie before the diagnosis.",
            ),
            not_before(
                "chronic_conditions_next_review",
                "next_review_date",
                "last_review_date",
                "The next review cannot lie before the last one.",
            ),
            calendar(
                "chronic_conditions",
                "diagnosed_date",
                "last_review_date",
                "next_review_date",
                "created_at",
                "updated_at",
                "deleted_at",
            ),
            soft_delete_constraint("chronic_conditions"),
        ]
        indexes = [
            # Which conditions are being monitored? (filter of the conditions page)
            models.Index(fields=["status"], name="idx_conditions_status"),
            # Which conditions are the worst, anywhere? (conditions page of an administrator)
            models.Index(models.F("severity").desc(), models.F("id").desc(), name="idx_conditions_worst"),
            # Which conditions does this student have, by status? (student page; deleting a student)
            models.Index(fields=["student", "status"], name="idx_conditions_student_status"),
            # Which severe conditions are active? (reports)
            models.Index(fields=["severity", "status"], name="idx_conditions_severity_status"),
            # Which reviews are due? (nurse's home page)
            models.Index(fields=["next_review_date"], name="idx_conditions_next_review"),
            # Which active conditions does this student have? (banner of the student page)
            models.Index(
                fields=["student", "status"],
                name="idx_chronic_conditions_student",
                condition=models.Q(status=ConditionStatus.ACTIVE),
            ),
            # Which conditions were found at this event? (health record page; deleting a record)
            models.Index(fields=["health_record"], name="idx_conditions_health_record"),
            # Which conditions are there at this school, worst first? (conditions page)
            models.Index(models.F("school"), models.F("severity").desc(), name="idx_conditions_school"),
        ]

    def __str__(self) -> str:
        return self.condition_name
