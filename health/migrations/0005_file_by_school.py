"""The guard: every record lies with its student's school, by which row security finds it.

Lock: each table against all others, for the moment in which an empty column is added. Undone by dropping the columns.
"""

from django.db import migrations

from core.database.operations import SCHOOL_OF_RECORD, FileRecords, Together


class Migration(migrations.Migration):
    dependencies = [("core", "0004_file_by_school"), ("health", "0004_performance_indexes")]

    operations = [
        Together(
            [
                migrations.AddField("HealthRecord", *SCHOOL_OF_RECORD),
                migrations.AddField("Allergy", *SCHOOL_OF_RECORD),
                migrations.AddField("ChronicCondition", *SCHOOL_OF_RECORD),
                migrations.AddField("Appointment", *SCHOOL_OF_RECORD),
                migrations.AddField("Vaccination", *SCHOOL_OF_RECORD),
                migrations.AddField("Screening", *SCHOOL_OF_RECORD),
                migrations.AddField("GrowthMeasurement", *SCHOOL_OF_RECORD),
                migrations.AddField("VitalSigns", *SCHOOL_OF_RECORD),
            ],
        ),
        FileRecords(
            [
                "health_records",
                "allergies",
                "chronic_conditions",
                "appointments",
                "vaccinations",
                "screenings",
                "growth_measurements",
                "vital_signs",
            ]
        ),
    ]
