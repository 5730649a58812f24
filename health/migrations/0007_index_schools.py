"""The guard: indexes by school, which lists under row security begin with.

Lock: none that blocks readers or writers. Undone by dropping the indexes concurrently.
"""

from django.db import migrations, models

from core.database.operations import AnalyzeTables, BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("health", "0006_file_old_records")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="HealthRecord",
                    indexes=[
                        models.Index(models.F("record_date").desc(), name="idx_health_records_date"),
                        models.Index(
                            models.F("school"), models.F("record_date").desc(), name="idx_health_records_school"
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="Allergy",
                    indexes=[
                        models.Index(models.F("school"), models.F("severity").desc(), name="idx_allergies_school"),
                    ],
                ),
                BuildIndexes(
                    model_name="ChronicCondition",
                    indexes=[
                        models.Index(models.F("school"), models.F("severity").desc(), name="idx_conditions_school"),
                    ],
                ),
                BuildIndexes(
                    model_name="Appointment",
                    indexes=[
                        models.Index(
                            models.F("school"), models.F("scheduled_at").desc(), name="idx_appointments_school"
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="Vaccination",
                    indexes=[
                        models.Index(
                            models.F("school"),
                            models.F("administration_date").desc(nulls_last=True),
                            name="idx_vaccinations_school",
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="Screening",
                    indexes=[
                        models.Index(
                            models.F("school"), models.F("screening_date").desc(), name="idx_screenings_school"
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="GrowthMeasurement",
                    indexes=[
                        models.Index(models.F("school"), models.F("measurement_date").desc(), name="idx_growth_school"),
                    ],
                ),
                BuildIndexes(
                    model_name="VitalSigns",
                    indexes=[
                        models.Index(
                            models.F("school"), models.F("measurement_date").desc(), name="idx_vital_signs_school"
                        ),
                    ],
                ),
            ],
        ),
        AnalyzeTables(
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
