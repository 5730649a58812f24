"""Figures of the home page by school, for those who reach too many schools to count live.

Lock: none on a table in use but schools, against writing, for the foreign key. Undone by dropping the table.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import core.database.functions
from core.database.operations import GrantTable, Policy, RefuseTruncate, SecureRows, reach_policies

# Which roles see which rows is said in core.roles, table by table; this table counts rows of several. Restrictive: no
# other policy opens what this one closes.
CLINICAL = Policy(
    "school_counts_clinical",
    to="whitecross_school_admin, whitecross_district_admin",
    using="NOT is_clinical",
    restrictive=True,
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0008_row_security")]

    operations = [
        migrations.CreateModel(
            name="SchoolCount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_comment="Key, UUID version 7 (ordered by time)",
                        db_default=core.database.functions.UuidV7(),
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("measure", models.CharField(db_comment="What was counted", max_length=40)),
                (
                    "key",
                    models.CharField(
                        blank=True,
                        db_comment="Part of the measure: a vaccine, a type of incident",
                        db_default="",
                        max_length=40,
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        blank=True,
                        db_comment="Part of the key: a standing, a severity",
                        db_default="",
                        max_length=40,
                    ),
                ),
                (
                    "period_date",
                    models.DateField(
                        blank=True,
                        db_comment="First day of the month in which it happened; null for a state of things",
                        null=True,
                    ),
                ),
                ("count", models.IntegerField(db_comment="Number of rows")),
                (
                    "is_clinical",
                    models.BooleanField(
                        db_comment="Whether it counts rows that administrators of schools and districts may not see",
                        db_default=True,
                    ),
                ),
                ("counted_at", models.DateTimeField(db_comment="When it was counted")),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        db_comment="School whose rows were counted; null for all schools together",
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to="core.school",
                    ),
                ),
            ],
            options={
                "db_table": "school_counts",
                "db_table_comment": "Derived: numbers of rows by school, counted by a command",
                "ordering": ["measure", "key", "part", "period_date"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(count__gte=0),
                        name="school_counts_range",
                        violation_error_message="A count cannot be below 0.",
                    )
                ],
                "indexes": [
                    models.Index(fields=["school", "measure"], name="idx_school_counts_school"),
                    models.Index(fields=["measure"], name="idx_school_counts_all", condition=Q(school__isnull=True)),
                    models.Index(
                        F("measure"),
                        F("count").desc(),
                        name="idx_school_counts_most",
                        condition=Q(school__isnull=False, key="", part=""),
                    ),
                ],
            },
        ),
        RefuseTruncate(["school_counts"]),
        GrantTable("school_counts", {"admin": "v", "school_admin": "v", "district_admin": "v"}),
        SecureRows("school_counts", [*reach_policies("school_counts"), CLINICAL]),
    ]
