"""The settings that health records read, and how long they are kept."""

from configuration.declaring import Setting, declare
from configuration.models import ConfigCategory, ConfigValueType
from configuration.retention import retention_of

EPI_PEN_DAYS = declare(
    Setting(
        "expiry.epi_pen_days",
        ConfigValueType.NUMBER,
        "30",
        ConfigCategory.HEALTHCARE,
        "Expiry",
        name="Warn before an EpiPen expires",
        help_text=(
            "From so many days before its last day an EpiPen is shown as expiring soon: on the home page, in the list "
            "of allergies and on the student's chart. A family needs weeks for a new prescription."
        ),
        minimum=1,
        maximum=365,
        whole=True,
        unit="days",
        tags=("expiry",),
    )
)

_VISITS = (
    "FERPA sets no period for what a school nurse writes down; the retention schedule of the state for pupil health "
    "records does. HIPAA sets none either. Nothing may be destroyed while a request to see it is open "
    "(34 CFR 99.10(e))."
)
_PLANS = (
    "Belongs to the health record that the state's retention schedule speaks of. A claim for harm can be brought until "
    "some years after a child comes of age: ask counsel before a shorter period is set."
)
RETENTION = (
    retention_of("health_records", "Health records", _VISITS),
    retention_of("allergies", "Allergies", _PLANS),
    retention_of("chronic_conditions", "Chronic conditions", _PLANS),
    retention_of("appointments", "Appointments", _VISITS),
    retention_of(
        "vaccinations",
        "Vaccinations",
        "The immunization law of the state says how long a school keeps the certificate; many families ask for it long "
        "after graduation, and many states want it kept for good.",
    ),
    retention_of("screenings", "Screenings", _VISITS),
    retention_of("growth_measurements", "Growth measurements", _VISITS),
    retention_of("vital_signs", "Vital signs", _VISITS),
)
