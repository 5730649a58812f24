"""Minimal valid rows of health."""

from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from health import models
from tests.factories.core import DAY, MOMENT, StudentFactory, UserFactory


class HealthRecordFactory(DjangoModelFactory[models.HealthRecord]):
    class Meta:
        model = models.HealthRecord

    student = factory.SubFactory(StudentFactory)
    record_type = models.HealthRecordType.ILLNESS
    title = "Stomach ache"
    description = "Rested for 20 minutes, went back to class."
    record_date = MOMENT


class AllergyFactory(DjangoModelFactory[models.Allergy]):
    class Meta:
        model = models.Allergy

    class Params:
        life_threatening = factory.Trait(
            severity=models.AllergySeverity.LIFE_THREATENING,
            epi_pen_required=True,
            epi_pen_location="Nurse's office, red cabinet",
            epi_pen_expiration=DAY,
        )

    student = factory.SubFactory(StudentFactory)
    allergen = "Peanuts"
    allergy_type = models.AllergyType.FOOD


class ChronicConditionFactory(DjangoModelFactory[models.ChronicCondition]):
    class Meta:
        model = models.ChronicCondition

    student = factory.SubFactory(StudentFactory)
    condition_name = "Asthma"
    diagnosed_date = DAY


class AppointmentFactory(DjangoModelFactory[models.Appointment]):
    class Meta:
        model = models.Appointment

    student = factory.SubFactory(StudentFactory)
    nurse = factory.SubFactory(UserFactory)
    scheduled_at = MOMENT
    reason = "Headache"


class VaccinationFactory(DjangoModelFactory[models.Vaccination]):
    class Meta:
        model = models.Vaccination

    class Params:
        exempt = factory.Trait(
            administration_date=None,
            administered_by=None,
            exemption_status=True,
            exemption_reason="Medical",
            compliance_status=models.VaccineComplianceStatus.EXEMPT,
        )

    student = factory.SubFactory(StudentFactory)
    vaccine_name = "M-M-R II"
    vaccine_type = models.VaccineType.MMR
    administration_date = DAY
    administered_by = "County clinic"


class ScreeningFactory(DjangoModelFactory[models.Screening]):
    class Meta:
        model = models.Screening

    student = factory.SubFactory(StudentFactory)
    screening_type = models.ScreeningType.VISION
    screening_date = DAY
    screened_by = "Nora Nurse"


class GrowthMeasurementFactory(DjangoModelFactory[models.GrowthMeasurement]):
    class Meta:
        model = models.GrowthMeasurement

    student = factory.SubFactory(StudentFactory)
    measurement_date = DAY
    measured_by = "Nora Nurse"
    height = Decimal("140.00")
    weight = Decimal("35.00")


class VitalSignsFactory(DjangoModelFactory[models.VitalSigns]):
    class Meta:
        model = models.VitalSigns

    student = factory.SubFactory(StudentFactory)
    measurement_date = MOMENT
    measured_by = "Nora Nurse"
