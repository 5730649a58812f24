from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.database.constraints import calendar, not_before, one_of, only_if
from core.database.enums import DatabaseEnum, EnumField
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord
from core.models.user import User


class IncidentSeverity(DatabaseEnum):
    LOW = "LOW", "Low"
    MEDIUM = "MEDIUM", "Medium"
    HIGH = "HIGH", "High"
    CRITICAL = "CRITICAL", "Critical"


class IncidentType(DatabaseEnum):
    INJURY = "INJURY", "Injury"
    ILLNESS = "ILLNESS", "Illness"
    ALLERGIC_REACTION = "ALLERGIC_REACTION", "Allergic reaction"
    MEDICATION_ERROR = "MEDICATION_ERROR", "Medication error"
    BEHAVIORAL = "BEHAVIORAL", "Behavioral"
    ENVIRONMENTAL = "ENVIRONMENTAL", "Environmental"
    OTHER = "OTHER", "Other"


class IncidentStatus(models.TextChoices):
    DRAFT = "DRAFT", "Draft"
    PENDING_REVIEW = "PENDING_REVIEW", "Pending review"
    UNDER_INVESTIGATION = "UNDER_INVESTIGATION", "Under investigation"
    REQUIRES_ACTION = "REQUIRES_ACTION", "Requires action"
    RESOLVED = "RESOLVED", "Resolved"
    CLOSED = "CLOSED", "Closed"


class IncidentReport(StudentRecord):
    """An accident, sudden illness or error that happened to a student, and what was done."""

    # Who reported and who told the parents signed for it; users are deactivated, never deleted.
    reported_by = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        related_name="reported_incidents",
        db_column="reported_by_id",
        db_index=False,
        db_comment="User who reported the incident",
    )
    type = EnumField(IncidentType, db_comment="PHI: what kind of incident this was")
    severity = EnumField(IncidentSeverity, db_comment="PHI: how grave the incident was")
    status = models.CharField(
        max_length=50,
        choices=IncidentStatus,
        db_default=IncidentStatus.PENDING_REVIEW,
        db_comment="PHI: where the report stands",
    )
    occurred_at = models.DateTimeField(db_comment="PHI: when it happened")
    location = models.CharField(max_length=200, null=True, blank=True, db_comment="PHI: where it happened")
    description = models.TextField(db_comment="PHI: what happened")
    action_taken = models.TextField(null=True, blank=True, db_comment="PHI: what was done")
    parent_notified = models.BooleanField(db_default=False, db_comment="PHI: whether a parent was told")
    parent_notified_at = models.DateTimeField(null=True, blank=True, db_comment="PHI: when a parent was told")
    parent_notified_by = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="notified_incidents",
        db_column="parent_notified_by",
        db_index=False,
        db_comment="User who told the parent",
    )
    parent_notification_method = models.CharField(
        max_length=50, null=True, blank=True, db_comment="PHI: by telephone, in person, ..."
    )
    emergency_services_contacted = models.BooleanField(
        db_default=False, db_comment="PHI: whether an ambulance or the police were called"
    )
    emergency_details = models.TextField(null=True, blank=True, db_comment="PHI: who came and what they did")
    follow_up_required = models.BooleanField(db_default=False, db_comment="PHI: whether something is left to do")
    follow_up_notes = models.TextField(null=True, blank=True, db_comment="PHI: what is left to do")
    witnesses = ArrayField(
        models.CharField(max_length=200),
        default=list,
        db_default=[],
        blank=True,
        db_comment="PHI: names of those who saw it",
    )
    attachments = ArrayField(
        models.CharField(max_length=500),
        default=list,
        db_default=[],
        blank=True,
        db_comment="PHI: paths of photographs and documents in the file store",
    )

    class Meta(StudentRecord.Meta):
        db_table = "incident_reports"
        db_table_comment = "Reports of incidents with students (PHI)"
        default_related_name = "incident_reports"
        ordering = ["-occurred_at"]
        constraints = [
            one_of("incident_reports_status_list", "status", IncidentStatus, "The status is not on the list."),
            only_if(
                "incident_reports_notified_only",
                "parent_notified_at",
                Q(parent_notified=True),
                "A time can be given only once a parent was notified.",
            ),
            not_before(
                "incident_reports_notified_late",
                "parent_notified_at",
                "occurred_at",
                "A parent cannot be notified before the incident.",
            ),
            calendar(
                "incident_reports",
                "occurred_at",
                "parent_notified_at",
                "created_at",
                "updated_at",
                "deleted_at",
            ),
            soft_delete_constraint("incident_reports"),
        ]
        indexes = [
            # Which incidents were critical? (lists by severity, worst first)
            models.Index(fields=["severity"], name="idx_incidents_severity"),
            # What happened last week? (list of incidents)
            models.Index(fields=["occurred_at"], name="idx_incidents_occurred"),
            # What happened to this student, latest first? (student page; deleting a student)
            models.Index(F("student"), F("occurred_at").desc(), F("severity"), name="idx_incident_reports_student"),
            # What did this user report, latest first? (review of one's work)
            models.Index(F("reported_by"), F("occurred_at").desc(), name="idx_incident_reports_reporter"),
            # Which serious injuries are under investigation, latest first? (filters of the incidents page)
            models.Index(
                F("type"), F("severity"), F("status"), F("occurred_at").desc(), name="idx_incident_reports_filters"
            ),
            # What was serious lately, and where does it stand? (administrator's home page)
            models.Index(
                F("severity"),
                F("occurred_at").desc(),
                F("status"),
                name="idx_incident_reports_critical",
                condition=Q(severity__in=[IncidentSeverity.HIGH, IncidentSeverity.CRITICAL]),
            ),
            # Whose parents did this user tell? (review of one's work)
            models.Index(fields=["parent_notified_by"], name="idx_incidents_notified_by"),
            # Which reports of this school are open, latest first? (home page, the list of open reports)
            models.Index(
                models.F("school"),
                models.F("occurred_at").desc(),
                name="idx_incidents_open",
                condition=~Q(status=IncidentStatus.RESOLVED) & ~Q(status=IncidentStatus.CLOSED) & Q(deleted_at=None),
            ),
            # What happened at this school, latest first? (incidents page)
            models.Index(models.F("school"), models.F("occurred_at").desc(), name="idx_incidents_school"),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()}, {self.get_severity_display().lower()}"
