from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin.filters import DayRange
from core.admin.student_records import StudentRecordAdmin, now
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
    labels = {
        "measurement_date": "When",
        "temperature_unit": "In",
        "temperature_site": "Taken at",
        "blood_pressure_systolic": "Systolic",
        "blood_pressure_diastolic": "Diastolic",
        "heart_rate": "Heart rate",
        "heart_rhythm": "Rhythm",
        "respiratory_rate": "Breathing",
        "oxygen_saturation": "Oxygen saturation",
        "peak_flow": "Peak flow",
        "pain_level": "Pain",
        "pain_location": "Where it hurts",
        "glucose_level": "Glucose",
        "measured_by_role": "Their role",
    }
    units = {
        "blood_pressure_systolic": "mmHg",
        "blood_pressure_diastolic": "mmHg",
        "heart_rate": "bpm",
        "respiratory_rate": "breaths/min",
        "oxygen_saturation": "%",
        "peak_flow": "L/min",
        "glucose_level": "mg/dL",
        "pain_level": "of 10",
    }
    steps = {"temperature": "0.1", "glucose_level": "1"}
    suggestions = {
        "temperature_site": ("Mouth", "Ear", "Forehead", "Armpit"),
        "blood_pressure_position": ("Sitting", "Standing", "Lying"),
        "heart_rhythm": ("Regular", "Irregular"),
    }
    fieldsets = (
        (None, {"fields": ("student", "measurement_date")}),
        (
            "Signs",
            {
                "fields": (
                    ("temperature", "temperature_unit", "temperature_site"),
                    ("heart_rate", "respiratory_rate", "oxygen_saturation"),
                    ("blood_pressure_systolic", "blood_pressure_diastolic", "blood_pressure_position"),
                    ("pain_level", "pain_location"),
                )
            },
        ),
        (
            "Where it matters",
            {"fields": (("glucose_level", "peak_flow"), ("consciousness", "heart_rhythm"), "oxygen_supplemental")},
        ),
        ("Notes", {"fields": ("notes",)}),
        ("Measured by", {"fields": (("measured_by", "measured_by_role"),), "classes": ("collapse",)}),
        ("Belongs to", {"fields": ("appointment", "health_record"), "classes": ("collapse",)}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "measurement_date": now(),
            **self.signature(request, "measured_by"),
            **super().get_changeform_initial_data(request),
        }

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
