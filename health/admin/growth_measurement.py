from django.contrib import admin

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
    fieldsets = (
        (None, {"fields": ("student", "measurement_date", ("measured_by", "measured_by_role"))}),
        (
            "Measurements",
            {"fields": (("height", "height_unit"), ("weight", "weight_unit"), ("head_circumference", "bmi"))},
        ),
        (
            "Assessment",
            {
                "fields": (
                    ("height_percentile", "weight_percentile", "bmi_percentile"),
                    "nutritional_status",
                    "concerns",
                )
            },
        ),
        ("More", {"fields": ("health_record", "growth_percentiles", "notes"), "classes": ("collapse",)}),
    )

    @admin.display(description="height")
    def height_with_unit(self, measurement: GrowthMeasurement) -> str | None:
        """The height as it was measured."""
        return None if measurement.height is None else f"{measurement.height} {measurement.get_height_unit_display()}"

    @admin.display(description="weight")
    def weight_with_unit(self, measurement: GrowthMeasurement) -> str | None:
        """The weight as it was measured."""
        return None if measurement.weight is None else f"{measurement.weight} {measurement.get_weight_unit_display()}"
