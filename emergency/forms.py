"""What a nurse is asked for before she sees a student of another school."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from emergency.access import FEWEST_LETTERS, LONGEST_REASON

_NO_MEMORY = {"autocomplete": "off", "spellcheck": "false"}


class FindForm(forms.Form):
    """Whom: by the number, or by last name and date of birth, both exactly."""

    number = forms.CharField(
        label="Student number",
        required=False,
        max_length=50,
        widget=UnfoldAdminTextInputWidget(attrs=_NO_MEMORY | {"autofocus": True}),
    )
    last_name = forms.CharField(
        label="Last name", required=False, max_length=100, widget=UnfoldAdminTextInputWidget(attrs=_NO_MEMORY)
    )
    date_of_birth = forms.DateField(
        label="Date of birth",
        required=False,
        widget=UnfoldAdminSingleDateWidget(attrs=_NO_MEMORY),
        help_text="Month/day/year, such as 4/10/2012.",
        error_messages={"invalid": "Write the date of birth as month/day/year, such as 4/10/2012."},
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        is_enough = cleaned.get("number") or (cleaned.get("last_name") and cleaned.get("date_of_birth"))
        if not self.errors and not is_enough:
            raise ValidationError("Give the student number, or the last name and the date of birth.")
        return cleaned


class OpenForm(forms.Form):
    """Why. The student is the one who was chosen from those found."""

    student = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Why do you need to see this student?",
        min_length=FEWEST_LETTERS,
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "minlength": FEWEST_LETTERS}),
        help_text="The district reads it. For example: “Collapsed at the swim meet, mother on her way.”",
    )
