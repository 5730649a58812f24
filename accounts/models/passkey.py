from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.database.audit_fields import AuditedModel
from core.database.constraints import at_least, calendar
from core.models.user import User


class Passkey(AuditedModel):
    """A key that a phone, a computer or a security key keeps for its owner and never gives away."""

    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        related_name="passkeys",
        db_index=False,
        db_comment="Whose passkey it is; nobody else reads the row",
    )
    name = models.CharField(max_length=60, db_comment="What its owner calls it: phone, blue key")
    credential_id = models.BinaryField(
        max_length=1023, editable=False, db_comment="By which the device knows the passkey"
    )
    public_key = models.BinaryField(
        max_length=2000, editable=False, db_comment="Checks what the device signs (COSE); signs nothing itself"
    )
    sign_count = models.BigIntegerField(
        db_default=0,
        editable=False,
        db_comment="How often the device says to have signed; it only rises, or stays 0 where a device does not count",
    )
    transports = ArrayField(
        models.CharField(max_length=20),
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        db_comment="How the device can be reached: internal, usb, nfc, ble, hybrid",
    )
    last_used_at = models.DateTimeField(
        null=True, blank=True, editable=False, db_comment="When it was last used to log in"
    )

    class Meta:
        db_table = "passkeys"
        db_table_comment = "Passkeys of users: WebAuthn credentials"
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["credential_id"],
                name="passkeys_credential_unique",
                violation_error_message="This passkey is known already.",
            ),
            at_least("passkeys_sign_count", "sign_count", 0, "A count cannot be below 0."),
            calendar("passkeys", "last_used_at", "created_at", "updated_at"),
        ]
        indexes = [
            # Which passkeys has this user? (log-in, the page of one's passkeys)
            models.Index(fields=["user"], name="idx_passkeys_user"),
        ]

    def __str__(self) -> str:
        return self.name
