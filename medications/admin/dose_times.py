"""The form's fields for the times of the day and the days of the week on which doses are due."""

import datetime
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from core.admin.forms import LinesField
from medications.models.student_medication import SCHOOL_DAYS

_FORMATS = ["%H:%M", "%I:%M %p", "%I:%M%p", "%I %p", "%I%p", "%H:%M:%S"]
_DAYS = [
    (1, "Monday"),
    (2, "Tuesday"),
    (3, "Wednesday"),
    (4, "Thursday"),
    (5, "Friday"),
    (6, "Saturday"),
    (7, "Sunday"),
]


class DoseTimesField(LinesField):
    """Times of the day, one per line: "11:30" or "8:05 am". They are sorted, and each counts once."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return "\n".join(f"{time:%H:%M}" if isinstance(time, datetime.time) else str(time) for time in value)
        return value

    def clean(self, value: Any) -> Any:
        return sorted(set(super().clean(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return sorted(set(self.to_python(data))) != sorted(initial or [])
        except forms.ValidationError:
            return True


def dose_times_field() -> DoseTimesField:
    """The field for the times."""
    return DoseTimesField(
        forms.TimeField(
            input_formats=_FORMATS, error_messages={"invalid": "This is no time: write it like 11:30 or 8:05 am."}
        ),
        label="Times of the doses",
        required=False,
        initial=list,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="One per line, like 11:30 or 8:05 am. Leave it empty for a medication given as needed.",
    )


def dose_days_field() -> forms.TypedMultipleChoiceField:
    """The field for the days."""
    return forms.TypedMultipleChoiceField(
        label="Days of the doses",
        coerce=int,
        choices=_DAYS,
        initial=list(SCHOOL_DAYS),
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        error_messages={"required": "Choose the days of the week on which the doses are due, at least one."},
    )
