"""The guard: the index by school, which the list of contacts under row security begins with; and students' numbers,
unique in a district.

Lock: none that blocks readers or writers. Undone by dropping the index concurrently, and by making the old unique
indexes again, which two districts with the same number refuse.
"""

from django.db import migrations, models

from core.database.operations import AnalyzeTables, BuildIndexes, SwapUniqueConstraints


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0005_file_old_records")]

    operations = [
        BuildIndexes(
            model_name="Contact",
            indexes=[models.Index(fields=["school", "last_name", "first_name"], name="idx_contacts_school")],
        ),
        SwapUniqueConstraints(
            model_name="Student",
            old=[
                models.UniqueConstraint(
                    fields=["student_number"],
                    condition=models.Q(deleted_at=None),
                    name="students_number_live",
                    violation_error_message="Another student has this student number.",
                ),
                models.UniqueConstraint(
                    fields=["medical_record_num"],
                    condition=models.Q(deleted_at=None),
                    name="students_record_num_live",
                    violation_error_message="Another student has this medical record number.",
                ),
            ],
            new=[
                models.UniqueConstraint(
                    fields=["student_number", "district"],
                    condition=models.Q(deleted_at=None),
                    nulls_distinct=False,
                    name="students_number_in_district",
                    violation_error_message="Another student of the district has this student number.",
                ),
                models.UniqueConstraint(
                    fields=["medical_record_num", "district"],
                    condition=models.Q(deleted_at=None, medical_record_num__isnull=False),
                    nulls_distinct=False,
                    name="students_record_num_district",
                    violation_error_message="Another student of the district has this medical record number.",
                ),
            ],
        ),
        AnalyzeTables(["contacts"]),
    ]
