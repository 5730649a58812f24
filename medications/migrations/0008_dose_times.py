"""When the doses of an order are due: times of the day, and days of the week.

Lock: student_medications against all others, for a moment; no row is written or read. Undone by dropping the columns.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import Q

import medications.models.student_medication
from core.database.operations import AddChecksNotValid, Together


class Migration(migrations.Migration):
    dependencies = [("medications", "0007_row_security")]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="studentmedication",
                    name="dose_times",
                    field=ArrayField(
                        base_field=models.TimeField(),
                        blank=True,
                        db_comment="PHI: times of the day, the schools' own, at which a dose is due; "
                        "none for one given as needed",
                        db_default=[],
                        default=list,
                    ),
                ),
                migrations.AddField(
                    model_name="studentmedication",
                    name="dose_days",
                    field=ArrayField(
                        base_field=models.SmallIntegerField(),
                        blank=True,
                        db_comment="PHI: days of the week on which the doses are due, 1 (Monday) to 7 (Sunday)",
                        db_default=[1, 2, 3, 4, 5],
                        default=medications.models.student_medication.school_days,
                    ),
                ),
                AddChecksNotValid(
                    "studentmedication",
                    [
                        models.CheckConstraint(
                            condition=Q(dose_times__len__lte=12),
                            name="student_medications_dose_times",
                            violation_error_message="There cannot be more than 12 doses in a day.",
                        ),
                        models.CheckConstraint(
                            condition=Q(dose_days__contained_by=[1, 2, 3, 4, 5, 6, 7], dose_days__len__range=(1, 7)),
                            name="student_medications_dose_days",
                            violation_error_message="Choose the days of the week on which the doses are due, "
                            "at least one.",
                        ),
                    ],
                ),
            ]
        ),
    ]
