from django.db import models
from django.db.models import Q

from core.database.audit_fields import AuditedModel
from core.database.constraints import calendar, check
from core.models.filed_by_school import FiledBySchool
from core.models.student import Student


class LegalHold(FiledBySchool, AuditedModel):
    """A duty to keep everything about a student: no purge erases a row of theirs while it is open.

    Who placed it is `created_by`, who released it `updated_by`: the database lets a hold change once, by its release.
    It outlives its student, so no constraint holds the student, and a trigger looks them up when it is placed.
    """

    student = models.ForeignKey(
        Student,
        on_delete=models.DO_NOTHING,
        db_index=False,
        db_constraint=False,
        related_name="legal_holds",
        db_comment="PHI: student whose records must be kept",
    )
    reason = models.TextField(db_comment="PHI: why the records must be kept: the matter and who asked")
    released_reason = models.TextField(
        "reason for the release",
        null=True,
        blank=True,
        db_comment="PHI: why they need be kept no longer; null while open",
    )
    released_at = models.DateTimeField(
        null=True, blank=True, editable=False, db_comment="When the hold was released; set by a trigger"
    )

    class Meta:
        db_table = "legal_holds"
        db_table_comment = "Students whose records may not be erased, and until when"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["student"],
                condition=Q(released_at=None),
                name="legal_holds_student_live",
                violation_error_message="This student is under a legal hold already.",
            ),
            check(
                "legal_holds_reason",
                Q(reason__regex=r"\S") & (Q(released_reason=None) | Q(released_reason__regex=r"\S")),
                "A hold is placed, and released, for a reason.",
            ),
            check(
                "legal_holds_release",
                Q(released_at=None) | Q(released_reason__isnull=False),
                "A hold is released with a reason.",
            ),
            calendar("legal_holds", "released_at", "created_at", "updated_at"),
        ]
        indexes = [
            # Which holds has this student been under? (student page; purge)
            models.Index(fields=["student"], name="idx_legal_holds_student"),
            # Which holds lie with this school, latest first? (holds page under row security)
            models.Index("school", models.F("created_at").desc(), name="idx_legal_holds_school"),
        ]

    def __str__(self) -> str:
        return f"Legal hold {'released' if self.released_at else 'open'}"
