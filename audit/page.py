"""The history of a row in words, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import localize
from django.utils.text import capfirst

from audit.history import Version, history_of

# Who and when stand beside each version; the rest is how a deletion is kept.
_UNTOLD = {"created_at", "created_by", "updated_at", "updated_by", "deleted_at", "deletion_id", "known_to"}
NOTHING = "-"
OUT_OF_SIGHT = "(not visible to you)"


@dataclass(frozen=True)
class Change:
    """One column of a version, in words."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Line:
    """One version of a row, in words."""

    when: datetime
    who: str
    event: str
    source: str
    reason: str
    changes: Sequence[Change]


def history_lines(row: models.Model, request: HttpRequest, admin_site: Any) -> list[Line]:
    """What happened to a row, latest first. One query for each table that the changed columns refer to, beside two."""
    versions = history_of(row)
    names = _Names(type(row), versions, request, admin_site)
    return [
        Line(
            when=version.when,
            who=_who(version),
            event=version.event.value,
            source=version.source or "",
            reason=version.reason or "",
            changes=[
                Change(names.label(name), names.text(name, old), names.text(name, new))
                for name, (old, new) in version.changes.items()
                if name not in _UNTOLD
            ],
        )
        for version in reversed(versions)
    ]


def _who(version: Version) -> str:
    if version.who is not None:
        return str(version.who)
    return "A user not visible to you" if version.who_id else "The system"


class _Names:
    """The words for columns and values of one model: labels of choices, names of the rows that the viewer may see."""

    def __init__(
        self, model: type[models.Model], versions: Sequence[Version], request: HttpRequest, admin_site: Any
    ) -> None:
        self._fields: dict[str, Any] = {field.name: field for field in model._meta.concrete_fields}
        keys: dict[Any, set[Any]] = {}
        for version in versions:
            for name, values in version.changes.items():
                field = self._fields.get(name)
                if field is not None and field.is_relation and name not in _UNTOLD:
                    keys.setdefault(field.related_model, set()).update(value for value in values if value is not None)
        self._rows = {
            related: _visible(related, wanted, request, admin_site) for related, wanted in keys.items() if wanted
        }

    def label(self, name: str) -> str:
        """What the form calls the column."""
        field = self._fields.get(name)
        return capfirst(str(field.verbose_name)) if field else name

    def text(self, name: str, value: Any) -> str:
        """The value as the form shows it."""
        field = self._fields.get(name)
        if value is None or value in ("", []):
            return NOTHING
        if field is not None and field.is_relation:
            return self._rows.get(field.related_model, {}).get(value, OUT_OF_SIGHT)
        if field is not None and field.flatchoices:
            return str(dict(field.flatchoices).get(value, value))
        return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return str(localize(timezone.localtime(value)))
    if isinstance(value, date):
        return str(localize(value))
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    return str(value)


def _visible(model: Any, keys: set[Any], request: HttpRequest, admin_site: Any) -> dict[Any, str]:
    """Names of rows by key, of those that the viewer may see."""
    if not admin_site.is_registered(model):
        return {}
    related = admin_site.get_model_admin(model)
    if not related.has_view_permission(request):
        return {}
    rows = related.with_labels(request, related.get_queryset(request)).filter(pk__in=keys)
    return {row.pk: related.autocomplete_label(row) for row in rows}
