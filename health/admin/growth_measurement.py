from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from core.admin.filters import DayRange
from core.admin.student_records import StudentRecordAdmin, StudentRecordForm
from core.models import Gender
from health.growth_reference import Measure, Sex, age_in_months, assess, bmi_category, is_covered
from health.models import GrowthMeasurement
from health.models.growth_measurement import HeightUnit, WeightUnit


class GrowthForm(StudentRecordForm):
    """A measurement; its percentiles are those of the CDC reference for the student's age and sex."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if _DECISIVE & set(self.changed_data) and not self.errors:
            for name, value in _assessed(cleaned).items():
                setattr(self.instance, name, value)
        return cleaned


# The international inch and pound (1959), exact.
CM_PER_INCH = 2.54
KG_PER_POUND = 0.45359237

_DECISIVE = {"student", "measurement_date", "height", "height_unit", "weight", "weight_unit"}
_SEXES = {Gender.MALE: Sex.MALE, Gender.FEMALE: Sex.FEMALE}


def _assessed(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Percentiles and weight category of a measurement; None where the reference has none or the figure is implausible.

    The reference covers 2 to 20 years and two sexes (`health.growth_reference` has the sources).
    """
    student, sex = answers["student"], _SEXES.get(answers["student"].gender)
    months = age_in_months(student.date_of_birth, answers["measurement_date"])
    height = _in(answers["height"], CM_PER_INCH if answers["height_unit"] == HeightUnit.INCHES else 1)
    weight = _in(answers["weight"], KG_PER_POUND if answers["weight_unit"] == WeightUnit.POUNDS else 1)
    bmi = weight / (height / 100) ** 2 if height and weight else None
    found: dict[str, Any] = dict.fromkeys(
        ("height_percentile", "weight_percentile", "bmi_percentile", "nutritional_status")
    )
    if sex is None or not is_covered(months):
        return found
    figures = {"height": (Measure.STATURE, height), "weight": (Measure.WEIGHT, weight), "bmi": (Measure.BMI, bmi)}
    assessed = {name: assess(measure, sex, months, value) for name, (measure, value) in figures.items() if value}
    plausible = {name: each for name, each in assessed.items() if not each.is_implausible}
    found |= {f"{name}_percentile": round(Decimal(each.percentile), 2) for name, each in plausible.items()}
    if bmi and len(plausible) == len(assessed):
        found["nutritional_status"] = bmi_category(sex, months, bmi).value
    return found


def _in(value: Decimal | None, factor: float) -> float | None:
    return None if value is None else float(value) * factor


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
    form = GrowthForm
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
