"""The guard: what each role may do with a table, and which of its rows it sees.

Lock: each table against all others, for a moment. Undone by taking back the privileges and dropping the policies.
"""

from django.db import migrations

from core.database.operations import GrantTable, SecureRows, reach_policies


class Migration(migrations.Migration):
    dependencies = [("core", "0003_acting"), ("incidents", "0006_stamps_and_deletion")]

    operations = [
        GrantTable(
            "incident_reports",
            {"admin": "vacdre", "nurse": "vacdre", "counselor": "vac", "school_admin": "ve", "district_admin": "ve"},
        ),
        SecureRows("incident_reports", reach_policies("incident_reports")),
        GrantTable(
            "emergency_contacts", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v", "school_admin": "vac"}
        ),
        SecureRows("emergency_contacts", reach_policies("emergency_contacts")),
    ]
