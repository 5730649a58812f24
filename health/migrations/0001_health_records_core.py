"""Phase 1: health records, allergies, chronic conditions, appointments.

Lock: none, all tables are new. Undone by dropping what it made.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from core.database.enums import EnumField
from core.database.functions import WithinCalendar
from core.database.operations import (
    AUDIT_COLUMNS,
    KEY,
    SOFT_DELETE_COLUMNS,
    SOFT_DELETE_MANAGERS,
    CreateEnum,
    StampRows,
    Together,
)

HEALTH_RECORD_TYPE = (
    "CHECKUP",
    "VACCINATION",
    "ILLNESS",
    "INJURY",
    "SCREENING",
    "PHYSICAL_EXAM",
    "MENTAL_HEALTH",
    "DENTAL",
    "VISION",
    "HEARING",
    "EXAMINATION",
    "ALLERGY_DOCUMENTATION",
    "CHRONIC_CONDITION_REVIEW",
    "GROWTH_ASSESSMENT",
    "VITAL_SIGNS_CHECK",
    "EMERGENCY_VISIT",
    "FOLLOW_UP",
    "CONSULTATION",
    "DIAGNOSTIC_TEST",
    "PROCEDURE",
    "HOSPITALIZATION",
    "SURGERY",
    "COUNSELING",
    "THERAPY",
    "NUTRITION",
    "MEDICATION_REVIEW",
    "IMMUNIZATION",
    "LAB_RESULT",
    "RADIOLOGY",
    "OTHER",
)
ALLERGY_SEVERITY = ("MILD", "MODERATE", "SEVERE", "LIFE_THREATENING")
CONDITION_STATUS = ("ACTIVE", "MANAGED", "RESOLVED", "MONITORING", "INACTIVE")
APPOINTMENT_STATUS = ("SCHEDULED", "IN_PROGRESS", "COMPLETED", "CANCELLED", "NO_SHOW", "RESCHEDULED")


class Migration(migrations.Migration):
    initial = True
    dependencies = [("core", "0001_base_schema")]

    operations = [
        CreateEnum("HealthRecordType", HEALTH_RECORD_TYPE),
        CreateEnum("AllergySeverity", ALLERGY_SEVERITY),
        CreateEnum("ConditionStatus", CONDITION_STATUS),
        CreateEnum("AppointmentStatus", APPOINTMENT_STATUS),
        Together(
            [
                migrations.CreateModel(
                    name="HealthRecord",
                    fields=[
                        KEY,
                        (
                            "student",
                            models.ForeignKey(
                                db_comment="PHI: student the record is about",
                                db_index=False,
                                on_delete=models.DB_CASCADE,
                                to="core.student",
                            ),
                        ),
                        (
                            "record_type",
                            EnumField(
                                "HealthRecordType",
                                db_comment="PHI: what kind of event this is",
                                values=HEALTH_RECORD_TYPE,
                            ),
                        ),
                        ("title", models.CharField(db_comment="PHI: the event in a few words", max_length=200)),
                        ("description", models.TextField(db_comment="PHI: what happened and what was found")),
                        ("record_date", models.DateTimeField(db_comment="PHI: when it happened")),
                        (
                            "follow_up_required",
                            models.BooleanField(db_comment="PHI: whether something is left to do", db_default=False),
                        ),
                        (
                            "follow_up_date",
                            models.DateField(blank=True, db_comment="PHI: day by which it should be done", null=True),
                        ),
                        (
                            "follow_up_completed",
                            models.BooleanField(db_comment="PHI: whether it was done", db_default=False),
                        ),
                        (
                            "attachments",
                            ArrayField(
                                base_field=models.CharField(max_length=500),
                                blank=True,
                                db_comment="PHI: paths of documents in the file store",
                                db_default=[],
                                default=list,
                            ),
                        ),
                        (
                            "is_confidential",
                            models.BooleanField(
                                db_comment="PHI: whether only nurses and counselors may see it",
                                db_default=False,
                                verbose_name="confidential",
                            ),
                        ),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "health_records",
                        "db_table_comment": "Events in the health of students (PHI)",
                        "ordering": ["-record_date"],
                        "default_related_name": "health_records",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["record_type", "record_date"], name="idx_health_records_type_date"),
                            models.Index(fields=["created_by"], name="idx_health_records_author"),
                            models.Index(
                                fields=["follow_up_required", "follow_up_date"], name="idx_health_records_follow_up"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("follow_up_completed", False), ("follow_up_required", True), _connector="OR"
                                ),
                                name="health_records_follow_up",
                                violation_error_message="A follow-up can be completed only where one is required.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar(
                                        "record_date", "follow_up_date", "created_at", "updated_at", "deleted_at"
                                    )
                                ),
                                name="health_records_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="health_records_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
                migrations.CreateModel(
                    name="Allergy",
                    fields=[
                        KEY,
                        (
                            "student",
                            models.ForeignKey(
                                db_comment="PHI: student the record is about",
                                db_index=False,
                                on_delete=models.DB_CASCADE,
                                to="core.student",
                            ),
                        ),
                        (
                            "allergen",
                            models.CharField(db_comment="PHI: what the student is allergic to", max_length=200),
                        ),
                        (
                            "severity",
                            EnumField(
                                "AllergySeverity",
                                db_comment="PHI: how grave a reaction may be",
                                db_default="MODERATE",
                                values=ALLERGY_SEVERITY,
                            ),
                        ),
                        ("reaction", models.TextField(blank=True, db_comment="PHI: the reaction in words", null=True)),
                        (
                            "diagnosed_date",
                            models.DateField(blank=True, db_comment="PHI: day of the diagnosis", null=True),
                        ),
                        (
                            "diagnosed_by",
                            models.CharField(
                                blank=True, db_comment="PHI: who made the diagnosis", max_length=200, null=True
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="False for an allergy outgrown or refuted",
                                db_default=True,
                                verbose_name="current",
                            ),
                        ),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "verbose_name_plural": "allergies",
                        "db_table": "allergies",
                        "db_table_comment": "Allergies of students (PHI)",
                        "ordering": ["-severity", "allergen"],
                        "default_related_name": "allergies",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["severity"], name="idx_allergies_severity"),
                            models.Index(fields=["is_active"], name="idx_allergies_active"),
                            models.Index(fields=["student", "is_active"], name="idx_allergies_student_all"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="allergies_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            )
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
                migrations.CreateModel(
                    name="ChronicCondition",
                    fields=[
                        KEY,
                        (
                            "student",
                            models.ForeignKey(
                                db_comment="PHI: student the record is about",
                                db_index=False,
                                on_delete=models.DB_CASCADE,
                                to="core.student",
                            ),
                        ),
                        (
                            "condition_name",
                            models.CharField(
                                db_comment="PHI: name of the condition", max_length=200, verbose_name="condition"
                            ),
                        ),
                        (
                            "status",
                            EnumField(
                                "ConditionStatus",
                                db_comment="PHI: where the condition stands",
                                db_default="ACTIVE",
                                values=CONDITION_STATUS,
                            ),
                        ),
                        ("diagnosed_date", models.DateField(db_comment="PHI: day of the diagnosis")),
                        (
                            "description",
                            models.TextField(blank=True, db_comment="PHI: the condition in words", null=True),
                        ),
                        (
                            "management_plan",
                            models.TextField(
                                blank=True, db_comment="PHI: how the condition is managed at school", null=True
                            ),
                        ),
                        (
                            "next_review_date",
                            models.DateField(blank=True, db_comment="PHI: day the next review is due", null=True),
                        ),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "chronic_conditions",
                        "db_table_comment": "Chronic conditions of students (PHI)",
                        "ordering": ["-severity", "condition_name"],
                        "default_related_name": "chronic_conditions",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["status"], name="idx_conditions_status"),
                            models.Index(fields=["student", "status"], name="idx_conditions_student_status"),
                            models.Index(fields=["next_review_date"], name="idx_conditions_next_review"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="chronic_conditions_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            )
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
                migrations.CreateModel(
                    name="Appointment",
                    fields=[
                        KEY,
                        (
                            "student",
                            models.ForeignKey(
                                db_comment="PHI: student the record is about",
                                db_index=False,
                                on_delete=models.DB_CASCADE,
                                to="core.student",
                            ),
                        ),
                        (
                            "nurse",
                            models.ForeignKey(
                                db_comment="Nurse whom the student sees",
                                db_index=False,
                                on_delete=models.DO_NOTHING,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("ROUTINE_CHECKUP", "Routine check-up"),
                                    ("MEDICATION_ADMINISTRATION", "Medication administration"),
                                    ("INJURY_ASSESSMENT", "Injury assessment"),
                                    ("ILLNESS_EVALUATION", "Illness evaluation"),
                                    ("FOLLOW_UP", "Follow-up"),
                                    ("SCREENING", "Screening"),
                                    ("EMERGENCY", "Emergency"),
                                ],
                                db_comment="PHI: what the visit is for",
                                db_default="ROUTINE_CHECKUP",
                                max_length=50,
                            ),
                        ),
                        ("scheduled_at", models.DateTimeField(db_comment="PHI: when the visit begins")),
                        (
                            "duration",
                            models.IntegerField(
                                db_comment="Length of the visit in minutes, 1 to 480",
                                db_default=30,
                                verbose_name="duration (minutes)",
                            ),
                        ),
                        (
                            "status",
                            EnumField(
                                "AppointmentStatus",
                                db_comment="PHI: where the appointment stands",
                                db_default="SCHEDULED",
                                values=APPOINTMENT_STATUS,
                            ),
                        ),
                        ("reason", models.CharField(db_comment="PHI: why the student comes", max_length=500)),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        (
                            "completed_at",
                            models.DateTimeField(blank=True, db_comment="When the visit ended", null=True),
                        ),
                        (
                            "cancelled_at",
                            models.DateTimeField(blank=True, db_comment="When the visit was called off", null=True),
                        ),
                        (
                            "cancellation_reason",
                            models.TextField(blank=True, db_comment="PHI: why the visit was called off", null=True),
                        ),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "appointments",
                        "db_table_comment": "Appointments of students with the nurse (PHI)",
                        "ordering": ["scheduled_at"],
                        "default_related_name": "appointments",
                        "base_manager_name": "all_objects",
                        "indexes": [models.Index(fields=["status"], name="idx_appointments_status")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("duration__gte", 1), ("duration__lte", 480)),
                                name="appointments_duration_range",
                                violation_error_message="The duration should be 1 to 480 minutes.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("type", "ROUTINE_CHECKUP"),
                                    ("type", "MEDICATION_ADMINISTRATION"),
                                    ("type", "INJURY_ASSESSMENT"),
                                    ("type", "ILLNESS_EVALUATION"),
                                    ("type", "FOLLOW_UP"),
                                    ("type", "SCREENING"),
                                    ("type", "EMERGENCY"),
                                    _connector="OR",
                                ),
                                name="appointments_type_list",
                                violation_error_message="The type of appointment is not on the list.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("completed_at", None), ("status", "COMPLETED"), _connector="OR"),
                                name="appointments_completed_only",
                                violation_error_message="A time of completion can be given only for a completed appointment.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cancelled_at", None), ("status", "CANCELLED"), _connector="OR"),
                                name="appointments_cancelled_only",
                                violation_error_message="A time of cancellation can be given only for a cancelled appointment.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar(
                                        "scheduled_at",
                                        "completed_at",
                                        "cancelled_at",
                                        "created_at",
                                        "updated_at",
                                        "deleted_at",
                                    )
                                ),
                                name="appointments_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="appointments_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
            ],
        ),
        StampRows(["health_records", "allergies", "chronic_conditions", "appointments"]),
    ]
