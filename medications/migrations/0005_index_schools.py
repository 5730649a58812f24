"""The guard: indexes by school, which lists under row security begin with.

Lock: none that blocks readers or writers. Undone by dropping the indexes concurrently.
"""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from core.database.operations import AnalyzeTables, BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("medications", "0004_file_old_records")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="StudentMedication",
                    indexes=[
                        models.Index(
                            models.F("school"),
                            models.F("is_active").desc(),
                            models.F("start_date").desc(),
                            name="idx_student_meds_school",
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="MedicationLog",
                    indexes=[
                        models.Index(
                            models.F("school"),
                            Coalesce("time_given", "scheduled_for").desc(),
                            name="idx_medication_logs_school",
                        ),
                        models.Index(
                            models.F("student"),
                            Coalesce("time_given", "scheduled_for").desc(),
                            name="idx_medication_logs_student",
                        ),
                    ],
                ),
            ],
        ),
        AnalyzeTables(["student_medications", "medication_logs"]),
    ]
