"""Phase 4: indexes of the health tables for the questions people ask most.

Lock: none that blocks readers or writers; every index is built concurrently. Undone by dropping them concurrently.
"""

from django.db import migrations, models

from core.database.operations import AnalyzeTables, BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("health", "0003_index_new_columns")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="HealthRecord",
                    indexes=[
                        models.Index(
                            models.F("student"),
                            models.OrderBy(models.F("record_date"), descending=True),
                            models.F("record_type"),
                            name="idx_health_records_student",
                        ),
                        models.Index(
                            condition=models.Q(("is_confidential", True)),
                            fields=["is_confidential", "student"],
                            name="idx_health_records_confident",
                        ),
                        models.Index(
                            models.F("provider_npi"),
                            models.OrderBy(models.F("record_date"), descending=True),
                            condition=models.Q(("provider_npi__isnull", False)),
                            name="idx_health_records_provider",
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="Allergy",
                    indexes=[
                        models.Index(
                            condition=models.Q(("is_active", True)),
                            fields=["student", "severity"],
                            name="idx_allergies_student",
                        ),
                        models.Index(
                            condition=models.Q(("is_active", True), ("severity", "LIFE_THREATENING")),
                            fields=["student", "severity"],
                            name="idx_allergies_critical",
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="ChronicCondition",
                    indexes=[
                        models.Index(
                            condition=models.Q(("status", "ACTIVE")),
                            fields=["student", "status"],
                            name="idx_chronic_conditions_student",
                        )
                    ],
                ),
                BuildIndexes(
                    model_name="Appointment",
                    indexes=[
                        models.Index(
                            condition=models.Q(("status__in", ["SCHEDULED", "IN_PROGRESS"])),
                            fields=["nurse", "scheduled_at", "status"],
                            name="idx_appointments_upcoming",
                        ),
                        models.Index(
                            models.F("student"),
                            models.OrderBy(models.F("scheduled_at"), descending=True),
                            models.F("status"),
                            name="idx_appointments_student",
                        ),
                        models.Index(
                            condition=models.Q(("status", "CANCELLED"), _negated=True),
                            fields=["scheduled_at", "status"],
                            name="idx_appointments_date_range",
                        ),
                        models.Index(
                            fields=["nurse", "scheduled_at", "status", "duration"], name="idx_appointment_availability"
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="Vaccination",
                    indexes=[
                        models.Index(
                            models.F("vaccine_type"),
                            models.F("compliance_status"),
                            models.OrderBy(models.F("administration_date"), descending=True),
                            name="idx_vaccinations_compliance",
                        ),
                        models.Index(
                            condition=models.Q(("next_due_date__isnull", False)),
                            fields=["next_due_date", "student"],
                            name="idx_vaccinations_due",
                        ),
                    ],
                ),
            ],
        ),
        AnalyzeTables(["health_records", "allergies", "chronic_conditions", "appointments", "vaccinations"]),
    ]
