"""Phase 4: indexes of incidents and emergency contacts for the questions people ask most.

Lock: none that blocks readers or writers; every index is built concurrently. Undone by dropping them concurrently.
"""

from django.db import migrations, models

from core.database.operations import AnalyzeTables, BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0001_incident_management"), ("health", "0003_index_new_columns")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="IncidentReport",
                    indexes=[
                        models.Index(
                            models.F("student"),
                            models.OrderBy(models.F("occurred_at"), descending=True),
                            models.F("severity"),
                            name="idx_incident_reports_student",
                        ),
                        models.Index(
                            models.F("reported_by"),
                            models.OrderBy(models.F("occurred_at"), descending=True),
                            name="idx_incident_reports_reporter",
                        ),
                        models.Index(
                            models.F("type"),
                            models.F("severity"),
                            models.F("status"),
                            models.OrderBy(models.F("occurred_at"), descending=True),
                            name="idx_incident_reports_filters",
                        ),
                        models.Index(
                            models.F("severity"),
                            models.OrderBy(models.F("occurred_at"), descending=True),
                            models.F("status"),
                            condition=models.Q(("severity__in", ["HIGH", "CRITICAL"])),
                            name="idx_incident_reports_critical",
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="EmergencyContact",
                    indexes=[
                        models.Index(
                            condition=models.Q(("is_active", True)),
                            fields=["student", "priority"],
                            name="idx_emergency_contacts_student",
                        ),
                        models.Index(
                            condition=models.Q(("is_active", True), ("is_primary", True)),
                            fields=["student", "is_primary"],
                            name="idx_emergency_contacts_primary",
                        ),
                    ],
                ),
            ],
        ),
        AnalyzeTables(["incident_reports", "emergency_contacts"]),
    ]
