"""Phase 1: incident reports and emergency contacts.

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

INCIDENT_SEVERITY = ("LOW", "MEDIUM", "HIGH", "CRITICAL")
INCIDENT_TYPE = ("INJURY", "ILLNESS", "ALLERGIC_REACTION", "MEDICATION_ERROR", "BEHAVIORAL", "ENVIRONMENTAL", "OTHER")


class Migration(migrations.Migration):
    initial = True
    dependencies = [("core", "0001_base_schema"), ("medications", "0001_medication_management")]

    operations = [
        CreateEnum("IncidentSeverity", INCIDENT_SEVERITY),
        CreateEnum("IncidentType", INCIDENT_TYPE),
        Together(
            [
                migrations.CreateModel(
                    name="IncidentReport",
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
                            "reported_by",
                            models.ForeignKey(
                                db_column="reported_by_id",
                                db_comment="User who reported the incident",
                                db_index=False,
                                on_delete=models.DO_NOTHING,
                                related_name="reported_incidents",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "type",
                            EnumField(
                                "IncidentType", db_comment="PHI: what kind of incident this was", values=INCIDENT_TYPE
                            ),
                        ),
                        (
                            "severity",
                            EnumField(
                                "IncidentSeverity",
                                db_comment="PHI: how grave the incident was",
                                values=INCIDENT_SEVERITY,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("DRAFT", "Draft"),
                                    ("PENDING_REVIEW", "Pending review"),
                                    ("UNDER_INVESTIGATION", "Under investigation"),
                                    ("REQUIRES_ACTION", "Requires action"),
                                    ("RESOLVED", "Resolved"),
                                    ("CLOSED", "Closed"),
                                ],
                                db_comment="PHI: where the report stands",
                                db_default="PENDING_REVIEW",
                                max_length=50,
                            ),
                        ),
                        ("occurred_at", models.DateTimeField(db_comment="PHI: when it happened")),
                        (
                            "location",
                            models.CharField(
                                blank=True, db_comment="PHI: where it happened", max_length=200, null=True
                            ),
                        ),
                        ("description", models.TextField(db_comment="PHI: what happened")),
                        ("action_taken", models.TextField(blank=True, db_comment="PHI: what was done", null=True)),
                        (
                            "parent_notified",
                            models.BooleanField(db_comment="PHI: whether a parent was told", db_default=False),
                        ),
                        (
                            "parent_notified_at",
                            models.DateTimeField(blank=True, db_comment="PHI: when a parent was told", null=True),
                        ),
                        (
                            "parent_notified_by",
                            models.ForeignKey(
                                blank=True,
                                db_column="parent_notified_by",
                                db_comment="User who told the parent",
                                db_index=False,
                                null=True,
                                on_delete=models.DO_NOTHING,
                                related_name="notified_incidents",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "parent_notification_method",
                            models.CharField(
                                blank=True, db_comment="PHI: by telephone, in person, ...", max_length=50, null=True
                            ),
                        ),
                        (
                            "emergency_services_contacted",
                            models.BooleanField(
                                db_comment="PHI: whether an ambulance or the police were called", db_default=False
                            ),
                        ),
                        (
                            "emergency_details",
                            models.TextField(blank=True, db_comment="PHI: who came and what they did", null=True),
                        ),
                        (
                            "follow_up_required",
                            models.BooleanField(db_comment="PHI: whether something is left to do", db_default=False),
                        ),
                        (
                            "follow_up_notes",
                            models.TextField(blank=True, db_comment="PHI: what is left to do", null=True),
                        ),
                        (
                            "witnesses",
                            ArrayField(
                                base_field=models.CharField(max_length=200),
                                blank=True,
                                db_comment="PHI: names of those who saw it",
                                db_default=[],
                                default=list,
                            ),
                        ),
                        (
                            "attachments",
                            ArrayField(
                                base_field=models.CharField(max_length=500),
                                blank=True,
                                db_comment="PHI: paths of photographs and documents in the file store",
                                db_default=[],
                                default=list,
                            ),
                        ),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "incident_reports",
                        "db_table_comment": "Reports of incidents with students (PHI)",
                        "ordering": ["-occurred_at"],
                        "default_related_name": "incident_reports",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["severity"], name="idx_incidents_severity"),
                            models.Index(fields=["occurred_at"], name="idx_incidents_occurred"),
                            models.Index(fields=["parent_notified_by"], name="idx_incidents_notified_by"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status", "DRAFT"),
                                    ("status", "PENDING_REVIEW"),
                                    ("status", "UNDER_INVESTIGATION"),
                                    ("status", "REQUIRES_ACTION"),
                                    ("status", "RESOLVED"),
                                    ("status", "CLOSED"),
                                    _connector="OR",
                                ),
                                name="incident_reports_status_list",
                                violation_error_message="The status is not on the list.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("parent_notified_at", None), ("parent_notified", True), _connector="OR"
                                ),
                                name="incident_reports_notified_only",
                                violation_error_message="A time can be given only once a parent was notified.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("parent_notified_at__gte", models.F("occurred_at"))),
                                name="incident_reports_notified_late",
                                violation_error_message="A parent cannot be notified before the incident.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar(
                                        "occurred_at", "parent_notified_at", "created_at", "updated_at", "deleted_at"
                                    )
                                ),
                                name="incident_reports_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="incident_reports_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
                migrations.CreateModel(
                    name="EmergencyContact",
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
                        ("name", models.CharField(db_comment="PHI: full name", max_length=200)),
                        (
                            "relationship",
                            models.CharField(db_comment="PHI: mother, grandfather, neighbor, ...", max_length=100),
                        ),
                        (
                            "primary_phone",
                            models.CharField(db_comment="PHI: telephone number to call first", max_length=20),
                        ),
                        (
                            "secondary_phone",
                            models.CharField(
                                blank=True, db_comment="PHI: telephone number to call next", max_length=20, null=True
                            ),
                        ),
                        (
                            "email",
                            models.EmailField(blank=True, db_comment="PHI: e-mail address", max_length=255, null=True),
                        ),
                        ("address", models.TextField(blank=True, db_comment="PHI: address", null=True)),
                        (
                            "preferred_contact_method",
                            models.CharField(
                                choices=[
                                    ("SMS", "Text message"),
                                    ("EMAIL", "E-mail"),
                                    ("VOICE", "Call"),
                                    ("ANY", "Any"),
                                ],
                                db_comment="PHI: how the person would like to be reached",
                                db_default="ANY",
                                max_length=10,
                            ),
                        ),
                        (
                            "priority",
                            models.IntegerField(
                                db_comment="Place in the order of calling, 1 is first",
                                db_default=1,
                                verbose_name="call order",
                            ),
                        ),
                        (
                            "can_pick_up",
                            models.BooleanField(
                                db_comment="PHI: whether the student may leave with this person", db_default=True
                            ),
                        ),
                        (
                            "can_make_decisions",
                            models.BooleanField(
                                db_comment="PHI: whether the person may consent to treatment", db_default=False
                            ),
                        ),
                        (
                            "is_primary",
                            models.BooleanField(
                                db_comment="Whether this is the main contact", db_default=False, verbose_name="primary"
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="Whether the person may be called", db_default=True, verbose_name="in use"
                            ),
                        ),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "emergency_contacts",
                        "db_table_comment": "Whom to call when something happens to a student (PHI)",
                        "ordering": ["priority"],
                        "default_related_name": "emergency_contacts",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["student"], name="idx_emergency_student_all"),
                            models.Index(fields=["priority"], name="idx_emergency_priority"),
                            models.Index(fields=["is_active"], name="idx_emergency_active"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("priority__gte", 1), ("priority__lte", 99)),
                                name="emergency_contacts_priority",
                                violation_error_message="The call order should be 1 to 99.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "primary_phone__regex",
                                        "^(\\+[0-9][0-9 ().-]{5,17}[0-9]|(1[ .-]?)?(\\([0-9]{3}\\) ?|[0-9]{3}[ .-]?)?[0-9]{3}[ .-]?[0-9]{4}( ?(x|ext\\.?) ?[0-9]{1,6})?)$",
                                    )
                                ),
                                name="emergency_contacts_phone_1",
                                violation_error_message="The telephone number should be like 614-555-0142, 614-555-0142 x12 or +44 20 7946 0958.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "secondary_phone__regex",
                                        "^(\\+[0-9][0-9 ().-]{5,17}[0-9]|(1[ .-]?)?(\\([0-9]{3}\\) ?|[0-9]{3}[ .-]?)?[0-9]{3}[ .-]?[0-9]{4}( ?(x|ext\\.?) ?[0-9]{1,6})?)$",
                                    )
                                ),
                                name="emergency_contacts_phone_2",
                                violation_error_message="The telephone number should be like 614-555-0142, 614-555-0142 x12 or +44 20 7946 0958.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("email__regex", "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$")),
                                name="emergency_contacts_email",
                                violation_error_message="The e-mail address should look like name@example.org.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("preferred_contact_method", "SMS"),
                                    ("preferred_contact_method", "EMAIL"),
                                    ("preferred_contact_method", "VOICE"),
                                    ("preferred_contact_method", "ANY"),
                                    _connector="OR",
                                ),
                                name="emergency_contacts_method",
                                violation_error_message="The preferred method should be SMS, EMAIL, VOICE or ANY.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(WithinCalendar("created_at", "updated_at", "deleted_at")),
                                name="emergency_contacts_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="emergency_contacts_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
            ],
        ),
        StampRows(["incident_reports", "emergency_contacts"]),
    ]
