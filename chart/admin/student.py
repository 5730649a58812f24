from django.contrib import admin

from chart.admin.emergency_cards import EmergencyCards
from core.admin import StudentAdmin
from core.models import Student

admin.site.unregister(Student)


@admin.register(Student)
class ChartedStudentAdmin(EmergencyCards, StudentAdmin):
    """The students, with what one must know about each."""
