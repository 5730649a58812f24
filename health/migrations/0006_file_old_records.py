"""The guard: file the records that were there before. 10,000 rows at a time; can be killed and run again.

Lock: the rows of one batch, against writing, until the next. Moves `updated_at` of the rows once. Nothing to undo.
"""

from django.db import migrations

from core.database.operations import FileOldRecords


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("health", "0005_file_by_school")]

    operations = [
        FileOldRecords("health_records"),
        FileOldRecords("allergies"),
        FileOldRecords("chronic_conditions"),
        FileOldRecords("appointments"),
        FileOldRecords("vaccinations"),
        FileOldRecords("screenings"),
        FileOldRecords("growth_measurements"),
        FileOldRecords("vital_signs"),
    ]
