"""Who wrote a row, and when."""

from django.db import models
from django.db.models.functions import Now

from core.database.functions import UuidV7


class KeyedModel(models.Model):
    """A row with a time-ordered key, so that large tables grow at the end of their indexes."""

    id = models.UUIDField(
        primary_key=True, db_default=UuidV7(), editable=False, db_comment="Key, UUID version 7 (ordered by time)"
    )

    class Meta:
        abstract = True


class AuditedModel(KeyedModel):
    """A row that says when and by whom it was made and last changed.

    The database stamps it, for the ORM, bulk operations and raw SQL alike: whoever was declared to act is the author,
    and nobody who works through the web can say otherwise. Where nobody was declared, the owner of the tables may say
    when a row was made, and by whom, as an import does. An update that changes nothing moves nothing. An instance
    learns who wrote it, and when it was changed, when it is next read.
    """

    created_at = models.DateTimeField(db_default=Now(), editable=False, db_comment="When the row was made")
    updated_at = models.DateTimeField(
        db_default=Now(), editable=False, db_comment="When the row was last changed; moved by a trigger"
    )
    # Users are deactivated, never deleted, so nobody asks these two for "rows of a user that goes": no index.
    created_by = models.ForeignKey(
        "core.User",
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_column="created_by",
        db_index=False,
        db_comment="User who made the row; null for the system itself",
    )
    updated_by = models.ForeignKey(
        "core.User",
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_column="updated_by",
        db_index=False,
        db_comment="User who last changed the row; null for the system itself",
    )

    class Meta:
        abstract = True
