"""Phase 4: indexes of students and users for the questions people ask most.

Lock: none that blocks readers or writers; every index is built concurrently. Undone by dropping them concurrently.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

from core.database.operations import AnalyzeTables, BuildIndexes, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0001_base_schema"), ("health", "0003_index_new_columns")]

    operations = [
        Together(
            [
                BuildIndexes(
                    model_name="Student",
                    indexes=[
                        models.Index(
                            condition=models.Q(("is_active", True)), fields=["school"], name="idx_students_school"
                        ),
                        models.Index(
                            condition=models.Q(("is_active", True)), fields=["nurse"], name="idx_students_nurse"
                        ),
                        models.Index(fields=["grade", "is_active"], name="idx_students_grade_active"),
                        GinIndex(fields=["search_vector"], name="idx_students_search"),
                        models.Index(
                            fields=["school", "grade", "is_active", "nurse"], name="idx_students_health_overview"
                        ),
                    ],
                ),
                BuildIndexes(
                    model_name="User",
                    indexes=[
                        models.Index(
                            condition=models.Q(("is_active", True)), fields=["school"], name="idx_users_school"
                        ),
                        models.Index(
                            condition=models.Q(("is_active", True)), fields=["district"], name="idx_users_district"
                        ),
                        models.Index(fields=["role", "is_active"], name="idx_users_role_active"),
                        GinIndex(fields=["search_vector"], name="idx_users_search"),
                    ],
                ),
            ],
        ),
        AnalyzeTables(["students", "users"]),
    ]
