"""The stock admin: plain ModelAdmins with the columns, filters and search of ours."""

from typing import Any

from django.contrib import admin
from django.urls import path

from core.models import Student
from health.models import HealthRecord


class StudentAdmin(admin.ModelAdmin):
    list_display = ("__str__", "student_number", "date_of_birth", "grade", "school", "nurse", "is_active")
    list_filter = ("is_active", "grade", "gender", "school")
    list_select_related = ("school", "nurse")
    search_fields = ("first_name", "last_name", "student_number")
    ordering = ("last_name", "first_name")
    raw_id_fields = ("school", "nurse")


class HealthRecordAdmin(admin.ModelAdmin):
    list_display = ("title", "student", "record_type", "record_date", "follow_up_date", "is_confidential")
    list_filter = ("record_type", "follow_up_required", "follow_up_completed", "is_confidential")
    list_select_related = ("student",)
    search_fields = ("student__first_name", "student__last_name", "student__student_number")
    ordering = ("-record_date",)


site: Any = admin.AdminSite(name="admin")
site.register(Student, StudentAdmin)
site.register(HealthRecord, HealthRecordAdmin)
urlpatterns = [path("admin/", site.urls)]
