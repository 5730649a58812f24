from django.db import models

from core.database.audit_fields import AuditedModel
from core.database.constraints import calendar, matches
from core.models.user import User


class RecoveryCode(AuditedModel):
    """A code on paper, for the day on which the phone is lost. It opens once."""

    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        related_name="recovery_codes",
        db_index=False,
        db_comment="Whose code it is; nobody else reads the row",
    )
    code_hash = models.CharField(max_length=64, editable=False, db_comment="SHA-256 of the user and the code")
    used_at = models.DateTimeField(
        null=True, blank=True, editable=False, db_comment="When it was used, after which it opens nothing"
    )

    class Meta:
        db_table = "recovery_codes"
        db_table_comment = "Codes that each stand in once for a second factor"
        ordering = ["created_at"]
        constraints = [
            # Also the answer to: is this a code of this user? (log-in)
            models.UniqueConstraint(
                fields=["user", "code_hash"],
                name="recovery_codes_unique",
                violation_error_message="This code is known already.",
            ),
            matches("recovery_codes_hash", "code_hash", "^[0-9a-f]{64}$", "Of a code only its SHA-256 is kept."),
            calendar("recovery_codes", "used_at", "created_at", "updated_at"),
        ]

    def __str__(self) -> str:
        return "Recovery code"
