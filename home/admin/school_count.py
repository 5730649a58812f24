from django.contrib import admin

from core.admin.read_only import ReadOnlyAdmin
from home.models import SchoolCount


@admin.register(SchoolCount)
class SchoolCountAdmin(ReadOnlyAdmin):
    list_display = ("measure", "school", "key", "part", "period_date", "count", "counted_at")
    list_select_related = ("school",)
    list_filter = ("measure",)
    ordering = ("measure", "key", "part", "period_date")
