"""A form that was open while somebody else changed the row: nothing that either of them typed is lost silently.

A form carries a signed mark of each value that it showed when it was opened. When it comes back, a value that differs
from its mark was typed; a value of the row that differs was changed by somebody else. So three cases are told apart for
each field, and only what both have changed is a matter to decide.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core import signing
from django.forms import BaseForm, BoundField, MultiWidget
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format

MARK = "_opened"
_SALT = "core.admin.meanwhile"
_SHORT = 80


@dataclass
class Meanwhile:
    """What somebody else has changed of the row since the form was opened, and what to tell of it."""

    who: str
    when: datetime
    marks: dict[str, str]
    conflicts: dict[str, str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)

    def merge(self, form: Any) -> None:
        """Take over what only the other person has changed, and note what both have. `form` is bound."""
        self.conflicts, self.taken = {}, []
        data = form.data.copy()
        for name in form.fields:
            bound = form[name]
            now, typed, mark = _shown(bound), _posted(bound), self.marks.get(name)
            if _mark(name, now) == mark or now == typed:
                continue  # the other person left it alone, or wrote the same
            if _mark(name, typed) == mark:
                self.taken.append(f"{bound.label} (was “{_short(typed)}”)")
                _post(data, bound)
            else:
                self.conflicts[name] = _in_words(bound)
        form.data = data

    @property
    def is_told(self) -> bool:
        """Whether there is anything to say: a change of what this form does not ask hinders nobody."""
        return bool(self.conflicts or self.taken)

    def tell(self, form: BaseForm) -> None:
        """Say it, beside the fields and above them."""
        if not self.is_told:
            return
        moment = timezone.localtime(self.when)
        taken = f" Taken over from there: {', '.join(self.taken)}." if self.taken else ""
        both = " What both of you changed is marked below." if self.conflicts else ""
        form.add_error(
            None,
            f"{self.who} changed this record on {date_format(moment, 'M j')} at {date_format(moment, 'H:i')}, after "
            f"you had opened it. Nothing was saved yet.{taken}{both} Look it over and save again.",
        )
        for name, now in self.conflicts.items():
            form.add_error(name, f"{self.who} changed this to “{now}”. You see yours: save again to keep it.")


def sign(form: BaseForm) -> str:
    """The marks of what a form of a row shows, for a hidden field."""
    return signing.dumps({name: _mark(name, _shown(form[name])) for name in form.fields}, salt=_SALT)


def marks_in(text: str) -> dict[str, str]:
    """The marks in a hidden field; none if it was not signed here, so that every difference counts as both's."""
    try:
        marks: dict[str, str] = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        return {}
    return marks


def _mark(name: str, value: Any) -> str:
    return salted_hmac(f"{_SALT}.{name}", json.dumps(value), algorithm="sha256").hexdigest()[:16]


def _shown(bound: BoundField) -> Any:
    """What the browser would post if nobody touched the field."""
    widget = bound.field.widget
    value = bound.field.prepare_value(bound.initial)
    if isinstance(widget, MultiWidget):
        parts = zip(widget.widgets, widget.decompress(value) or [], strict=True)
        return [_plain(part.format_value(piece)) for part, piece in parts]
    if getattr(widget, "allow_multiple_selected", False):
        return sorted(map(str, value or ()))
    if getattr(widget, "input_type", "") == "checkbox":
        return bool(value)
    inner: Any = getattr(widget, "widget", widget)  # a reference has a wrapper with links to add and change it
    return _plain(inner.format_value(value))


def _posted(bound: BoundField) -> Any:
    value = bound.data
    if getattr(bound.field.widget, "allow_multiple_selected", False):
        return sorted(map(str, value or ()))
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if isinstance(value, bool) else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):  # a select shows a list of one
        value = value[0] if value else None
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def _post(data: Any, bound: BoundField) -> None:
    """Put what the row has now into the posted data, as if it had been typed."""
    value = _shown(bound)
    widget = bound.field.widget
    if isinstance(value, list) and not isinstance(widget, MultiWidget):
        data.setlist(bound.html_name, value)
    elif isinstance(value, list):
        for suffix, part in zip(widget.widgets_names, value, strict=True):
            data[bound.html_name + suffix] = part
    elif isinstance(value, bool):
        data.pop(bound.html_name, None)
        if value:
            data[bound.html_name] = "on"
    else:
        data[bound.html_name] = value


def _in_words(bound: BoundField) -> str:
    """The value of the row as one reads it, shortened."""
    value = bound.initial
    field: Any = bound.field
    queryset = getattr(field, "queryset", None)
    if queryset is not None:
        row = queryset.filter(pk=value).first() if value else None
        text = field.label_from_instance(row) if row is not None else ""
    elif getattr(field, "choices", None):
        text = str(dict(field.choices).get(value, value or ""))
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        shown = _shown(bound)
        text = " ".join(shown) if isinstance(shown, list) else str(shown)
    return _short(text)


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join((" ".join(value) if isinstance(value, list) else str(value)).split())
    return (text if len(text) <= _SHORT else text[: _SHORT - 1] + "…") or "nothing"
