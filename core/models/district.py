from django.db import models

from core.database.constraints import calendar
from core.models.place import Place, place_constraints


class District(Place):
    """A school district: the body that runs schools and answers to the state."""

    class Meta:
        db_table = "districts"
        db_table_comment = "School districts"
        ordering = ["name"]
        constraints = [*place_constraints("districts"), calendar("districts", "created_at", "updated_at")]
        indexes = [
            # Which districts are in operation? (filter of the districts page)
            models.Index(fields=["is_active"], name="idx_districts_active"),
        ]
