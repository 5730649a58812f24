from django.contrib import admin

from core.admin.base import WhiteCrossAdmin
from core.models import SchoolAssignment


@admin.register(SchoolAssignment)
class SchoolAssignmentAdmin(WhiteCrossAdmin):
    list_display = ("user", "school", "start_date", "end_date")
    list_display_links = ("user", "school")
    list_select_related = ("user", "school")
    list_filter = ("school",)
    search_fields = ("user__last_name__istartswith", "user__first_name__istartswith", "school__name__icontains")
    search_help_text = "User's name or school"
    ordering = ("-start_date",)
    autocomplete_fields = ("user", "school")
    fieldsets = ((None, {"fields": ("user", "school", ("start_date", "end_date"))}),)
