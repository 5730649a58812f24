"""Phase 4: indexes of medications, orders and doses for the questions people ask most.

Lock: none that blocks readers or writers; every index is built concurrently. Undone by dropping them concurrently.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

from core.database.operations import AnalyzeTables, BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("medications", "0001_medication_management"), ("health", "0003_index_new_columns")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="Medication",
                    indexes=[
                        models.Index(fields=["category", "is_active"], name="idx_medications_category"),
                        models.Index(
                            condition=models.Q(("is_active", True), ("stock_quantity__lte", models.F("minimum_stock"))),
                            fields=["stock_quantity", "minimum_stock"],
                            name="idx_medications_stock",
                        ),
                        models.Index(
                            condition=models.Q(("expiration_date__isnull", False), ("is_active", True)),
                            fields=["expiration_date", "is_active"],
                            name="idx_medications_expiration",
                        ),
                        GinIndex(fields=["search_vector"], name="idx_medications_search"),
                    ],
                ),
                BuildIndexes(
                    model_name="StudentMedication",
                    indexes=[
                        models.Index(
                            condition=models.Q(("is_active", True)),
                            fields=["is_active", "start_date", "end_date"],
                            name="idx_student_meds_active_dates",
                        ),
                        models.Index(
                            fields=["student", "is_active", "start_date", "end_date"], name="idx_medication_schedule"
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="MedicationLog",
                    indexes=[
                        models.Index(
                            models.F("nurse"),
                            models.OrderBy(models.F("time_given"), descending=True),
                            name="idx_medication_logs_nurse",
                        )
                    ],
                ),
            ],
        ),
        AnalyzeTables(["medications", "student_medications", "medication_logs"]),
    ]
