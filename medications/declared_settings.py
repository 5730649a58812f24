"""The settings that medications read."""

from configuration.declaring import Setting, declare
from configuration.models import ConfigCategory, ConfigScope, ConfigValueType

_OF_SCHOOLS = (ConfigScope.DISTRICT, ConfigScope.SCHOOL)

DUE_BEFORE = declare(
    Setting(
        "medication.dose_minutes_before",
        ConfigValueType.NUMBER,
        "30",
        ConfigCategory.MEDICATION,
        "Doses",
        name="A dose may be given early by",
        help_text="So long before its time a dose counts as due and may be given. Most districts allow half an hour.",
        minimum=0,
        maximum=240,
        whole=True,
        unit="minutes",
        scopes=_OF_SCHOOLS,
        tags=("doses",),
    )
)
DUE_AFTER = declare(
    Setting(
        "medication.dose_minutes_after",
        ConfigValueType.NUMBER,
        "60",
        ConfigCategory.MEDICATION,
        "Doses",
        name="A dose may be given late by",
        help_text="So long after its time a dose still counts as due. Later it is missed, and the nurse asks first.",
        minimum=0,
        maximum=480,
        whole=True,
        unit="minutes",
        scopes=_OF_SCHOOLS,
        tags=("doses",),
    )
)
