from django.db import models
from django.db.models import F, Q

from core.database.audit_fields import KeyedModel
from core.database.constraints import calendar, check, one_of
from core.database.functions import ClockTimestamp
from core.models.user import User


class LoginFailure(models.TextChoices):
    UNKNOWN = "UNKNOWN", "No such account"
    INACTIVE = "INACTIVE", "Account is not active"
    PASSWORD = "PASSWORD", "Wrong password"
    SECOND_FACTOR = "SECOND_FACTOR", "Wrong code"
    PASSKEY = "PASSKEY", "Passkey refused"
    LINK = "LINK", "Asked for a link to set a new password"


class LoginAttempt(KeyedModel):
    """Somebody logged in, or failed to: what the lockout counts by. Only functions of the database write it.

    What was typed is not kept, for it may be a password in the wrong box: a keyed hash stands for it.
    """

    created_at = models.DateTimeField(db_default=ClockTimestamp(), editable=False, db_comment="When it was tried")
    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_comment="User whose account it is; null where there is none of the name",
    )
    account_mark = models.BinaryField(
        max_length=32, editable=False, db_comment="Keyed hash of the name that was typed, in lower case"
    )
    ip_address = models.GenericIPAddressField(
        "IP address", null=True, blank=True, db_comment="Address the attempt came from"
    )
    network = models.GenericIPAddressField(
        null=True, blank=True, db_comment="What is counted as one address: the address, or the start of its IPv6 /64"
    )
    user_agent = models.TextField(null=True, blank=True, db_comment="Program the attempt came from")
    succeeded = models.BooleanField(db_default=False, db_comment="Whether it ended in a log-in")
    failure_reason = models.CharField(
        max_length=20,
        choices=LoginFailure.choices,
        null=True,
        blank=True,
        db_comment="Why it failed; null if it did not",
    )

    class Meta:
        db_table = "login_attempts"
        db_table_comment = "Derived: log-ins and failures of 90 days, to be counted; the audit log keeps them"
        ordering = ["-created_at"]
        constraints = [
            one_of("login_attempts_reason_list", "failure_reason", LoginFailure, "Choose a reason from the list."),
            check(
                "login_attempts_reason",
                Q(succeeded=True, failure_reason__isnull=True) | Q(succeeded=False, failure_reason__isnull=False),
                "A failure has a reason, and a success has none.",
            ),
            calendar("login_attempts", "created_at"),
        ]
        indexes = [
            # How often did it fail for this account lately, since it last succeeded? (lockout)
            models.Index(F("account_mark"), F("created_at").desc(), name="idx_login_attempts_account"),
            # How often did it fail from this address lately? (lockout)
            models.Index(
                F("network"),
                F("created_at").desc(),
                name="idx_login_attempts_network",
                condition=Q(succeeded=False, network__isnull=False),
            ),
            # Who tried to log in as this user? (filter of the page, row security of a district)
            models.Index(F("user"), F("created_at").desc(), name="idx_login_attempts_user"),
        ]

    def __str__(self) -> str:
        return "Log-in" if self.succeeded else self.get_failure_reason_display() or "Failure"
