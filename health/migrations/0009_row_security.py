"""The guard: what each role may do with a table, and which of its rows it sees.

Lock: each table against all others, for a moment. Undone by taking back the privileges and dropping the policies.
"""

from django.db import migrations

from core.database.operations import GrantTable, Policy, SecureRows, reach_policies

# Which roles see them is said in core.roles. Restrictive: no other policy opens what this one closes.
CONFIDENTIAL = Policy(
    "health_records_confidential",
    to="whitecross_school_admin, whitecross_viewer, whitecross_district_admin",
    using="NOT is_confidential",
    restrictive=True,
)


class Migration(migrations.Migration):
    dependencies = [("core", "0003_acting"), ("health", "0008_stamps_and_deletion")]

    operations = [
        GrantTable("health_records", {"admin": "vacdres", "nurse": "vacdres", "counselor": "vacs"}),
        SecureRows("health_records", [*reach_policies("health_records"), CONFIDENTIAL]),
        GrantTable("allergies", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("allergies", reach_policies("allergies")),
        GrantTable("chronic_conditions", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("chronic_conditions", reach_policies("chronic_conditions")),
        GrantTable("appointments", {"admin": "vacdre", "nurse": "vacdre", "counselor": "vac"}),
        SecureRows("appointments", reach_policies("appointments")),
        GrantTable(
            "vaccinations",
            {"admin": "vacdre", "nurse": "vacdre", "counselor": "v", "school_admin": "ve", "district_admin": "ve"},
        ),
        SecureRows("vaccinations", reach_policies("vaccinations")),
        GrantTable(
            "screenings",
            {"admin": "vacdre", "nurse": "vacdre", "counselor": "v", "school_admin": "ve", "district_admin": "ve"},
        ),
        SecureRows("screenings", reach_policies("screenings")),
        GrantTable("growth_measurements", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("growth_measurements", reach_policies("growth_measurements")),
        GrantTable("vital_signs", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("vital_signs", reach_policies("vital_signs")),
    ]
