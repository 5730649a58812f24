from django.db import models
from django.db.models import F, Q

from core.database.audit_fields import KeyedModel
from core.database.constraints import at_least
from core.models.district import District
from core.models.school import School


class SchoolCount(KeyedModel):
    """How many rows of a kind a school had when they were last counted, for pages over too many rows to count live.

    What it says can be computed again at any time; the web reads it and never writes it.
    """

    school = models.ForeignKey(
        School,
        on_delete=models.DB_CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_comment="School whose rows were counted; null for schools together",
    )
    district = models.ForeignKey(
        District,
        on_delete=models.DB_CASCADE,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_comment="District of the school, or whose schools were counted together; null for all districts together",
    )
    measure = models.CharField(max_length=40, db_comment="What was counted")
    key = models.CharField(
        max_length=40, db_default="", blank=True, db_comment="Part of the measure: a vaccine, a type of incident"
    )
    part = models.CharField(
        max_length=40, db_default="", blank=True, db_comment="Part of the key: a standing, a severity"
    )
    period_date = models.DateField(
        null=True, blank=True, db_comment="First day of the month in which it happened; null for a state of things"
    )
    count = models.IntegerField(db_comment="Number of rows")
    is_clinical = models.BooleanField(
        db_default=True, db_comment="Whether it counts rows that administrators of schools and districts may not see"
    )
    counted_at = models.DateTimeField(db_comment="When it was counted")

    class Meta:
        db_table = "school_counts"
        db_table_comment = "Derived: numbers of rows by school, counted by a command"
        ordering = ["measure", "key", "part", "period_date"]
        constraints = [at_least("school_counts_range", "count", 0, "A count cannot be below 0.")]
        indexes = [
            # What are the figures of these schools? (home page of a district; deleting a school)
            models.Index(fields=["school", "measure"], name="idx_school_counts_school"),
            # What are the figures of a district, or of all, together? (home pages; deleting a district)
            models.Index(
                fields=["district", "measure"], name="idx_school_counts_together", condition=Q(school__isnull=True)
            ),
            # Which figures lie in this district? (row security of its administrators; deleting a district)
            models.Index(fields=["district", "measure", "school"], name="idx_school_counts_district"),
            # At which schools is most to be done? (administrator's home page, in order of a figure)
            models.Index(
                F("measure"),
                F("count").desc(),
                name="idx_school_counts_most",
                condition=Q(school__isnull=False, key="", part=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.key} {self.part}".rstrip()
