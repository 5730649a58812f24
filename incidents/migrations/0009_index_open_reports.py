"""The index by which the home page finds the reports that are open.

Lock: none that blocks readers or writers. Undone by dropping the index concurrently.
"""

from django.db import migrations, models
from django.db.models import F, Q

from core.database.operations import BuildIndexes


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0008_index_finding")]

    operations = [
        BuildIndexes(
            "incidentreport",
            [
                models.Index(
                    F("school"),
                    F("occurred_at").desc(),
                    name="idx_incidents_open",
                    condition=~Q(status="RESOLVED") & ~Q(status="CLOSED") & Q(deleted_at=None),
                )
            ],
        )
    ]
