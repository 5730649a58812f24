from django.contrib import admin

from core.admin.base import WhiteCrossAdmin
from core.admin.district import ADDRESS
from core.admin.filters import AutocompleteSelectFilter
from core.models import School


@admin.register(School)
class SchoolAdmin(WhiteCrossAdmin):
    list_display = ("name", "code", "district", "principal", "total_enrollment", "city", "is_active")
    list_filter = ("is_active", ("district", AutocompleteSelectFilter))
    list_filter_submit = True
    list_select_related = ("district",)
    search_fields = ("name__icontains", "code__istartswith")
    search_help_text = "Name or code"
    ordering = ("name",)
    autocomplete_fields = ("district",)
    fieldsets = (
        (None, {"fields": ("name", ("code", "is_active"), "district", ("principal", "total_enrollment"))}),
        ADDRESS,
    )
