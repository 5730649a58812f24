"""Every version of a row, from the log's entries and the row as it is."""

import enum
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models, transaction

from audit.models import AuditAction
from core.models import User

_ENTRIES = "SELECT * FROM row_history(%s, %s)"


class Event(enum.Enum):
    """What happened to a row, in the words of those who keep records."""

    CREATED = "Created"
    CHANGED = "Changed"
    DELETED = "Deleted"
    RESTORED = "Restored"
    ERASED = "Erased for good"


@dataclass(frozen=True)
class Version:
    """A row after something happened to it.

    `values` are its columns afterwards, by field name, None once it was erased; `changes` are old and new value of what
    became different. `action` is None for a creation of which the log knows nothing, because the row is older.
    """

    when: datetime
    event: Event
    action: AuditAction | None
    who: User | None = None
    who_id: UUID | None = None
    source: str | None = None
    reason: str | None = None
    ip_address: str | None = None
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    values: dict[str, Any] | None = None


@dataclass(frozen=True)
class _Entry:
    when: datetime | None
    who_id: UUID | None
    action: AuditAction | None
    image: str | None
    ip_address: str | None
    reason: str | None
    source: str | None


def history_of(row: models.Model, *, using: str = DEFAULT_DB_ALIAS) -> list[Version]:
    """Every version of a row, oldest first. Two queries.

    Nothing if the database does not let the one who acts see the row.
    """
    return history_of_key(type(row), row.pk, using=using)


def history_of_key(model: type[models.Model], key: Any, *, using: str = DEFAULT_DB_ALIAS) -> list[Version]:
    """The same for a row that is perhaps no more."""
    with transaction.get_connection(using).cursor() as cursor:
        cursor.execute(_ENTRIES, [model._meta.db_table, key])
        entries = [
            _Entry(when, who, AuditAction(action) if action else None, image, address and str(address), reason, source)
            for when, who, action, image, address, reason, source in cursor.fetchall()
        ]
    users = User.objects.using(using).in_bulk({entry.who_id for entry in entries if entry.who_id})
    return list(_versions(model, entries, users))


def _versions(model: type[models.Model], entries: Sequence[_Entry], users: dict[UUID, User]) -> list[Version]:
    # An image is the row before its entry; so it is the row after the entry before.
    images = [_typed(model, entry.image) if entry.image else None for entry in entries]
    happened = [number for number, entry in enumerate(entries) if entry.action is not None]
    versions = _older_than_the_log(entries, images)
    for number in happened:
        entry = entries[number]
        erased = entry.action == AuditAction.DELETE
        after = None if erased else next((image for image in images[number + 1 :] if image is not None), None)
        before = images[number]
        changes = _changes(before, after) if before is not None and after is not None else {}
        assert entry.when is not None
        versions.append(
            Version(
                when=entry.when,
                event=_event(entry.action, changes),
                action=entry.action,
                who=users.get(entry.who_id) if entry.who_id else None,
                who_id=entry.who_id,
                source=entry.source,
                reason=entry.reason,
                ip_address=entry.ip_address,
                changes=changes,
                values=after,
            )
        )
    return versions


def _older_than_the_log(entries: Sequence[_Entry], images: Sequence[dict[str, Any] | None]) -> list[Version]:
    """The version that was there before the log: what the row itself says of its creation."""
    if not entries or entries[0].action == AuditAction.CREATE or images[0] is None:
        return []
    first = images[0]
    return [
        Version(
            when=first["created_at"],
            event=Event.CREATED,
            action=None,
            who_id=first.get("created_by"),
            values=first,
        )
    ]


def _event(action: AuditAction | None, changes: dict[str, tuple[Any, Any]]) -> Event:
    if action == AuditAction.CREATE:
        return Event.CREATED
    if action == AuditAction.DELETE:
        return Event.ERASED
    if "deleted_at" in changes:
        was, _ = changes["deleted_at"]
        return Event.DELETED if was is None else Event.RESTORED
    return Event.CHANGED


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (before.get(name), after.get(name)) for name in {**before, **after} if before.get(name) != after.get(name)
    }


def _typed(model: type[models.Model], image: str) -> dict[str, Any]:
    """The image by field name, with Python's types. A column that the model no longer has stays as it is."""
    exact = json.loads(image, parse_float=Decimal)
    plain = json.loads(image)
    fields: dict[str, Any] = {str(column.column): column for column in model._meta.concrete_fields}
    values: dict[str, Any] = {}
    for column, value in exact.items():
        known = fields.get(column)
        if known is None:
            values[column] = value
        elif isinstance(known, models.JSONField):
            values[known.name] = plain[column]
        else:
            values[known.name] = _python(known, value)
    return values


def _python(known: Any, value: Any) -> Any:
    base = getattr(known, "base_field", None)
    if base is not None and isinstance(value, list):
        return [_python(base, item) for item in value]
    return known.to_python(value)
