from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from core.admin.filters import DayRange
from core.admin.student_records import StudentRecordAdmin
from health.models import GrowthMeasurement


@admin.register(GrowthMeasurement)
class GrowthMeasurementAdmin(StudentRecordAdmin):
    list_display = (
        "measurement_date",
        "student",
        "height_with_unit",
        "weight_with_unit",
        "bmi",
        "bmi_percentile",
        "nutritional_status",
        "measured_by",
    )
    list_filter = (("measurement_date", DayRange), "height_unit", "weight_unit")
    list_filter_submit = True
    ordering = ("-measurement_date",)
    autocomplete_fields = ("student", "health_record")
    readonly_fields = ("bmi",)
    follows = (
        "bmi",
        "height_percentile",
        "weight_percentile",
        "bmi_percentile",
        "nutritional_status",
    )
    kept = ("growth_percentiles",)
    labels = {
        "measurement_date": "Measured on",
        "head_circumference": "Head circumference",
        "measured_by_role": "Their role",
        "height_unit": "Height in",
        "weight_unit": "Weight in",
        "nutritional_status": "Weight category",
    }
    units = {"head_circumference": "cm"}
    helps = {"height": "Without shoes."}
    steps = {"height": "0.1", "weight": "0.1", "head_circumference": "0.1"}
    fieldsets = (
        (None, {"fields": ("student", "measurement_date", ("height", "height_unit"), ("weight", "weight_unit"))}),
        (
            "BMI and percentiles",
            {
                "fields": (
                    ("bmi", "nutritional_status"),
                    ("height_percentile", "weight_percentile", "bmi_percentile"),
                    "growth_percentiles",
                ),
                "classes": ("collapse",),
            },
        ),
        ("Concerns", {"fields": ("concerns",)}),
        ("Measured by", {"fields": (("measured_by", "measured_by_role"),), "classes": ("collapse",)}),
        ("More", {"fields": ("head_circumference", "health_record", "notes"), "classes": ("collapse",)}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "measurement_date": timezone.localdate(),
            **self.signature(request, "measured_by"),
            **super().get_changeform_initial_data(request),
        }

    @admin.display(description="height")
    def height_with_unit(self, measurement: GrowthMeasurement) -> str | None:
        """The height as it was measured."""
        return None if measurement.height is None else f"{measurement.height} {measurement.get_height_unit_display()}"

    @admin.display(description="weight")
    def weight_with_unit(self, measurement: GrowthMeasurement) -> str | None:
        """The weight as it was measured."""
        return None if measurement.weight is None else f"{measurement.weight} {measurement.get_weight_unit_display()}"
