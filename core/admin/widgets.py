"""Widgets that Unfold has not."""

import datetime
from typing import Any

from django import forms
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTimeWidget


class NumberWithUnit(forms.NumberInput):
    """A box for a number, with its unit beside it, which a screen reader says as well."""

    template_name = "core/widgets/number_with_unit.html"

    def __init__(self, unit: str = "", attrs: dict[str, Any] | None = None) -> None:
        self.unit = unit
        super().__init__({"class": " ".join(INPUT_CLASSES), **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        widget = context["widget"]
        widget["unit"] = self.unit
        if self.unit and (key := widget["attrs"].get("id")):
            widget["unit_id"] = f"{key}_unit"
            described = widget["attrs"].get("aria-describedby", "")
            widget["attrs"]["aria-describedby"] = f"{widget['unit_id']} {described}".strip()
        return context


class ShortTime(UnfoldAdminTimeWidget):
    """A time of day without its seconds, unless it has some."""

    def format_value(self, value: Any) -> Any:
        if isinstance(value, datetime.time) and not value.second:
            return value.strftime("%H:%M")
        return super().format_value(value)


class FixedRow(forms.Widget):
    """A row that the address has settled: its name as a line, its key along with the form."""

    template_name = "core/widgets/fixed_row.html"

    def __init__(self, label: str, url: str = "") -> None:
        self.label, self.url = label, url
        super().__init__()

    def format_value(self, value: Any) -> str | None:
        return None if value is None else str(getattr(value, "pk", value))

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"] |= {"label": self.label, "url": self.url}
        return context

    def id_for_label(self, id_: str, index: str = "0") -> str:
        return ""  # there is nothing to click into
