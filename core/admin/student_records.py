"""What the admin pages of a student's records have in common."""

from typing import Any, ClassVar

from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from core.admin.forms import WhiteCrossForm
from core.admin.full_text_search import StudentSearch
from core.admin.shown import tell_shown
from core.admin.soft_delete import SoftDeleteAdmin
from core.models.student_record import StudentRecord

_OFFERED = 100  # a student has a few orders, and rarely more events than this


class StudentRecordForm(WhiteCrossForm):
    """A record refers to other records of the same student only, and offers no others once the student is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.request is not None and (student := self.known_student()):
            for name, field in self.fields.items():
                queryset = getattr(field, "queryset", None)
                if queryset is not None and issubclass(queryset.model, StudentRecord):
                    offer_records_of(self, name, student)

    def known_student(self) -> Any:
        """Key of the student whom the record is about, if that is settled."""
        fixed = self.model_admin.fixed_row(self.request, "student")
        if fixed is not None:
            return fixed.pk
        return getattr(self.instance, "student_id", None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        student = cleaned.get("student")
        for name, value in list(cleaned.items()):
            if student is not None and isinstance(value, StudentRecord) and value.student_id != student.pk:
                self.add_error(name, f"This {value._meta.verbose_name} belongs to another student.")
        return cleaned

    def fill_in(self, ticked: str, **values: Any) -> None:
        """What the system knows of a box: filled in when it is ticked, if it is blank, and cleared when it is not."""
        is_ticked = self.cleaned_data.get(ticked)
        for name, value in values.items():
            if not is_ticked:
                setattr(self.instance, name, None)
            elif getattr(self.instance, name) is None:
                setattr(self.instance, name, value)


def offer_records_of(form: WhiteCrossForm, name: str, student: Any) -> None:
    """Let a field choose among the live records of one student, the chosen one included. One query.

    What is posted is checked against all rows, so that the form can say what is wrong with a choice.
    """
    field: Any = form.fields[name]
    related = form.model_admin.admin_site.get_model_admin(field.queryset.model)
    chosen = form.instance.__dict__.get(f"{name}_id")
    rows = [
        row
        for row in field.queryset.filter(student=student).order_by(*related.get_ordering(form.request))[:_OFFERED]
        if row.deleted_at is None or row.pk == chosen
    ]
    tell_shown(field.queryset.model, form.request, "LIST", rows)
    choices = [("", "None" if not field.required else "Choose"), *((row.pk, related.short_label(row)) for row in rows)]
    field.widget = UnfoldAdminSelectWidget(choices=choices)


def now() -> Any:
    """The moment, to the minute: nobody types seconds."""
    return timezone.localtime().replace(second=0, microsecond=0)


class StudentRecordAdmin(StudentSearch, SoftDeleteAdmin):
    """The admin of something kept about one student."""

    # Confidential records are not hidden here: row security will do it for every query, this page's included.
    form = StudentRecordForm
    list_select_related: ClassVar[tuple[str, ...]] = ("student",)
    autocomplete_fields: tuple[str, ...] = ("student",)

    def short_label(self, row: Any) -> str:
        """How a row reads where it is clear whose it is."""
        return str(row)
