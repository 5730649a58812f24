from django.db import models
from django.db.models import F, Q

from core.database.constraints import between, calendar, check, one_of
from core.database.enums import DatabaseEnum, EnumField
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord
from health.models.appointment import Appointment
from health.models.health_record import HealthRecord


class ConsciousnessLevel(DatabaseEnum):
    ALERT = "ALERT", "Alert"
    VERBAL = "VERBAL", "Responds to voice"
    PAIN = "PAIN", "Responds to pain"
    UNRESPONSIVE = "UNRESPONSIVE", "Unresponsive"
    DROWSY = "DROWSY", "Drowsy"
    CONFUSED = "CONFUSED", "Confused"
    LETHARGIC = "LETHARGIC", "Lethargic"


class TemperatureUnit(models.TextChoices):
    FAHRENHEIT = "F", "°F"
    CELSIUS = "C", "°C"


class VitalSigns(StudentRecord):
    """Temperature, pulse, breathing, pressure and the like of a student at a moment."""

    measurement_date = models.DateTimeField("measured at", db_comment="PHI: when the signs were taken")
    measured_by = models.CharField(max_length=200, db_comment="Who took the signs")
    measured_by_role = models.CharField(max_length=50, null=True, blank=True, db_comment="Role of who took them")
    temperature = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, db_comment="PHI: temperature, in temperature_unit"
    )
    temperature_unit = models.CharField(
        max_length=1, choices=TemperatureUnit, db_default=TemperatureUnit.FAHRENHEIT, db_comment="F or C"
    )
    temperature_site = models.CharField(
        max_length=50, null=True, blank=True, db_comment="PHI: where the temperature was taken"
    )
    blood_pressure_systolic = models.IntegerField(
        "systolic (mmHg)", null=True, blank=True, db_comment="PHI: systolic blood pressure in mmHg"
    )
    blood_pressure_diastolic = models.IntegerField(
        "diastolic (mmHg)", null=True, blank=True, db_comment="PHI: diastolic blood pressure in mmHg"
    )
    blood_pressure_position = models.CharField(
        "position", max_length=50, null=True, blank=True, db_comment="PHI: sitting, standing or lying"
    )
    heart_rate = models.IntegerField(
        "heart rate (per minute)", null=True, blank=True, db_comment="PHI: heart beats per minute"
    )
    heart_rhythm = models.CharField(max_length=50, null=True, blank=True, db_comment="PHI: rhythm of the heart")
    respiratory_rate = models.IntegerField(
        "breaths (per minute)", null=True, blank=True, db_comment="PHI: breaths per minute"
    )
    oxygen_saturation = models.IntegerField(
        "oxygen saturation (%)", null=True, blank=True, db_comment="PHI: oxygen saturation in percent (SpO2)"
    )
    oxygen_supplemental = models.BooleanField(
        "on oxygen", db_default=False, db_comment="PHI: whether oxygen was being given"
    )
    pain_level = models.IntegerField(
        "pain (0-10)", null=True, blank=True, db_comment="PHI: pain, 0 (none) to 10 (worst)"
    )
    pain_location = models.CharField(max_length=200, null=True, blank=True, db_comment="PHI: where it hurts")
    consciousness = EnumField(
        ConsciousnessLevel, null=True, blank=True, db_comment="PHI: level of consciousness (AVPU and finer)"
    )
    glucose_level = models.DecimalField(
        "glucose (mg/dL)",
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        db_comment="PHI: blood glucose in mg/dL",
    )
    peak_flow = models.IntegerField(
        "peak flow (L/min)", null=True, blank=True, db_comment="PHI: peak expiratory flow in L/min"
    )
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")
    health_record = models.ForeignKey(
        HealthRecord,
        on_delete=models.DB_SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        db_comment="PHI: event at which the signs were taken",
    )
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.DB_SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        db_comment="PHI: appointment at which the signs were taken",
    )

    class Meta(StudentRecord.Meta):
        db_table = "vital_signs"
        db_table_comment = "Vital signs of students (PHI)"
        default_related_name = "vital_signs"
        ordering = ["-measurement_date"]
        verbose_name = "vital signs"
        verbose_name_plural = "vital signs"
        constraints = [
            one_of("vital_signs_temp_unit_list", "temperature_unit", TemperatureUnit, "Temperature is in F or C."),
            check(
                "vital_signs_temp_range",
                Q(temperature=None)
                | Q(temperature_unit=TemperatureUnit.FAHRENHEIT, temperature__gte=77, temperature__lte=115)
                | Q(temperature_unit=TemperatureUnit.CELSIUS, temperature__gte=25, temperature__lte=46),
                "The temperature should be 77 to 115 °F, or 25 to 46 °C.",
            ),
            between(
                "vital_signs_systolic_range",
                "blood_pressure_systolic",
                1,
                350,
                "The systolic pressure should be 1 to 350 mmHg.",
            ),
            between(
                "vital_signs_diastolic_range",
                "blood_pressure_diastolic",
                1,
                250,
                "The diastolic pressure should be 1 to 250 mmHg.",
            ),
            check(
                "vital_signs_pressure_order",
                Q(blood_pressure_systolic__gt=F("blood_pressure_diastolic")),
                "The systolic pressure should be above the diastolic one.",
            ),
            between("vital_signs_heart_range", "heart_rate", 0, 350, "The heart rate should be 0 to 350 a minute."),
            between("vital_signs_breath_range", "respiratory_rate", 0, 150, "Breaths should be 0 to 150 a minute."),
            between(
                "vital_signs_oxygen_range", "oxygen_saturation", 0, 100, "The saturation should be 0 to 100 percent."
            ),
            between("vital_signs_pain_range", "pain_level", 0, 10, "The pain level should be 0 to 10."),
            between("vital_signs_glucose_range", "glucose_level", 1, 2000, "Glucose should be 1 to 2000 mg/dL."),
            between("vital_signs_peak_flow_range", "peak_flow", 1, 1000, "The peak flow should be 1 to 1000 L/min."),
            calendar("vital_signs", "measurement_date", "created_at", "updated_at", "deleted_at"),
            soft_delete_constraint("vital_signs"),
        ]
        indexes = [
            # How have this student's signs been? (student page; deleting a student)
            models.Index(fields=["student", "measurement_date"], name="idx_vital_signs_student_date"),
            # Whose signs were taken today? (nurse's home page)
            models.Index(fields=["measurement_date"], name="idx_vital_signs_date"),
            # Which signs were taken at this appointment? (appointment page; deleting an appointment)
            models.Index(fields=["appointment"], name="idx_vital_signs_appointment"),
            # Which signs belong to this event? (health record page; deleting a record)
            models.Index(fields=["health_record"], name="idx_vital_signs_health_record"),
            # Whose signs were taken at this school, latest first? (vital signs page)
            models.Index(models.F("school"), models.F("measurement_date").desc(), name="idx_vital_signs_school"),
        ]

    def __str__(self) -> str:
        return "Vital signs"
