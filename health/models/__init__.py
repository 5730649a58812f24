from health.models.allergy import Allergy, AllergySeverity, AllergyType
from health.models.appointment import Appointment, AppointmentStatus, AppointmentType
from health.models.chronic_condition import ChronicCondition, ConditionSeverity, ConditionStatus
from health.models.growth_measurement import GrowthMeasurement, HeightUnit, WeightUnit
from health.models.health_record import HealthRecord, HealthRecordType
from health.models.screening import FollowUpStatus, Screening, ScreeningOutcome, ScreeningType
from health.models.vaccination import (
    AdministrationRoute,
    AdministrationSite,
    Vaccination,
    VaccineComplianceStatus,
    VaccineType,
)
from health.models.vital_signs import ConsciousnessLevel, TemperatureUnit, VitalSigns

__all__ = [
    "AdministrationRoute",
    "AdministrationSite",
    "Allergy",
    "AllergySeverity",
    "AllergyType",
    "Appointment",
    "AppointmentStatus",
    "AppointmentType",
    "ChronicCondition",
    "ConditionSeverity",
    "ConditionStatus",
    "ConsciousnessLevel",
    "FollowUpStatus",
    "GrowthMeasurement",
    "HealthRecord",
    "HealthRecordType",
    "HeightUnit",
    "Screening",
    "ScreeningOutcome",
    "ScreeningType",
    "TemperatureUnit",
    "Vaccination",
    "VaccineComplianceStatus",
    "VaccineType",
    "VitalSigns",
    "WeightUnit",
]
