"""What the admin pages of a student's records have in common."""

from typing import Any, ClassVar

from core.admin.forms import WhiteCrossForm
from core.admin.full_text_search import StudentSearch
from core.admin.soft_delete import SoftDeleteAdmin
from core.models.student_record import StudentRecord


class StudentRecordForm(WhiteCrossForm):
    """A record refers to other records of the same student only."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        student = cleaned.get("student")
        for name, value in list(cleaned.items()):
            if student is not None and isinstance(value, StudentRecord) and value.student_id != student.pk:
                self.add_error(name, f"This {value._meta.verbose_name} belongs to another student.")
        return cleaned


class StudentRecordAdmin(StudentSearch, SoftDeleteAdmin):
    """The admin of something kept about one student."""

    # Confidential records are not hidden here: row security will do it for every query, this page's included.
    form = StudentRecordForm
    list_select_related: ClassVar[tuple[str, ...]] = ("student",)
    autocomplete_fields: tuple[str, ...] = ("student",)
