"""The guard: what each role may do with a table, and which of its rows it sees.

Lock: each table against all others, for a moment. Undone by taking back the privileges and dropping the policies.
"""

from django.db import migrations

from core.database.operations import GrantTable, SecureRows, open_policies, reach_policies


class Migration(migrations.Migration):
    dependencies = [("core", "0003_acting"), ("medications", "0006_stamps_and_deletion")]

    operations = [
        GrantTable("medications", {"admin": "vace", "nurse": "vace", "counselor": "v", "district_admin": "v"}),
        SecureRows("medications", open_policies("medications")),
        GrantTable("student_medications", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("student_medications", reach_policies("student_medications")),
        GrantTable("medication_logs", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("medication_logs", reach_policies("medication_logs")),
    ]
