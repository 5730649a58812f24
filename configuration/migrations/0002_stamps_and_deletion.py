"""The guard: the database stamps rows, and lets nobody empty the tables.

Lock: each table against writing, for the moment in which a trigger is made. Undone by dropping the triggers.
"""

from django.db import migrations

from core.database.operations import RefuseTruncate, StampNewRows


class Migration(migrations.Migration):
    dependencies = [("core", "0007_stamps_and_deletion"), ("configuration", "0001_system_configuration")]

    operations = [
        StampNewRows(["system_configurations"]),
        RefuseTruncate(["system_configurations", "configuration_history"]),
    ]
