from django.db import models
from django.db.models import Q

from core.database.constraints import between, calendar, check, one_of
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord
from health.functions import BodyMassIndex
from health.models.health_record import HealthRecord


class HeightUnit(models.TextChoices):
    CENTIMETERS = "cm", "cm"
    INCHES = "inches", "in"


class WeightUnit(models.TextChoices):
    KILOGRAMS = "kg", "kg"
    POUNDS = "lbs", "lb"


def _percentile(comment: str, name: str) -> models.DecimalField:
    return models.DecimalField(name, max_digits=5, decimal_places=2, null=True, blank=True, db_comment=comment)


class GrowthMeasurement(StudentRecord):
    """Height and weight of a student on a day."""

    # A date, not a moment: age, which the percentiles need, counts in days.
    measurement_date = models.DateField(db_comment="PHI: day of the measurement")
    measured_by = models.CharField(max_length=200, db_comment="Who measured")
    measured_by_role = models.CharField(max_length=50, null=True, blank=True, db_comment="Role of who measured")
    height = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, db_comment="PHI: height without shoes, in height_unit"
    )
    height_unit = models.CharField(
        max_length=10, choices=HeightUnit, db_default=HeightUnit.CENTIMETERS, db_comment="Unit of the height"
    )
    weight = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, blank=True, db_comment="PHI: weight, in weight_unit"
    )
    weight_unit = models.CharField(
        max_length=10, choices=WeightUnit, db_default=WeightUnit.KILOGRAMS, db_comment="Unit of the weight"
    )
    bmi = models.GeneratedField(
        verbose_name="BMI",
        expression=BodyMassIndex("height", "height_unit", "weight", "weight_unit"),
        output_field=models.DecimalField(max_digits=7, decimal_places=2),
        db_persist=True,
        db_comment="PHI: body mass index in kg/m2, from height and weight in their units",
    )
    head_circumference = models.DecimalField(
        "head circumference (cm)",
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        db_comment="PHI: head circumference in cm",
    )
    height_percentile = _percentile("PHI: percentile of the height for age and sex", "height percentile")
    weight_percentile = _percentile("PHI: percentile of the weight for age and sex", "weight percentile")
    bmi_percentile = _percentile("PHI: percentile of the BMI for age and sex", "BMI percentile")
    growth_percentiles = models.JSONField(
        null=True, blank=True, db_comment="PHI: percentiles and z-scores by reference"
    )
    nutritional_status = models.CharField(
        max_length=50, null=True, blank=True, db_comment="PHI: weight category by the percentile of the BMI"
    )
    concerns = models.TextField(null=True, blank=True, db_comment="PHI: concerns about growth")
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")
    health_record = models.ForeignKey(
        HealthRecord,
        on_delete=models.DB_SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        db_comment="PHI: event at which the student was measured",
    )

    class Meta(StudentRecord.Meta):
        db_table = "growth_measurements"
        db_table_comment = "Height and weight of students (PHI)"
        default_related_name = "growth_measurements"
        ordering = ["-measurement_date"]
        constraints = [
            one_of("growth_height_unit_list", "height_unit", HeightUnit, "Height is in cm or inches."),
            one_of("growth_weight_unit_list", "weight_unit", WeightUnit, "Weight is in kg or lbs."),
            check(
                "growth_height_range",
                Q(height=None)
                | Q(height_unit=HeightUnit.CENTIMETERS, height__gte=30, height__lte=250)
                | Q(height_unit=HeightUnit.INCHES, height__gte=12, height__lte=100),
                "The height should be 30 to 250 cm, or 12 to 100 inches.",
            ),
            check(
                "growth_weight_range",
                Q(weight=None)
                | Q(weight_unit=WeightUnit.KILOGRAMS, weight__gte=1, weight__lte=400)
                | Q(weight_unit=WeightUnit.POUNDS, weight__gte=2, weight__lte=880),
                "The weight should be 1 to 400 kg, or 2 to 880 lbs.",
            ),
            between("growth_head_range", "head_circumference", 20, 80, "The head should measure 20 to 80 cm."),
            between("growth_height_percentile", "height_percentile", 0, 100, "The height percentile is 0 to 100."),
            between("growth_weight_percentile", "weight_percentile", 0, 100, "The weight percentile is 0 to 100."),
            between("growth_bmi_percentile", "bmi_percentile", 0, 100, "The BMI percentile is 0 to 100."),
            calendar("growth_measurements", "measurement_date", "created_at", "updated_at", "deleted_at"),
            soft_delete_constraint("growth_measurements"),
        ]
        indexes = [
            # How has this student grown? (growth chart; deleting a student)
            models.Index(fields=["student", "measurement_date"], name="idx_growth_student_date"),
            # Who was measured this fall? (screening report)
            models.Index(fields=["measurement_date"], name="idx_growth_date"),
            # Which measurements belong to this event? (health record page; deleting a record)
            models.Index(fields=["health_record"], name="idx_growth_health_record"),
            # Who was measured at this school, latest first? (growth page)
            models.Index(models.F("school"), models.F("measurement_date").desc(), name="idx_growth_school"),
        ]

    def __str__(self) -> str:
        return f"Growth on {self.measurement_date}"
