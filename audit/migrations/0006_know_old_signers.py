"""The guard: tell districts who is named in the records that were there before. Can be killed and run again.

Lock: users that a district does not know yet, against writing, until the statement of a table ends. Reads each table
once; moves `updated_at` of those users. Nothing to undo.
"""

from django.db import migrations

from core.database.operations import KnowOldSigners


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0005_signers_are_known")]

    operations = [
        KnowOldSigners(
            [
                "students",
                "contacts",
                "legal_holds",
                "health_records",
                "allergies",
                "chronic_conditions",
                "appointments",
                "vaccinations",
                "screenings",
                "growth_measurements",
                "vital_signs",
                "student_medications",
                "medication_logs",
                "incident_reports",
                "emergency_contacts",
            ]
        )
    ]
