"""The history of a row in words, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format, localize

from audit.history import Event, Version, history_of

# Who and when stand in each sentence; the rest is how a deletion is kept.
_UNTOLD = {"created_at", "created_by", "updated_at", "updated_by", "deleted_at", "deletion_id", "known_to"}
NOTHING = "nothing"
OUT_OF_SIGHT = "(not visible to you)"
# Where a change came from, as people call it; what is not here is the name of a command.
_PLACES = {"web": "in the admin"}
_VERBS = {
    Event.CREATED: "made this {name}",
    Event.DELETED: "deleted this {name}",
    Event.RESTORED: "restored this {name}",
    Event.ERASED: "erased this {name} for good",
    Event.CHANGED: "changed this {name}",
}


@dataclass(frozen=True)
class Change:
    """One column of a version: what it is called, and what it was and became, in words."""

    label: str
    old: str
    new: str

    @property
    def was_blank(self) -> bool:
        return self.old == NOTHING

    @property
    def is_blank(self) -> bool:
        return self.new == NOTHING

    def __str__(self) -> str:
        if self.was_blank:
            return f"{self.label} to {self.new}"
        return f"{self.label} from {self.old} to {self.new}"


@dataclass(frozen=True)
class Line:
    """One version of a row, as a sentence."""

    when: datetime
    who: str
    what: str
    at: str
    reason: str
    changes: Sequence[Change]

    def __str__(self) -> str:
        return f"{self.who} {self.what}, {self.at}"


def history_lines(row: models.Model, request: HttpRequest, admin_site: Any) -> list[Line]:
    """What happened to a row, latest first. One query for each table that the changed columns refer to, beside two."""
    versions = history_of(row)
    names = _Names(type(row), versions, request, admin_site)
    lines = [_line(version, names) for version in reversed(versions)]
    # A row that was touched without a change that is told (it moved along with its student) makes no sentence.
    return [line for line in lines if line is not None]


def _line(version: Version, names: "_Names") -> Line | None:
    changes = [
        Change(names.label(name), names.text(name, old), names.text(name, new))
        for name, (old, new) in version.changes.items()
        if name not in _UNTOLD
    ]
    if version.event == Event.CHANGED:
        if not changes:
            return None
        what = f"changed {changes[0]}" if len(changes) == 1 else f"changed {len(changes)} things"
    else:
        what = _VERBS[version.event].format(name=names.row)
    return Line(
        when=version.when,
        who=_who(version),
        what=what,
        at=_at(version),
        reason=version.reason or "",
        changes=changes if len(changes) > 1 or version.event != Event.CHANGED else [],
    )


def _at(version: Version) -> str:
    """ "on Nov 22 at 10:05 in the admin", with the year if it is not this one."""
    moment = timezone.localtime(version.when)
    is_this_year = moment.year == timezone.localtime().year
    day = date_format(moment, "M j" if is_this_year else "M j, Y")
    place = _PLACES.get(version.source or "", f"by {version.source}" if version.source else "")
    return f"on {day} at {date_format(moment, 'H:i')} {place}".strip()


def _who(version: Version) -> str:
    if version.who is not None:
        return str(version.who)
    return "A user not visible to you" if version.who_id else "The system"


class _Names:
    """The words for columns and values of one model: labels of choices, names of the rows that the viewer may see."""

    def __init__(
        self, model: type[models.Model], versions: Sequence[Version], request: HttpRequest, admin_site: Any
    ) -> None:
        self.row = str(model._meta.verbose_name)
        self._fields: dict[str, Any] = {field.name: field for field in model._meta.concrete_fields}
        self._admin = admin_site.get_model_admin(model) if admin_site.is_registered(model) else None
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
        """What the form calls the column, as in the middle of a sentence."""
        field = self._fields.get(name)
        own = self._admin.label_of(name) if self._admin is not None else None
        label = own or (str(field.verbose_name) if field else name.replace("_", " "))
        is_word = label[:2].istitle() or label[:1].islower()
        return f"“{label}”" if own and " " in label else (label[:1].lower() + label[1:] if is_word else label)

    def text(self, name: str, value: Any) -> str:
        """The value as the form shows it."""
        field = self._fields.get(name)
        if value is None or value in ("", [], {}):
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
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    return f"“{value}”" if isinstance(value, str) else str(value)


def _visible(model: Any, keys: set[Any], request: HttpRequest, admin_site: Any) -> dict[Any, str]:
    """Names of rows by key, of those that the viewer may see."""
    if not admin_site.is_registered(model):
        return {}
    related = admin_site.get_model_admin(model)
    if not related.has_view_permission(request):
        return {}
    rows = related.with_labels(request, related.get_queryset(request)).filter(pk__in=keys)
    return {row.pk: related.autocomplete_label(row) for row in rows}
