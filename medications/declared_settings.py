"""The settings that medications read."""

from configuration.declaring import Setting, declare
from configuration.models import ConfigCategory, ConfigScope, ConfigValueType
from configuration.retention import retention_of

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
EXPIRING_DAYS = declare(
    Setting(
        "expiry.medication_days",
        ConfigValueType.NUMBER,
        "30",
        ConfigCategory.MEDICATION,
        "Expiry",
        name="Warn before a medication expires",
        help_text=(
            "From so many days before its last day a medication in stock is shown as expiring soon: on the home page "
            "and in the list of medications. Time enough to order anew."
        ),
        minimum=1,
        maximum=365,
        whole=True,
        unit="days",
        tags=("expiry",),
    )
)

RETENTION = (
    retention_of(
        "student_medications",
        "Orders for students",
        "The order and the consent of the parent are what allowed each dose; the state's rules on medication in "
        "schools say how long they are kept. Keep them at least as long as the medication log.",
    ),
    retention_of(
        "medication_logs",
        "Medication log",
        "The state's rules on medication in schools say how long. Of controlled substances a registrant keeps records "
        "for two years at least (21 CFR 1304.04).",
    ),
)
