"""The guard: the database stamps rows, deletes and restores them, and lets nobody erase health records.

Lock: each table against writing, for the moment in which a trigger is made. Undone by dropping the triggers.
"""

from django.db import migrations

from core.database.operations import MarkDeletions, RefuseDelete, RefuseTruncate, StampNewRows


class Migration(migrations.Migration):
    dependencies = [("core", "0007_stamps_and_deletion"), ("health", "0007_index_schools")]

    operations = [
        StampNewRows(
            [
                "health_records",
                "allergies",
                "chronic_conditions",
                "appointments",
                "vaccinations",
                "screenings",
                "growth_measurements",
                "vital_signs",
            ]
        ),
        MarkDeletions(
            [
                "health_records",
                "allergies",
                "chronic_conditions",
                "appointments",
                "vaccinations",
                "screenings",
                "growth_measurements",
                "vital_signs",
            ]
        ),
        RefuseDelete(
            [
                "health_records",
                "allergies",
                "chronic_conditions",
                "appointments",
                "vaccinations",
                "screenings",
                "growth_measurements",
                "vital_signs",
            ]
        ),
        RefuseTruncate(
            [
                "health_records",
                "allergies",
                "chronic_conditions",
                "appointments",
                "vaccinations",
                "screenings",
                "growth_measurements",
                "vital_signs",
            ]
        ),
    ]
