from django.contrib import admin

from core.admin import StudentAdmin
from core.models import Student

admin.site.unregister(Student)


@admin.register(Student)
class StudentChartAdmin(StudentAdmin):
    """The students, with what one must know about each."""
