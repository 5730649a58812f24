"""The index by which a nurse's list of records is found covers all it needs: key, date, and whether a record is live.

A nurse of ten schools has 25,000 records; to look each of them up took half a second on a busy machine.

Lock: none that blocks readers or writers. Undone by building the old index concurrently and dropping this one.
"""

from django.db import migrations, models

from core.database.operations import AnalyzeTables, BuildIndexes, DropIndexes


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("health", "0011_index_what_is_due")]

    operations = [
        BuildIndexes(
            model_name="HealthRecord",
            indexes=[
                models.Index(
                    fields=["school", "-record_date", "-id"],
                    include=["deleted_at"],
                    name="idx_health_records_list",
                ),
            ],
        ),
        DropIndexes("HealthRecord", ["idx_health_records_school"]),
        AnalyzeTables(["health_records"]),
    ]
