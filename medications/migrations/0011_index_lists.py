"""What the lists of administrators are sorted by.

Lock: none that blocks readers or writers. Undone by dropping the indexes concurrently, and building the
one that is not needed any more.
"""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from core.database.operations import AnalyzeTables, BuildIndexes, DropIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("medications", "0010_index_doses")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="MedicationLog",
                    indexes=[
                        models.Index(Coalesce("time_given", "scheduled_for").desc(), name="idx_medication_logs_time")
                    ],
                ),
                BuildIndexes(
                    model_name="StudentMedication",
                    indexes=[
                        models.Index(
                            models.F("is_active").desc(), models.F("start_date").desc(), name="idx_student_meds_latest"
                        )
                    ],
                ),
            ],
        ),
        # The new one begins with it.
        DropIndexes("StudentMedication", ["idx_student_meds_active"]),
        AnalyzeTables(["medication_logs", "student_medications"]),
    ]
