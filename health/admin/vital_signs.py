from django.contrib import admin

from core.admin.filters import DayRange
from core.admin.student_records import StudentRecordAdmin
from health.models import VitalSigns


@admin.register(VitalSigns)
class VitalSignsAdmin(StudentRecordAdmin):
    list_display = (
        "measurement_date",
        "student",
        "temperature_with_unit",
        "blood_pressure",
        "heart_rate",
        "respiratory_rate",
        "oxygen_saturation",
        "pain_level",
        "measured_by",
    )
    list_filter = (("measurement_date", DayRange), "consciousness", "oxygen_supplemental")
    list_filter_submit = True
    ordering = ("-measurement_date",)
    autocomplete_fields = ("student", "health_record", "appointment")
    fieldsets = (
        (None, {"fields": ("student", "measurement_date", ("measured_by", "measured_by_role"))}),
        ("Temperature", {"fields": (("temperature", "temperature_unit", "temperature_site"),)}),
        (
            "Blood pressure",
            {"fields": (("blood_pressure_systolic", "blood_pressure_diastolic", "blood_pressure_position"),)},
        ),
        (
            "Heart and breathing",
            {
                "fields": (
                    ("heart_rate", "heart_rhythm"),
                    ("respiratory_rate", "peak_flow"),
                    ("oxygen_saturation", "oxygen_supplemental"),
                )
            },
        ),
        ("Pain and consciousness", {"fields": (("pain_level", "pain_location"), "consciousness")}),
        ("Glucose", {"fields": ("glucose_level",)}),
        ("More", {"fields": ("appointment", "health_record", "notes"), "classes": ("collapse",)}),
    )

    @admin.display(description="temperature", ordering="temperature")
    def temperature_with_unit(self, signs: VitalSigns) -> str | None:
        """The temperature as it was taken."""
        return None if signs.temperature is None else f"{signs.temperature} {signs.get_temperature_unit_display()}"

    @admin.display(description="blood pressure", ordering="blood_pressure_systolic")
    def blood_pressure(self, signs: VitalSigns) -> str | None:
        """Systolic over diastolic, in mmHg."""
        if signs.blood_pressure_systolic is None and signs.blood_pressure_diastolic is None:
            return None
        return f"{signs.blood_pressure_systolic or '?'}/{signs.blood_pressure_diastolic or '?'}"
