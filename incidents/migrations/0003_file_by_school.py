"""The guard: every record lies with its student's school, by which row security finds it.

Lock: each table against all others, for the moment in which an empty column is added. Undone by dropping the columns.
"""

from django.db import migrations

from core.database.operations import SCHOOL_OF_RECORD, FileRecords, Together


class Migration(migrations.Migration):
    dependencies = [("core", "0004_file_by_school"), ("incidents", "0002_performance_indexes")]

    operations = [
        Together(
            [
                migrations.AddField("IncidentReport", *SCHOOL_OF_RECORD),
                migrations.AddField("EmergencyContact", *SCHOOL_OF_RECORD),
            ],
        ),
        FileRecords(["incident_reports", "emergency_contacts"]),
    ]
