"""What the lists of administrators are sorted by.

Lock: none that blocks readers or writers. Undone by dropping the indexes concurrently, and building the
one that is not needed any more.
"""

from django.db import migrations, models

from core.database.operations import AnalyzeTables, BuildIndexes, DropIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("health", "0009_row_security")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="Allergy",
                    indexes=[
                        models.Index(models.F("severity").desc(), models.F("id").desc(), name="idx_allergies_worst")
                    ],
                ),
                BuildIndexes(
                    model_name="ChronicCondition",
                    indexes=[
                        models.Index(models.F("severity").desc(), models.F("id").desc(), name="idx_conditions_worst")
                    ],
                ),
                BuildIndexes(
                    model_name="Appointment",
                    indexes=[models.Index(fields=["scheduled_at"], name="idx_appointments_scheduled")],
                ),
                BuildIndexes(
                    model_name="Vaccination",
                    indexes=[
                        models.Index(
                            models.F("administration_date").desc(nulls_last=True), name="idx_vaccinations_given"
                        )
                    ],
                ),
                BuildIndexes(
                    model_name="Screening",
                    indexes=[models.Index(fields=["screening_date"], name="idx_screenings_date")],
                ),
            ],
        ),
        # The new one begins with it.
        DropIndexes("Allergy", ["idx_allergies_severity"]),
        AnalyzeTables(["allergies", "chronic_conditions", "appointments", "vaccinations", "screenings"]),
    ]
