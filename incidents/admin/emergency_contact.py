from django.contrib import admin

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
    fieldsets = (
        (None, {"fields": ("student", ("name", "relationship"), ("priority", "is_primary", "is_active"))}),
        (
            "How to reach",
            {"fields": (("primary_phone", "secondary_phone"), ("email", "preferred_contact_method"), "address")},
        ),
        ("May", {"fields": (("can_pick_up", "can_make_decisions"),)}),
        ("Notes", {"fields": ("notes",), "classes": ("collapse",)}),
    )
