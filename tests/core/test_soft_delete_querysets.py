"""Which querysets can be deleted, and what the unique values of deleted rows are worth."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.models import Student
from health.models import Allergy
from medications.models import MedicationLog
from tests.core.soft_delete_rows import live_counts
from tests.factories.core import MOMENT, SchoolFactory, StudentFactory, home_school
from tests.factories.health import AllergyFactory
from tests.factories.medications import MedicationLogFactory

pytestmark = pytest.mark.django_db

UNIQUE = [
    ("student_number", "S-1042", "students_number_in_district"),
    ("medical_record_num", "MRN-12345", "students_record_num_district"),
]


@pytest.mark.parametrize(("field", "value", "constraint"), UNIQUE)
def test_a_unique_value_is_unique_among_live_rows(refused, field, value, constraint):
    StudentFactory.create(**{field: value})

    with refused(constraint, IntegrityError):
        StudentFactory.create(**{field: value})

    assert Student.objects.count() == 1


@pytest.mark.parametrize(("field", "value", "constraint"), UNIQUE)
def test_a_deleted_row_frees_its_unique_value(field, value, constraint):
    StudentFactory.create(**{field: value}).delete()
    StudentFactory.create(**{field: value}).delete()
    student = StudentFactory.create(**{field: value})

    assert Student.objects.get(**{field: value}) == student
    assert Student.all_objects.filter(**{field: value}).count() == 3


@pytest.mark.parametrize(("field", "value", "constraint"), UNIQUE)
def test_a_row_whose_value_was_taken_cannot_come_back_and_nothing_of_it_does(field, value, constraint):
    school = SchoolFactory.create(district=home_school().district)
    gone = AllergyFactory.create(student__school=school, **{f"student__{field}": value}).student
    gone.delete()
    StudentFactory.create(**{field: value})

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        gone.restore()

    gone.refresh_from_db()
    assert gone.deleted_at is not None
    assert live_counts() == {"core.Student": 1}


def test_the_model_says_in_words_that_a_number_is_taken():
    StudentFactory.create(student_number="S-1042")
    nearby = SchoolFactory.create(district=home_school().district)

    with pytest.raises(ValidationError, match=r"Another student of the district has this student number\."):
        StudentFactory.build(school=nearby, student_number="S-1042").full_clean()


def test_another_district_may_give_the_same_number():
    StudentFactory.create(student_number="S-1042", medical_record_num="MRN-12345")
    elsewhere = StudentFactory.build(
        school=SchoolFactory.create(), student_number="S-1042", medical_record_num="MRN-12345"
    )

    elsewhere.full_clean()
    elsewhere.save()

    assert Student.objects.filter(student_number="S-1042").count() == 2


def test_the_model_lets_the_number_of_a_deleted_student_be_used_again():
    StudentFactory.create(student_number="S-1042").delete()

    StudentFactory.build(school=SchoolFactory.create(), student_number="S-1042").full_clean()


def test_a_dose_of_a_slot_is_given_once(refused):
    log = MedicationLogFactory.create(scheduled_for=MOMENT)
    again = {"student_medication": log.student_medication, "scheduled_for": MOMENT}

    with refused("medication_logs_one_per_slot", IntegrityError):
        MedicationLogFactory.create(**again)
    MedicationLogFactory.create(**again, refused=True)
    log.delete()
    MedicationLogFactory.create(**again)

    assert MedicationLog.objects.count() == 2


def test_an_ordered_queryset_is_deleted():
    AllergyFactory.create_batch(3)

    assert Allergy.objects.order_by("-allergen", "student__last_name").delete() == (3, {"health.Allergy": 3})


def test_a_queryset_with_joins_is_deleted_and_counts_each_row_once():
    student = StudentFactory.create()
    AllergyFactory.create_batch(3, student=student)

    result = Student.objects.filter(allergies__allergen="Peanuts").delete()

    assert result == (4, {"core.Student": 1, "health.Allergy": 3})


def test_a_queryset_of_some_columns_or_of_values_is_deleted():
    AllergyFactory.create_batch(2)

    assert Allergy.objects.only("allergen").delete()[0] == 2
    assert Allergy.all_objects.values("id").restore()[0] == 2
    assert Allergy.objects.select_related("student").distinct().delete()[0] == 2


@pytest.mark.parametrize("method", ["delete", "restore"])
def test_a_slice_is_refused_as_django_refuses_it(method):
    AllergyFactory.create_batch(3)
    AllergyFactory.create().delete()

    with pytest.raises(TypeError, match=rf"Cannot use 'limit' or 'offset' with {method}\(\)."):
        getattr(Allergy.all_objects.order_by("id")[:2], method)()

    assert (Allergy.objects.count(), Allergy.all_objects.count()) == (3, 4)


def test_a_delete_that_is_rolled_back_leaves_everything_as_it_was():
    allergy = AllergyFactory.create()

    with transaction.atomic():
        allergy.student.delete()
        transaction.set_rollback(True)

    assert live_counts() == {"core.Student": 1, "health.Allergy": 1}


def test_updated_at_tells_when_a_row_was_deleted():
    allergy = AllergyFactory.create()
    Allergy.objects.filter(pk=allergy.pk).delete()

    allergy.refresh_from_db()

    assert allergy.updated_at > allergy.created_at
    assert allergy.deleted_at is not None
    assert abs(allergy.updated_at - allergy.deleted_at) < datetime.timedelta(seconds=5)
