"""What the admin asks before it acts on rows."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

REASON_LENGTH = 500
MISTAKES = ("Entered twice", "Wrong student", "Entered by mistake", "No longer needed")


class Questions(forms.Form):
    """Questions on the page between a button and what it does."""

    suggestions: dict[str, tuple[str, ...]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in self.suggestions.items():
            self.fields[name].widget.attrs |= {"list": f"suggestions_{name}", "autocomplete": "off"}
            self.fields[name].widget.attrs.setdefault("data-suggestions", len(words))


def text(label: str, *, required: bool = True, help_text: str = "", length: int = REASON_LENGTH) -> forms.CharField:
    """A short text."""
    return forms.CharField(
        label=label, required=required, help_text=help_text, max_length=length, widget=UnfoldAdminTextInputWidget
    )


def long_text(label: str, *, required: bool = True, help_text: str = "") -> forms.CharField:
    """A text of a few lines."""
    widget = UnfoldAdminTextareaWidget({"rows": 3})
    return forms.CharField(label=label, required=required, help_text=help_text, widget=widget)


def choice(label: str, choices: Any, initial: str) -> forms.ChoiceField:
    """One of a few."""
    return forms.ChoiceField(label=label, choices=choices, initial=initial, widget=UnfoldAdminSelectWidget)


def day(label: str, *, initial: Any = None, required: bool = True, help_text: str = "") -> forms.DateField:
    """A date."""
    return forms.DateField(
        label=label, initial=initial, required=required, help_text=help_text, widget=UnfoldAdminSingleDateWidget
    )


def number(label: str, *, least: int, greatest: int, help_text: str = "") -> forms.IntegerField:
    """A whole number."""
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=greatest,
        help_text=help_text,
        widget=UnfoldAdminIntegerFieldWidget({"inputmode": "numeric"}),
    )


class WhyDelete(Questions):
    """A deletion says why; the audit log keeps it."""

    suggestions = {"reason": MISTAKES}
    reason = text("Why is it deleted?", help_text="It is kept with the history of the record.")


class WhyRestore(Questions):
    reason = text("Why is it restored?", required=False, help_text="If there is something to say.")
