"""The guard: who may read the audit log, and of which schools. Nobody through the web may write to it.

Lock: each table against all others, for a moment. Undone by taking back the privileges and dropping the policies.
"""

from django.db import migrations

from core.database.operations import Grant, GrantTable, Policy, SecureRows, open_policies
from core.database.operations.row_security import IN_DISTRICT, IN_REACH

# The image of a row is for those who may see every table; the rest says who did what, when and from where.
WITHOUT_IMAGES = (
    "SELECT (id, created_at, transaction_id, user_id, action, entity_type, entity_id, school_id, student_id, "
    "student_ids, row_count, ip_address, user_agent, request_id, reason, source)"
)

# What people did at one's schools. What the system did, such as imports, is in no index by school.
AUDIT_LOGS = [
    Policy("audit_logs_app", to="whitecross_app", using=f"{IN_REACH} AND user_id IS NOT NULL"),
    Policy("audit_logs_district", to="whitecross_district", using=f"{IN_DISTRICT} AND user_id IS NOT NULL"),
    Policy("audit_logs_all", to="whitecross_all", using="true"),
]


class Migration(migrations.Migration):
    dependencies = [("core", "0003_acting"), ("audit", "0002_seals")]

    operations = [
        GrantTable("audit_logs", {"admin": "ve"}),
        Grant(WITHOUT_IMAGES, "audit_logs", ["whitecross_school_admin", "whitecross_district_admin"]),
        SecureRows("audit_logs", AUDIT_LOGS),
        GrantTable("audit_seals", {"admin": "v"}),
        SecureRows("audit_seals", open_policies("audit_seals")),
    ]
