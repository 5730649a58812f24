"""The guard: indexes by school, which lists under row security begin with.

Lock: none that blocks readers or writers. Undone by dropping the indexes concurrently.
"""

from django.db import migrations, models

from core.database.operations import AnalyzeTables, BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0004_file_old_records")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="IncidentReport",
                    indexes=[
                        models.Index(models.F("school"), models.F("occurred_at").desc(), name="idx_incidents_school"),
                    ],
                ),
                BuildIndexes(
                    model_name="EmergencyContact",
                    indexes=[
                        models.Index(fields=["school", "priority"], name="idx_emergency_school"),
                    ],
                ),
            ],
        ),
        AnalyzeTables(["incident_reports", "emergency_contacts"]),
    ]
