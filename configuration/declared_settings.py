"""The settings that `core` reads, which depends on no other app: it asks for them in SQL (`core.purging`)."""

from configuration.retention import retention_of

RETENTION = (
    retention_of(
        "students",
        "Students",
        "The register of who was enrolled, which most states want kept for good or for decades. A student goes last: "
        "after everything that is about the student.",
    ),
    retention_of(
        "contacts",
        "Contacts",
        "Of use while the student is enrolled; a record of who had custody or consented may be asked for later.",
    ),
)
