"""The columns that tables have in common, as the first migrations made them. Frozen: a change is a new migration."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from core.database.functions import UuidV7

NamedField = tuple[str, models.Field]


def _moment(comment: str, **options: Any) -> models.DateTimeField:
    return models.DateTimeField(editable=False, db_comment=comment, **options)


def _author(column: str, comment: str) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_column=column,
        db_index=False,
        db_comment=comment,
    )


KEY: NamedField = (
    "id",
    models.UUIDField(
        primary_key=True,
        db_default=UuidV7(),
        editable=False,
        serialize=False,
        db_comment="Key, UUID version 7 (ordered by time)",
    ),
)

AUDIT_COLUMNS: list[NamedField] = [
    ("created_at", _moment("When the row was made", db_default=Now())),
    ("updated_at", _moment("When the row was last changed; moved by a trigger", db_default=Now())),
    ("created_by", _author("created_by", "User who made the row; null for the system itself")),
    ("updated_by", _author("updated_by", "User who last changed the row; null for the system itself")),
]

SOFT_DELETE_COLUMNS: list[NamedField] = [
    ("deleted_at", _moment("When the row was deleted; null for a live row", null=True, blank=True)),
    (
        "deletion_id",
        models.UUIDField(
            null=True,
            blank=True,
            editable=False,
            db_comment="Mark shared by all rows deleted in one go, by which they are restored",
        ),
    ),
]

SCHOOL_OF_RECORD: NamedField = (
    "school",
    models.ForeignKey(
        "core.School",
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        db_constraint=False,
        db_comment="PHI: school whose staff see the row; filed by a trigger",
    ),
)

# The state of a migration knows managers by name only.
SOFT_DELETE_MANAGERS: list[tuple[str, models.Manager]] = [
    ("objects", models.Manager()),
    ("all_objects", models.Manager()),
]
