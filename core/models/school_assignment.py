from django.db import models

from core.database.audit_fields import AuditedModel
from core.database.constraints import calendar, not_before
from core.database.functions import Today
from core.models.school import School
from core.models.user import User


class SchoolAssignment(AuditedModel):
    """A further school that a user covers beside the home school, such as a nurse who serves three buildings."""

    user = models.ForeignKey(
        User,
        on_delete=models.DB_CASCADE,
        related_name="school_assignments",
        db_index=False,
        db_comment="User who covers the school",
    )
    school = models.ForeignKey(
        School,
        on_delete=models.DB_CASCADE,
        related_name="school_assignments",
        db_index=False,
        db_comment="School that is covered",
    )
    start_date = models.DateField(db_default=Today(), db_comment="First day of the cover")
    end_date = models.DateField(null=True, blank=True, db_comment="Last day of the cover; null while it lasts")

    class Meta:
        db_table = "school_assignments"
        db_table_comment = "Further schools that users cover beside their home school"
        ordering = ["user", "school"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "school", "start_date"],
                name="school_assignments_unique",
                violation_error_message="This user already covers this school from that day on.",
            ),
            not_before("school_assignments_dates", "end_date", "start_date", "The cover cannot end before it starts."),
            calendar("school_assignments", "start_date", "end_date", "created_at", "updated_at"),
        ]
        indexes = [
            # Who else covers this school? (school page; deleting a school)
            models.Index(fields=["school"], name="idx_school_assign_school"),
        ]

    def __str__(self) -> str:
        return f"{self.user} covers {self.school}"
