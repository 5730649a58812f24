from django.db import models
from django.db.models.functions import Now

from configuration.models.system_configuration import SystemConfiguration
from core.database.audit_fields import KeyedModel
from core.database.constraints import calendar
from core.models.user import User


class ConfigurationHistory(KeyedModel):
    """A change of a setting: who, from what, to what, why. Written once, never changed."""

    # A setting that was ever changed stays, with its history: the constraint refuses.
    configuration = models.ForeignKey(
        SystemConfiguration,
        on_delete=models.DO_NOTHING,
        related_name="history",
        db_index=False,
        db_comment="Setting that was changed",
    )
    config_key = models.CharField(max_length=200, db_comment="Its key at that time")
    old_value = models.TextField(null=True, blank=True, db_comment="Value before; null for a new setting")
    new_value = models.TextField(null=True, blank=True, db_comment="Value after; null if none is set there any longer")
    changed_by = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="configuration_changes",
        db_column="changed_by",
        db_index=False,
        db_comment="User who changed it; null for the system itself",
    )
    changed_by_name = models.CharField(
        max_length=200, null=True, blank=True, db_comment="That user's name at that time"
    )
    change_reason = models.TextField(null=True, blank=True, db_comment="Why it was changed")
    ip_address = models.GenericIPAddressField(
        "IP address", null=True, blank=True, db_comment="Address the change came from"
    )
    user_agent = models.TextField(null=True, blank=True, db_comment="Program the change came from")
    created_at = models.DateTimeField(db_default=Now(), editable=False, db_comment="When it was changed")

    class Meta:
        db_table = "configuration_history"
        db_table_comment = "Changes of settings; rows are added, never changed"
        ordering = ["-created_at"]
        verbose_name = "change of a setting"
        verbose_name_plural = "changes of settings"
        constraints = [calendar("configuration_history", "created_at")]
        indexes = [
            # How has this key changed? (history of a key over all scopes)
            models.Index(fields=["config_key", "created_at"], name="idx_config_history_key"),
            # What did this user change? (review)
            models.Index(fields=["changed_by", "created_at"], name="idx_config_history_user"),
            # How has this setting changed? (history page of a setting)
            models.Index(fields=["configuration", "created_at"], name="idx_config_history_config"),
        ]

    def __str__(self) -> str:
        return f"{self.config_key} changed"
