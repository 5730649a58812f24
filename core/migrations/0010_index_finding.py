"""What people search by, and what the lists of administrators are sorted by.

Lock: none that blocks readers or writers. Undone by dropping the indexes concurrently.
"""

from django.db import migrations, models

from core.database.functions import PhoneReversed
from core.database.operations import AnalyzeTables, BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0009_staff_by_district")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="Student",
                    indexes=[models.Index(fields=["date_of_birth"], name="idx_students_birth")],
                ),
                BuildIndexes(
                    model_name="Contact",
                    indexes=[
                        models.Index(fields=["last_name", "first_name"], name="idx_contacts_list"),
                        models.Index(PhoneReversed("phone"), name="idx_contacts_phone"),
                    ],
                ),
            ],
        ),
        AnalyzeTables(["students", "contacts"]),
    ]
