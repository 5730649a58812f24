"""How long what incidents tell of is kept."""

from configuration.retention import retention_of

RETENTION = (
    retention_of(
        "incident_reports",
        "Incident reports",
        "The evidence if a claim is brought. For a minor the time to bring one usually begins with the 18th birthday: "
        "many districts keep reports until the student is 21 or older.",
    ),
    retention_of(
        "emergency_contacts",
        "Emergency contacts",
        "Of use while the student is enrolled; kept as long as what was done by calling them may be asked about.",
    ),
)
