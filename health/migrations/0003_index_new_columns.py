"""Phase 3: indexes on the new columns of tables in use, and the check of old rows against the new constraints.

Lock: none that blocks readers or writers. Undone by dropping the indexes concurrently.
"""

from django.db import migrations, models

from core.database.operations import BuildIndexes, Together, ValidateChecks


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("health", "0002_complete_health_records")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="Allergy",
                    indexes=[
                        models.Index(fields=["allergy_type", "severity"], name="idx_allergies_type_severity"),
                        models.Index(fields=["epi_pen_expiration"], name="idx_allergies_epi_pen"),
                        models.Index(fields=["health_record"], name="idx_allergies_health_record"),
                        models.Index(fields=["verified_by"], name="idx_allergies_verified_by"),
                    ],
                ),
                BuildIndexes(
                    model_name="ChronicCondition",
                    indexes=[
                        models.Index(fields=["severity", "status"], name="idx_conditions_severity_status"),
                        models.Index(fields=["health_record"], name="idx_conditions_health_record"),
                    ],
                ),
            ],
        ),
        ValidateChecks(
            "health_records",
            ["health_records_provider_npi", "health_records_facility_npi", "health_records_diagnosis_form"],
        ),
        ValidateChecks(
            "allergies", ["allergies_verified_by_only", "allergies_verified_date_only", "allergies_calendar"]
        ),
        ValidateChecks(
            "chronic_conditions",
            [
                "chronic_conditions_icd_form",
                "chronic_conditions_last_review",
                "chronic_conditions_next_review",
                "chronic_conditions_calendar",
            ],
        ),
    ]
