from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models

from core.database.audit_fields import KeyedModel
from core.database.enums import DatabaseEnum, EnumField
from core.database.functions import ClockTimestamp, TransactionId
from core.models.school import School
from core.models.student import Student
from core.models.user import User


class AuditAction(DatabaseEnum):
    CREATE = "CREATE", "Created"
    VIEW = "VIEW", "Opened"
    LIST = "LIST", "Listed"
    SEARCH = "SEARCH", "Searched"
    UPDATE = "UPDATE", "Changed"
    DELETE = "DELETE", "Erased"
    PURGE = "PURGE", "Purged"
    EXPORT = "EXPORT", "Exported"
    IMPORT = "IMPORT", "Imported"
    PRINT = "PRINT", "Printed"
    LOGIN = "LOGIN", "Logged in"
    LOGOUT = "LOGOUT", "Logged out"
    AUTHENTICATION_FAILED = "AUTHENTICATION_FAILED", "Log-in failed"
    AUTHORIZATION_FAILED = "AUTHORIZATION_FAILED", "Access denied"


class LightManager(models.Manager["AuditLog"]):
    """Entries without the image of the row, which is long and which few may see."""

    def get_queryset(self) -> models.QuerySet["AuditLog"]:
        return super().get_queryset().defer("old_row")


class AuditLog(KeyedModel):
    """Something that was done: a row changed or shown, a log-in, a refusal. Written by the database, never changed.

    The table is partitioned by month, so its primary key is (created_at, id); `id` alone is unique all the same.
    """

    created_at = models.DateTimeField(
        db_default=ClockTimestamp(), editable=False, db_comment="When it was done; decides the partition"
    )
    transaction_id = models.BigIntegerField(
        db_default=TransactionId(), editable=False, db_comment="Transaction that wrote it, with the epoch"
    )
    # No constraint: the log must neither lock the users, schools and students nor stand in their way.
    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        db_comment="User who did it; null for the system itself and for whoever is not logged in",
    )
    action = EnumField(AuditAction, db_comment="What was done")
    entity_type = models.CharField("table", max_length=63, db_comment="Table of the row concerned")
    entity_id = models.UUIDField("key", null=True, blank=True, db_comment="PHI: key of the row concerned")
    school = models.ForeignKey(
        School,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        db_comment="PHI: school with which the row lay",
    )
    student = models.ForeignKey(
        Student,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        db_comment="PHI: student whom the row is about",
    )
    student_ids = ArrayField(
        models.UUIDField(),
        verbose_name="students shown",
        null=True,
        blank=True,
        db_comment="PHI: students whom a read showed",
    )
    old_row = models.JSONField(
        "row before",
        null=True,
        blank=True,
        db_comment="PHI: the row before it was changed or erased, without secrets and generated columns",
    )
    row_count = models.BigIntegerField(
        "rows", null=True, blank=True, db_comment="How many rows were purged, shown or exported"
    )
    ip_address = models.GenericIPAddressField(
        "IP address", null=True, blank=True, db_comment="Address the request came from"
    )
    user_agent = models.TextField(null=True, blank=True, db_comment="Program the request came from")
    request_id = models.TextField(
        "request ID", null=True, blank=True, db_comment="Mark of the request, as in the log of the web server"
    )
    reason = models.TextField(null=True, blank=True, db_comment="Why it was done, where one was given")
    source = models.TextField(null=True, blank=True, db_comment="What did it: the web, a command, a program")

    objects = LightManager()
    with_images = models.Manager()

    class Meta:
        db_table = "audit_logs"
        db_table_comment = "Who did what to which row, and when; append-only, partitioned by month (PHI)"
        ordering = ["-created_at"]
        base_manager_name = "with_images"
        indexes = [
            # What did this user do, latest first? (review of a user; filter of the audit page)
            models.Index(
                models.F("user"),
                models.F("created_at").desc(),
                name="idx_audit_logs_user",
                condition=models.Q(user__isnull=False),
            ),
            # What happened to this row? (history of a row)
            models.Index(
                models.F("entity_type"),
                models.F("entity_id"),
                models.F("created_at").desc(),
                name="idx_audit_logs_entity",
            ),
            # What was written in this stretch of time, and by which transactions? (sealing, reports; the primary key
            # begins with created_at and answers for single moments)
            BrinIndex(fields=["created_at", "transaction_id"], name="idx_audit_logs_date"),
            # Which entries does this seal cover, in their order? (seal_audit_log, verify_audit_log)
            BrinIndex(
                fields=["transaction_id", "id"], name="idx_audit_logs_order", autosummarize=True, pages_per_range=64
            ),
            # What was exported lately? (review of exports)
            models.Index(
                models.F("action"),
                models.F("created_at").desc(),
                name="idx_audit_logs_export",
                condition=models.Q(action="EXPORT"),
            ),
            # What did people do at this school, latest first? (audit page of a school's staff, by row security). What
            # the system itself does, such as imports of millions of rows, is for administrators.
            models.Index(
                models.F("school"),
                models.F("created_at").desc(),
                name="idx_audit_logs_school",
                condition=models.Q(user__isnull=False),
            ),
            # Who saw this student? (disclosures of a student)
            GinIndex(
                fields=["student_ids"],
                name="idx_audit_logs_students",
                condition=models.Q(student_ids__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.entity_type}"
