"""Deleting and restoring wait for one another, so that no live record is left under a deleted student."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from core.models import Student
from health.models import HealthRecord
from tests.factories.core import StudentFactory
from tests.factories.health import HealthRecordFactory

pytestmark = pytest.mark.django_db(transaction=True)


def outcome_elsewhere(work: Callable[[], Any]) -> BaseException | None:
    """What becomes of the work in another session that waits for locks for a moment only."""
    result: list[BaseException | None] = [None]

    def run() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                work()
        except DatabaseError as error:
            result[0] = error
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


def test_a_student_is_not_deleted_while_a_record_comes_back():
    student = StudentFactory.create()
    record = HealthRecordFactory.create(student=student)
    record.delete()

    with transaction.atomic():
        record.restore()
        outcome = outcome_elsewhere(student.delete)

    assert isinstance(outcome, OperationalError)
    assert Student.objects.filter(pk=student.pk).exists()


def test_a_record_does_not_come_back_while_its_student_is_deleted():
    student = StudentFactory.create()
    record = HealthRecordFactory.create(student=student)
    record.delete()

    with transaction.atomic():
        student.delete()
        outcome = outcome_elsewhere(record.restore)

    assert isinstance(outcome, OperationalError)
    assert not HealthRecord.objects.filter(pk=record.pk).exists()


def test_work_on_other_students_goes_on():
    one, other = StudentFactory.create_batch(2)

    with transaction.atomic():
        one.delete()
        outcome = outcome_elsewhere(other.delete)

    assert outcome is None
    assert Student.objects.count() == 0
