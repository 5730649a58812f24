"""The indexes by which the home page, and the lists behind it, find what is due at a school.

Lock: none that blocks readers or writers. Undone by dropping the indexes concurrently.
"""

from django.db import migrations, models
from django.db.models import F, Q

from core.database.operations import BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("health", "0010_index_lists")]

    operations = [
        Together(
            [
                BuildIndexes(
                    "allergy",
                    [
                        models.Index(
                            fields=["school", "epi_pen_expiration"],
                            name="idx_allergies_epi_pen_due",
                            condition=Q(deleted_at=None, is_active=True, epi_pen_required=True),
                        )
                    ],
                ),
                BuildIndexes(
                    "healthrecord",
                    [
                        models.Index(
                            fields=["school", "follow_up_date"],
                            name="idx_health_records_overdue",
                            condition=Q(deleted_at=None, follow_up_required=True, follow_up_completed=False),
                        )
                    ],
                ),
                BuildIndexes(
                    "vaccination",
                    [
                        models.Index(
                            F("student"),
                            F("school"),
                            F("administration_date").desc(),
                            name="idx_vaccinations_standing",
                            condition=Q(deleted_at=None),
                        )
                    ],
                ),
                BuildIndexes(
                    "screening",
                    [
                        models.Index(
                            fields=["school", "follow_up_date"],
                            name="idx_screenings_overdue",
                            condition=Q(deleted_at=None, follow_up_date__isnull=False),
                        )
                    ],
                ),
            ]
        )
    ]
