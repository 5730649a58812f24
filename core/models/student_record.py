from django.db import models

from core.database.audit_fields import AuditedModel
from core.database.soft_delete import SoftDeleteModel
from core.models.filed_by_school import FiledBySchool
from core.models.student import Student


class StudentRecord(FiledBySchool, AuditedModel, SoftDeleteModel):
    """Something kept about one student. It goes, and comes back, with the student.

    A subclass names its reverse accessors by `default_related_name` and gives both foreign keys their indexes.
    """

    student = models.ForeignKey(
        Student,
        on_delete=models.DB_CASCADE,
        db_index=False,
        db_comment="PHI: student the record is about",
    )

    class Meta(SoftDeleteModel.Meta):
        abstract = True
