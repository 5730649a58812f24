from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core.admin.filters import AutocompleteSelectFilter
from core.admin.forms import WhiteCrossForm
from core.admin.full_text_search import FullTextSearch
from core.admin.reach import schools_in_reach, seen_in_emergency
from core.admin.soft_delete import SoftDeleteAdmin
from core.models import School, Student, UserRole


class StudentForm(WhiteCrossForm):
    """A student, placed at a school within the reach of whoever places them."""

    def clean_school(self) -> School | None:
        school: School | None = self.cleaned_data["school"]
        if school is None or "school" not in self.changed_data or self.request is None:
            return school
        if not schools_in_reach(self.request.user).filter(pk=school.pk).exists():
            raise ValidationError("This school is not one of yours: only who looks after it places students there.")
        return school


@admin.register(Student)
class StudentAdmin(FullTextSearch, SoftDeleteAdmin):
    list_display = ("name", "student_number", "date_of_birth", "grade", "school", "nurse", "is_active")
    list_select_related = ("school", "nurse")
    list_filter = ("is_active", "grade", "gender", ("school", AutocompleteSelectFilter))
    list_filter_submit = True
    search_help_text = "Name or student number"
    # Grades are text, so the database would put 10 before 2.
    sortable_by = ("name", "student_number", "date_of_birth", "school", "nurse", "is_active")
    ordering = ("last_name", "first_name")
    autocomplete_fields = ("school", "nurse")
    change_form_outer_before_template = "admin/student_before.html"
    form = StudentForm
    kept = ("photo",)
    labels = {
        "enrollment_date": "First day",
        "medical_record_num": "Medical record number",
        "nurse": "Nurse in charge",
        "photo": "Photograph",
        "is_active": "Enrolled",
    }
    examples = {"medical_record_num": "MRN-123456"}
    helps = {"medical_record_num": "The provider's number of the student's medical record, if it is known."}
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("first_name", "last_name"),
                    ("date_of_birth", "gender"),
                    ("student_number", "medical_record_num"),
                )
            },
        ),
        ("School", {"fields": ("school", ("grade", "enrollment_date"), "nurse", "is_active")}),
        ("Photograph", {"fields": ("photo",), "classes": ("collapse",)}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Where and for whom one works oneself."""
        user: Any = request.user
        own = {"school": user.school_id, "nurse": user.pk if user.role == UserRole.NURSE else None}
        return {**own, **super().get_changeform_initial_data(request)}

    @admin.display(description="name", ordering="last_name")
    def name(self, student: Student) -> str:
        """The name as it sorts."""
        return str(student)

    def autocomplete_label(self, student: Student) -> str:
        """Students may share a name, so the number stands beside it."""
        return f"{student} ({student.student_number})"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not in an emergency: whoever changed a student's school would keep the student."""
        if obj is not None and seen_in_emergency(request, obj.pk):
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "district")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if object_id is not None:
            extra_context = {"records_of_student": self._lists_of_records(request, object_id), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _lists_of_records(self, request: HttpRequest, student_id: str) -> list[dict[str, str]]:
        """The lists of what is kept about a student, each with its address, as far as the user may see them."""
        lists = []
        for model in filter(self.admin_site.is_registered, apps.get_models()):
            records = self.admin_site.get_model_admin(model)
            path = getattr(records, "student_path", None)
            if path is not None and records.has_view_permission(request):
                page = f"{self.admin_site.name}:{model._meta.app_label}_{model._meta.model_name}_changelist"
                lists.append(
                    {
                        "title": str(model._meta.verbose_name_plural),
                        "url": f"{reverse(page)}?{path}__id__exact={student_id}",
                    }
                )
        return lists
