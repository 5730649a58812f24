from typing import Any

from django.contrib import admin
from django.db.models import Max
from django.http import HttpRequest

from core.admin.student_records import StudentRecordAdmin
from incidents.models import EmergencyContact


@admin.register(EmergencyContact)
class EmergencyContactAdmin(StudentRecordAdmin):
    list_display = (
        "name",
        "student",
        "priority",
        "relationship",
        "primary_phone",
        "preferred_contact_method",
        "can_pick_up",
        "is_primary",
        "is_active",
    )
    list_filter = ("is_active", "is_primary", "can_pick_up", "can_make_decisions", "preferred_contact_method")
    ordering = ("name",)
    labels = {
        "primary_phone": "Telephone",
        "secondary_phone": "Second telephone",
        "preferred_contact_method": "Would like to be reached by",
        "priority": "Place in the order of calling",
        "is_primary": "Main contact",
        "is_active": "May be called",
        "can_pick_up": "May pick up the student",
        "can_make_decisions": "May consent to treatment",
    }
    helps = {"priority": "1 is called first."}
    examples = {"name": "Ann Lee"}
    suggestions = {"relationship": ("Mother", "Father", "Grandmother", "Grandfather", "Aunt", "Uncle", "Neighbor")}
    fieldsets = (
        (None, {"fields": ("student", ("name", "relationship"), ("primary_phone", "secondary_phone"), "priority")}),
        ("May", {"fields": (("can_pick_up", "can_make_decisions"),)}),
        ("How to reach", {"fields": (("preferred_contact_method", "email"), "address"), "classes": ("collapse",)}),
        ("More", {"fields": (("is_primary", "is_active"), "notes"), "classes": ("collapse",)}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = super().get_changeform_initial_data(request)
        if student := initial.get("student"):
            last = EmergencyContact.objects.filter(student=student).aggregate(last=Max("priority"))["last"]
            initial.setdefault("priority", min((last or 0) + 1, 99))
        return initial
