"""Minimal valid rows of medications."""

import factory
from factory.django import DjangoModelFactory

from medications import models
from tests.factories.core import DAY, MOMENT, StudentFactory, UserFactory


class MedicationFactory(DjangoModelFactory[models.Medication]):
    class Meta:
        model = models.Medication

    name = factory.Sequence(lambda n: f"Albuterol {n}")


class StudentMedicationFactory(DjangoModelFactory[models.StudentMedication]):
    class Meta:
        model = models.StudentMedication

    student = factory.SubFactory(StudentFactory)
    medication = factory.SubFactory(MedicationFactory)
    dosage = "2 puffs"
    frequency = "Every 4 hours as needed"
    start_date = DAY
    prescribed_by = "Dr. Ruth Day"


class MedicationLogFactory(DjangoModelFactory[models.MedicationLog]):
    """A dose that was given."""

    class Meta:
        model = models.MedicationLog

    class Params:
        refused = factory.Trait(
            status=models.MedicationLogStatus.REFUSED,
            time_given=None,
            dosage_given=None,
            reason_not_given="Would not take it",
        )

    student_medication = factory.SubFactory(StudentMedicationFactory)
    nurse = factory.SubFactory(UserFactory)
    time_given = MOMENT
    dosage_given = "2 puffs"
