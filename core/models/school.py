from django.db import models

from core.database.constraints import at_least, calendar
from core.models.district import District
from core.models.place import Place, place_constraints


class School(Place):
    """A school of a district."""

    district = models.ForeignKey(
        District,
        on_delete=models.DB_CASCADE,
        related_name="schools",
        db_index=False,
        db_comment="District that runs the school",
    )
    principal = models.CharField(max_length=200, null=True, blank=True, db_comment="Name of the principal")
    total_enrollment = models.IntegerField(
        null=True, blank=True, db_comment="Number of students enrolled, as reported to the state"
    )

    class Meta:
        db_table = "schools"
        db_table_comment = "Schools of the districts"
        ordering = ["name"]
        constraints = [
            *place_constraints("schools"),
            at_least("schools_enrollment_range", "total_enrollment", 0, "The enrollment cannot be below 0."),
            calendar("schools", "created_at", "updated_at"),
        ]
        indexes = [
            # Which schools does a district run? (district page; deleting a district)
            models.Index(fields=["district"], name="idx_schools_district"),
            # Which schools are in operation? (filter of the schools page)
            models.Index(fields=["is_active"], name="idx_schools_active"),
        ]
