"""The guard: the policies by which one student's records are seen in an emergency. Nobody has the reach yet.

Lock: each table with a policy against all others, for a moment, one table at a time. A kill leaves what the next run
finishes. Undone by dropping the policies, one table at a time.
"""

from django.db import migrations

from core.database.operations import AddPolicy, Policy, emergency_policy

RECORDS = [
    "contacts",
    "health_records",
    "allergies",
    "chronic_conditions",
    "appointments",
    "vaccinations",
    "screenings",
    "growth_measurements",
    "vital_signs",
    "student_medications",
    "medication_logs",
    "incident_reports",
    "emergency_contacts",
]

POLICIES = {
    # To read: who could change the student could take the student to a school of their own.
    "students": Policy(
        "students_emergency",
        to="whitecross_emergency",
        using="id = ANY (emergency_students()) AND deleted_at IS NULL",
        command="SELECT",
    ),
    # Its name. It may be a school of a district in which one only covers another.
    "schools": Policy(
        "schools_emergency",
        to="whitecross_emergency",
        using="id IN (SELECT s.school_id FROM students s WHERE s.id = ANY (emergency_students()))",
        command="SELECT",
    ),
    **{table: emergency_policy(table) for table in RECORDS},
}


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("emergency", "0001_emergency_accesses"),
        ("health", "0009_row_security"),
        ("medications", "0007_row_security"),
        ("incidents", "0007_row_security"),
    ]

    operations = [AddPolicy(table, policy) for table, policy in POLICIES.items()]
