from django.db import models
from django.db.models import Q

from core.database.audit_fields import AuditedModel
from core.database.constraints import at_least, calendar, matches
from core.models.user import User


class AuthenticatorApp(AuditedModel):
    """An app that shows a new code every 30 seconds. Until a code of it was shown once, it opens nothing."""

    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        related_name="authenticator_apps",
        db_index=False,
        db_comment="Whose app it is; nobody else reads the row",
    )
    secret = models.CharField(
        max_length=500, db_comment="What the app and we share, encrypted with a key that is not in the database"
    )
    last_used_step = models.BigIntegerField(
        db_default=0,
        editable=False,
        db_comment="30 seconds since 1970 of the last code taken: neither it nor an earlier one is taken again",
    )
    confirmed_at = models.DateTimeField(
        null=True, blank=True, editable=False, db_comment="When a first code of it was shown; null before"
    )

    class Meta:
        db_table = "authenticator_apps"
        db_table_comment = "Apps that show codes for logging in, one for each user"
        ordering = ["created_at"]
        constraints = [
            # Also the answer to: which app has this user? (log-in, the page of one's second factors)
            models.UniqueConstraint(
                fields=["user"],
                name="authenticator_apps_one",
                condition=Q(confirmed_at__isnull=False),
                violation_error_message="There is an authenticator app already.",
            ),
            models.UniqueConstraint(
                fields=["user"],
                name="authenticator_apps_new",
                condition=Q(confirmed_at__isnull=True),
                violation_error_message="Another authenticator app is being set up already.",
            ),
            # What Fernet makes begins so: nobody stores a secret in clear, by whatever way.
            matches("authenticator_apps_secret", "secret", r"^gAAAA[A-Za-z0-9_-]{60,}=*$", "A secret is encrypted."),
            at_least("authenticator_apps_step", "last_used_step", 0, "A step cannot be below 0."),
            calendar("authenticator_apps", "confirmed_at", "created_at", "updated_at"),
        ]
        indexes = [
            # Which apps has this user, set up or not? (row security; a reset of the second factor)
            models.Index(fields=["user"], name="idx_authenticator_apps_user"),
        ]

    def __str__(self) -> str:
        return "Authenticator app"
