from django.contrib import admin

from core.admin.base import WhiteCrossAdmin
from core.models import District

ADDRESS = ("Address", {"fields": ("address", ("city", "state", "zip_code"), ("phone", "email"))})


@admin.register(District)
class DistrictAdmin(WhiteCrossAdmin):
    list_display = ("name", "code", "city", "state", "phone", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name__icontains", "code__istartswith")
    search_help_text = "Name or code"
    ordering = ("name",)
    fieldsets = ((None, {"fields": ("name", ("code", "is_active"))}), ADDRESS)
