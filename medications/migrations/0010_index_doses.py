"""The index by which the doses of a day are found; and the old orders checked by the rules on the times of doses.

Lock: none that blocks reading or writing. Undone by dropping the index concurrently.
"""

from django.db import migrations, models
from django.db.models import Q

from core.database.operations import BuildIndexes, ValidateChecks


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("medications", "0008_dose_times")]

    operations = [
        ValidateChecks("student_medications", ["student_medications_dose_times", "student_medications_dose_days"]),
        BuildIndexes(
            "medicationlog",
            [
                models.Index(
                    fields=["school", "scheduled_for"],
                    name="idx_medication_logs_due",
                    condition=Q(deleted_at=None, scheduled_for__isnull=False),
                )
            ],
        ),
    ]
