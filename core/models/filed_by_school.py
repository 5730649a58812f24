from django.db import models

from core.models.school import School


class FiledBySchool(models.Model):
    """A row that lies with a school: its staff see it, and it moves when its student does.

    A trigger files it, in every write; nobody enters the school. So no constraint looks it up a second time.
    """

    school = models.ForeignKey(
        School,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        db_constraint=False,
        db_comment="PHI: school whose staff see the row; filed by a trigger",
    )

    class Meta:
        abstract = True
