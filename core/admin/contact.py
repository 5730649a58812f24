from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.badges import badge
from core.admin.soft_delete import SoftDeleteAdmin
from core.models import Contact, ContactType, Student
from core.search import prefix_query


@admin.register(Contact)
class ContactAdmin(SoftDeleteAdmin):
    list_display = (
        "name",
        badge("type", ContactType, info=[ContactType.PARENT, ContactType.GUARDIAN], danger=[ContactType.EMERGENCY]),
        "relationship_type",
        "student",
        "organization",
        "phone",
        "email",
        "is_active",
    )
    list_select_related = ("student",)
    list_filter = ("type", "is_active")
    search_fields = ("last_name__istartswith", "first_name__istartswith", "organization__istartswith")
    search_help_text = "Name, organization or student"
    student_path = "student"
    ordering = ("last_name", "first_name")
    autocomplete_fields = ("student", "user")
    labels = {"type": "Kind", "title": "Job title", "zip": "ZIP code", "user": "Member of staff"}
    helps = {"user": "Only for a contact of a member of staff: either a student or somebody of the staff."}
    suggestions = {"relationship_type": ("Mother", "Father", "Guardian", "Pediatrician", "Dentist")}
    fieldsets = (
        (None, {"fields": ("student", ("first_name", "last_name"), ("type", "relationship_type"), ("phone", "email"))}),
        ("Address", {"fields": ("address", ("city", "state", "zip")), "classes": ("collapse",)}),
        (
            "More",
            {
                "fields": (("organization", "title"), "user", "is_active", "notes", "custom_fields"),
                "classes": ("collapse",),
            },
        ),
    )

    @admin.display(description="name", ordering="last_name")
    def name(self, contact: Contact) -> str:
        """The name as it sorts."""
        return str(contact)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Contacts by their own name, or by the words of their student."""
        found, _ = super().get_search_results(request, queryset, search_term)
        query = prefix_query(search_term)
        if query is None:
            return found, False
        students = Student.all_objects.filter(search_vector=query).values("pk")
        return found | queryset.filter(student__in=students), False
