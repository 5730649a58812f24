from health.admin.allergy import AllergyAdmin
from health.admin.appointment import AppointmentAdmin
from health.admin.chronic_condition import ChronicConditionAdmin
from health.admin.growth_measurement import GrowthMeasurementAdmin
from health.admin.health_record import HealthRecordAdmin
from health.admin.screening import ScreeningAdmin
from health.admin.vaccination import VaccinationAdmin
from health.admin.vital_signs import VitalSignsAdmin

__all__ = [
    "AllergyAdmin",
    "AppointmentAdmin",
    "ChronicConditionAdmin",
    "GrowthMeasurementAdmin",
    "HealthRecordAdmin",
    "ScreeningAdmin",
    "VaccinationAdmin",
    "VitalSignsAdmin",
]
