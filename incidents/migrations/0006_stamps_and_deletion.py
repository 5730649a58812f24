"""The guard: the database stamps rows, deletes and restores them, and lets nobody erase health records.

Lock: each table against writing, for the moment in which a trigger is made. Undone by dropping the triggers.
"""

from django.db import migrations

from core.database.operations import MarkDeletions, RefuseDelete, RefuseTruncate, StampNewRows


class Migration(migrations.Migration):
    dependencies = [("core", "0007_stamps_and_deletion"), ("incidents", "0005_index_schools")]

    operations = [
        StampNewRows(["incident_reports", "emergency_contacts"]),
        MarkDeletions(["incident_reports", "emergency_contacts"]),
        RefuseDelete(["incident_reports", "emergency_contacts"]),
        RefuseTruncate(["incident_reports", "emergency_contacts"]),
    ]
