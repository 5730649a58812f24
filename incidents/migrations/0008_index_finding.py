"""What people search by, and what the list of emergency contacts is sorted by.

Lock: none that blocks readers or writers. Undone by dropping the indexes concurrently.
"""

from django.db import migrations, models

from core.database.functions import PhoneReversed
from core.database.operations import AnalyzeTables, BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0007_row_security")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="EmergencyContact",
                    indexes=[
                        models.Index(fields=["name"], name="idx_emergency_name"),
                        models.Index(PhoneReversed("primary_phone"), name="idx_emergency_phone_1"),
                        models.Index(PhoneReversed("secondary_phone"), name="idx_emergency_phone_2"),
                    ],
                ),
            ],
        ),
        AnalyzeTables(["emergency_contacts"]),
    ]
