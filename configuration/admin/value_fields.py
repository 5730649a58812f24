"""How a value is asked for, by its type, and how it reads."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminColorInputWidget,
    UnfoldAdminDateWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanSwitchWidget,
)

from configuration.declaring import Setting
from configuration.models import ConfigCategory, ConfigValueType, SystemConfiguration
from configuration.values import MOST_CHARACTERS
from core.admin.forms import LinesField
from core.admin.widgets import NumberWithUnit, ShortTime


def setting_of(row: SystemConfiguration) -> Setting:
    """What a row says of its setting: what the code declared when `migrate` last ran."""
    rules = row.validation_rules if isinstance(row.validation_rules, dict) else {}
    return Setting(
        key=row.key,
        value_type=ConfigValueType(row.value_type),
        default=row.default_value,
        category=ConfigCategory(row.category),
        sub_category=row.sub_category or "",
        name=row.display_name or row.key,
        help_text=row.description or "",
        minimum=row.min_value,
        maximum=row.max_value,
        choices=tuple(row.valid_values),
        pattern=rules.get("pattern", ""),
        scopes=tuple(rules.get("scopes", ())),
        is_public=row.is_public,
        is_editable=row.is_editable,
        requires_restart=row.requires_restart,
        tags=tuple(row.tags),
        whole=rules.get("whole", False),
        unit=rules.get("unit", ""),
    )


def value_field(setting: Setting) -> forms.Field:
    """The field of a form that asks for a value of this setting. Its cleaned value is typed; None is not set."""
    field = _FIELDS.get(setting.value_type, _text)(setting)
    field.label = "Value"
    # Nothing is an answer where the setting may be not set; a box without a tick is one as well.
    field.required = setting.default is not None and not isinstance(field, forms.BooleanField)
    field.help_text = f"It should be {setting.right}."
    return field


def initial_of(setting: Setting, text: str) -> Any:
    """What the field shows of a value: the text itself if it is no longer allowed."""
    try:
        value = setting.parse(text)
    except ValueError:
        return text
    return timezone.localtime(value) if setting.value_type == ConfigValueType.DATETIME and value else value


def in_words(setting: Setting, text: str | None) -> str:
    """A value as one reads it: "30 minutes", "yes", "VISION, HEARING"."""
    if text is None:
        return "nothing set"
    try:
        value = setting.parse(text)
    except ValueError:
        return text
    if value in (None, "", []):
        words = "nothing set" if setting.default is None else "nothing"
    elif isinstance(value, bool):
        words = "yes" if value else "no"
    elif setting.value_type == ConfigValueType.NUMBER:
        words = f"{text} {setting.unit}".strip()
    elif setting.value_type == ConfigValueType.ARRAY:
        words = ", ".join(value)
    elif setting.value_type == ConfigValueType.DATE:
        words = date_format(value, "DATE_FORMAT")
    elif setting.value_type == ConfigValueType.DATETIME:
        words = date_format(timezone.localtime(value), "DATETIME_FORMAT")
    else:
        words = text
    return words


def _number(setting: Setting) -> forms.Field:
    attrs: dict[str, Any] = {"step": "1" if setting.whole else "any"}
    if setting.minimum is not None:
        attrs["min"] = f"{Decimal(setting.minimum).normalize():f}"
    if setting.maximum is not None:
        attrs["max"] = f"{Decimal(setting.maximum).normalize():f}"
    return _PlainNumber(max_digits=20, decimal_places=6, widget=NumberWithUnit(setting.unit, attrs))


class _PlainNumber(forms.DecimalField):
    """A number without the zeros that the column of its bounds would add."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _boolean(_: Setting) -> forms.Field:
    return forms.BooleanField(widget=UnfoldBooleanSwitchWidget)


def _json(_: Setting) -> forms.Field:
    return forms.JSONField(widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "spellcheck": "false"}))


def _array(setting: Setting) -> forms.Field:
    if setting.choices:
        choices = [(choice, choice) for choice in setting.choices]
        return forms.MultipleChoiceField(choices=choices, widget=UnfoldAdminCheckboxSelectMultipleWidget)
    return LinesField(forms.CharField(), widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}))


def _choice(setting: Setting) -> forms.Field:
    blank = [("", "Nothing set")] if setting.default is None else []
    choices = [*blank, *((choice, choice) for choice in setting.choices)]
    return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget)


def _text(setting: Setting) -> forms.Field:
    if setting.choices:
        return _choice(setting)
    return forms.CharField(max_length=MOST_CHARACTERS, strip=False, widget=UnfoldAdminTextInputWidget)


_FIELDS: dict[ConfigValueType, Callable[[Setting], forms.Field]] = {
    ConfigValueType.NUMBER: _number,
    ConfigValueType.BOOLEAN: _boolean,
    ConfigValueType.JSON: _json,
    ConfigValueType.ARRAY: _array,
    ConfigValueType.DATE: lambda _: forms.DateField(widget=UnfoldAdminDateWidget),
    ConfigValueType.TIME: lambda _: forms.TimeField(widget=ShortTime),
    ConfigValueType.DATETIME: lambda _: forms.SplitDateTimeField(widget=UnfoldAdminSplitDateTimeWidget),
    ConfigValueType.EMAIL: lambda _: forms.CharField(widget=UnfoldAdminEmailInputWidget),
    ConfigValueType.URL: lambda _: forms.CharField(widget=UnfoldAdminURLInputWidget),
    ConfigValueType.COLOR: lambda _: forms.CharField(widget=UnfoldAdminColorInputWidget(attrs={"type": "color"})),
    ConfigValueType.ENUM: _choice,
}
