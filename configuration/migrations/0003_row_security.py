"""The guard: what each role may do with a table, and which of its rows it sees.

Lock: each table against all others, for a moment. Undone by taking back the privileges and dropping the policies.
"""

from django.db import migrations

from core.database.operations import GrantTable, SecureRows, open_policies


class Migration(migrations.Migration):
    dependencies = [("core", "0003_acting"), ("configuration", "0002_stamps_and_deletion")]

    operations = [
        GrantTable("system_configurations", {"admin": "vac", "district_admin": "v"}),
        SecureRows("system_configurations", open_policies("system_configurations")),
        GrantTable("configuration_history", {"admin": "v", "district_admin": "v"}),
        SecureRows("configuration_history", open_policies("configuration_history")),
    ]
