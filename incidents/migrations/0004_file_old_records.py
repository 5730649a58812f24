"""The guard: file the records that were there before. 10,000 rows at a time; can be killed and run again.

Lock: the rows of one batch, against writing, until the next. Moves `updated_at` of the rows once. Nothing to undo.
"""

from django.db import migrations

from core.database.operations import FileOldRecords


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0003_file_by_school")]

    operations = [
        FileOldRecords("incident_reports"),
        FileOldRecords("emergency_contacts"),
    ]
