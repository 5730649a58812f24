"""Students with one record of every kind, for the tests of soft delete."""

from core.database.soft_delete import SoftDeleteModel
from core.models import Student
from medications.models import MedicationLog
from tests.factories.core import StudentFactory
from tests.test_factories import FACTORIES, OUR_MODELS

SOFT_DELETED = [model for model in OUR_MODELS if issubclass(model, SoftDeleteModel)]
# All that a student owns by a field `student`; doses hang one level below, on the orders.
RECORDS = [model for model in SOFT_DELETED if model not in {Student, MedicationLog}]
# One of each, as `delete()` and `restore()` of one student count them.
ONE_OF_EACH = {model._meta.label: 1 for model in SOFT_DELETED}


def student_with_records(**fields) -> Student:
    """A student with one live record of each kind."""
    student = StudentFactory.create(**fields)
    for model in RECORDS:
        FACTORIES[model].create(student=student)
    FACTORIES[MedicationLog].create(student_medication=student.student_medications.get())
    return student


def live_counts() -> dict[str, int]:
    """How many live rows each table holds."""
    return {model._meta.label: model.objects.count() for model in SOFT_DELETED if model.objects.exists()}
