"""A student's records go, and come back, with the student."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.database.soft_delete import OwnerIsDeletedError
from core.models import Contact, Student
from health.models import Allergy, HealthRecord
from medications.models import MedicationLog, StudentMedication
from tests.core.soft_delete_rows import ONE_OF_EACH, RECORDS, SOFT_DELETED, live_counts, student_with_records
from tests.factories.core import ContactFactory, StudentFactory, UserFactory
from tests.factories.health import AllergyFactory, AppointmentFactory, HealthRecordFactory, VitalSignsFactory
from tests.factories.medications import MedicationLogFactory, StudentMedicationFactory
from tests.test_factories import FACTORIES

pytestmark = pytest.mark.django_db


def test_a_student_takes_every_record_along_under_one_mark():
    student = student_with_records()

    result = student.delete()

    assert result == (14, ONE_OF_EACH)
    assert live_counts() == {}
    for model in SOFT_DELETED:
        row = model.all_objects.get()
        assert (row.deletion_id, row.deleted_at) == (student.deletion_id, student.deleted_at), model


def test_a_restored_student_brings_every_record_back():
    student = student_with_records()
    student.delete()

    result = student.restore()

    assert result == (14, ONE_OF_EACH)
    assert live_counts() == ONE_OF_EACH
    assert all(model.objects.get().deletion_id is None for model in SOFT_DELETED)


def test_the_records_of_other_students_are_left_alone():
    student, other = student_with_records(), student_with_records()

    student.delete()
    assert live_counts() == ONE_OF_EACH
    other.delete()
    student.restore()

    assert live_counts() == ONE_OF_EACH
    assert Student.objects.get() == student
    assert all(model.objects.get().student == student for model in RECORDS)


@pytest.mark.parametrize("model", [*RECORDS, MedicationLog], ids=lambda model: model.__name__)
def test_a_record_deleted_before_its_student_stays_deleted(model):
    student = student_with_records()
    record = model.objects.get()
    _, gone = record.delete()
    mark = record.deletion_id

    student.delete()
    student.restore()

    record.refresh_from_db()
    assert record.deletion_id == mark
    assert live_counts() == {label: 1 for label in ONE_OF_EACH if label not in gone}


def test_an_order_takes_its_doses_along_and_brings_them_back():
    order = StudentMedicationFactory.create()
    MedicationLogFactory.create_batch(2, student_medication=order)
    before = MedicationLogFactory.create(student_medication=order)
    before.delete()
    other = MedicationLogFactory.create()

    deleted = order.delete()
    assert deleted == (3, {"medications.StudentMedication": 1, "medications.MedicationLog": 2})
    assert list(MedicationLog.objects.all()) == [other]

    restored = order.restore()
    assert restored == (3, {"medications.StudentMedication": 1, "medications.MedicationLog": 2})
    assert set(MedicationLog.all_objects.deleted()) == {before}


def test_an_order_deleted_before_the_student_comes_back_with_its_doses_on_its_own_terms():
    log = MedicationLogFactory.create()
    order = log.student_medication
    order.delete()
    order.student.delete()
    order.student.restore()
    assert (StudentMedication.objects.count(), MedicationLog.objects.count()) == (0, 0)

    order.restore()

    assert (StudentMedication.objects.count(), MedicationLog.objects.count()) == (1, 1)


def test_a_deleted_record_leaves_what_refers_to_it():
    record = HealthRecordFactory.create()
    allergy = AllergyFactory.create(student=record.student, health_record=record)
    appointment = AppointmentFactory.create(student=record.student)
    signs = VitalSignsFactory.create(student=record.student, appointment=appointment)

    record.delete()
    appointment.delete()

    assert Allergy.objects.get() == allergy
    assert Allergy.objects.get().health_record == record
    signs.refresh_from_db()
    assert (signs.deleted_at, signs.appointment) == (None, appointment)


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model.__name__)
def test_a_record_cannot_come_back_before_its_student(model):
    student = student_with_records()
    student.delete()
    record = model.all_objects.get()

    with pytest.raises(OwnerIsDeletedError, match="cannot be restored while their student is deleted") as caught:
        record.restore()
    with pytest.raises(OwnerIsDeletedError):
        model.all_objects.all().restore()

    assert caught.value.count == 1
    assert live_counts() == {}


def test_a_dose_cannot_come_back_before_its_order():
    log = MedicationLogFactory.create()
    log.student_medication.delete()

    with pytest.raises(OwnerIsDeletedError, match="student medication"):
        MedicationLog.all_objects.all().restore()

    assert not MedicationLog.objects.exists()


def test_one_orphan_among_many_stops_them_all():
    orphan, other = AllergyFactory.create(), AllergyFactory.create()
    other.delete()
    orphan.student.delete()

    with pytest.raises(OwnerIsDeletedError) as caught:
        Allergy.all_objects.all().restore()

    assert str(caught.value) == (
        "1 allergy cannot be restored while their student is deleted. Restore the student first."
    )
    assert not Allergy.objects.exists()


def test_a_contact_of_nobody_or_of_staff_can_always_come_back():
    ContactFactory.create(student=None)
    ContactFactory.create(student=None, user=UserFactory.create())
    Contact.objects.all().delete()

    assert Contact.all_objects.all().restore() == (2, {"core.Contact": 2})


def test_the_number_of_queries_does_not_grow_with_the_rows():
    for _ in range(21):
        student_with_records()
    one = Student.objects.order_by("id").values_list("id", flat=True)[0]
    with CaptureQueriesContext(connection) as deleting_one:
        Student.objects.filter(pk=one).delete()
    with CaptureQueriesContext(connection) as deleting_twenty:
        assert Student.objects.all().delete()[0] == 20 * 14
    with CaptureQueriesContext(connection) as restoring_one:
        Student.all_objects.filter(pk=one).restore()
    with CaptureQueriesContext(connection) as restoring_twenty:
        assert Student.all_objects.all().restore()[0] == 20 * 14

    # The savepoint and its release, the lock, the students, and one count of all that went along.
    assert len(deleting_one) == len(deleting_twenty) == 5
    assert len(restoring_one) == len(restoring_twenty) == 5


def test_twenty_students_deleted_apart_come_back_apart():
    first, second = student_with_records(), student_with_records()
    first.delete()
    second.delete()
    assert first.deletion_id != second.deletion_id

    Student.all_objects.filter(pk=first.pk).restore()

    assert live_counts() == ONE_OF_EACH


def test_records_that_are_no_rows_are_not_counted():
    student = StudentFactory.create()

    assert student.delete() == (1, {"core.Student": 1})


def test_related_managers_show_live_rows_only():
    student = student_with_records()
    for model in RECORDS:
        name = model._meta.default_related_name or "contacts"
        (record,) = getattr(student, name).all()
        FACTORIES[model].create(student=student).delete()
        assert list(getattr(student, name).all()) == [record], model
    assert student.allergies.filter(allergen="Peanuts").count() == 1
    assert student.student_medications.get().medication_logs.count() == 1


def test_prefetching_shows_live_rows_only():
    student = student_with_records()
    HealthRecord.objects.all().delete()

    (found,) = Student.objects.prefetch_related("health_records", "allergies")

    assert (found, len(found.health_records.all()), len(found.allergies.all())) == (student, 0, 1)


def test_a_record_still_reads_its_deleted_student():
    allergy = AllergyFactory.create()
    allergy.student.delete()

    found = Allergy.all_objects.get()
    joined = Allergy.all_objects.select_related("student").get()

    assert found.student == joined.student == allergy.student
    assert found.student.deleted_at is not None
