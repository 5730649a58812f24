"""The settings that the student's chart reads."""

from configuration.declaring import Setting, declare
from configuration.models import ConfigCategory, ConfigScope, ConfigValueType

_OF_SCHOOLS = (ConfigScope.DISTRICT, ConfigScope.SCHOOL)

VACCINE_DUE_DAYS = declare(
    Setting(
        "vaccination.due_soon_days",
        ConfigValueType.NUMBER,
        "30",
        ConfigCategory.HEALTHCARE,
        "Follow-up",
        name="Vaccine counts as due",
        help_text="So many days before the next dose the chart shows the vaccine as due, to tell the family.",
        minimum=0,
        maximum=365,
        whole=True,
        unit="days",
        scopes=_OF_SCHOOLS,
        tags=("expiry", "vaccines"),
    )
)
REVIEW_AHEAD_DAYS = declare(
    Setting(
        "follow_up.review_ahead_days",
        ConfigValueType.NUMBER,
        "30",
        ConfigCategory.HEALTHCARE,
        "Follow-up",
        name="Plan a review ahead",
        help_text="So many days before it is due the chart lists the review of a condition's plan among what is to do.",
        minimum=0,
        maximum=365,
        whole=True,
        unit="days",
        scopes=_OF_SCHOOLS,
        tags=("conditions",),
    )
)
