"""The guard: the database stamps rows, deletes and restores them, and lets nobody erase health records.

Lock: each table against writing, for the moment in which a trigger is made. Undone by dropping the triggers.
"""

from django.db import migrations

from core.database.operations import DeleteTrees, MarkDeletions, RefuseDelete, RefuseTruncate, StampNewRows


class Migration(migrations.Migration):
    dependencies = [("core", "0007_stamps_and_deletion"), ("medications", "0005_index_schools")]

    operations = [
        StampNewRows(["medications", "student_medications", "medication_logs"]),
        MarkDeletions(["student_medications", "medication_logs"]),
        DeleteTrees(["student_medications"]),
        RefuseDelete(["student_medications", "medication_logs"]),
        RefuseTruncate(["medications", "student_medications", "medication_logs"]),
    ]
