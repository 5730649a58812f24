"""A student under a legal hold loses no row, and the hold itself stays as it was placed."""

import uuid

import pytest
from django.db import IntegrityError

from core.admin.database_errors import explain
from core.models import LegalHold, UserRole
from core.purging import declared_purge
from tests.admin.pages import form_data, page
from tests.core.soft_delete_rows import ONE_OF_EACH, SOFT_DELETED, live_counts, student_with_records
from tests.factories.core import LegalHoldFactory, SchoolFactory, StudentFactory, UserFactory
from tests.safeguards.actors import declared
from tests.schema.rows import execute

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", SOFT_DELETED, ids=lambda model: model.__name__)
def test_no_purge_erases_a_row_of_a_student_under_a_hold(model, refused):
    hold = LegalHoldFactory.create(student=student_with_records())

    with refused("under a legal hold", IntegrityError) as caught, declared_purge("Test"):
        execute(f"DELETE FROM {model._meta.db_table}")

    assert live_counts() == ONE_OF_EACH
    assert explain(caught.value).endswith("is under a legal hold. Release the legal hold first.")
    hold.released_reason = "Settled"
    hold.save()
    with declared_purge("Test"):
        execute(f"DELETE FROM {model._meta.db_table}")
    assert not model.all_objects.exists()


def test_others_are_erased_while_one_is_under_a_hold():
    held, other = student_with_records(), student_with_records()
    LegalHoldFactory.create(student=held)

    with declared_purge("Test"):
        execute("DELETE FROM students WHERE id = %s", [other.pk])

    assert live_counts() == ONE_OF_EACH


def test_a_hold_is_released_once_with_a_reason_and_says_when(refused):
    nurse = UserFactory.create()
    hold = LegalHoldFactory.create()

    for reason in ("", " "):
        with refused("legal_holds_reason", IntegrityError):
            LegalHold.objects.update(released_reason=reason)
    LegalHold.objects.update(released_at="2026-03-02T00:00:00Z")
    hold.refresh_from_db()
    assert hold.released_at is None
    with declared(nurse.pk):
        LegalHold.objects.update(released_reason="Settled")
    hold.refresh_from_db()
    assert (hold.released_reason, hold.updated_by, hold.released_at is None) == ("Settled", nurse, False)
    for change in ({"released_reason": None}, {"released_at": None}, {"released_reason": "Other"}):
        with refused("stays as it was placed", IntegrityError):
            LegalHold.objects.update(**change)


def test_a_hold_stays_with_its_student_and_its_reason(refused):
    LegalHoldFactory.create()

    for change in ({"student": StudentFactory.create()}, {"reason": "Other"}):
        with refused("stays as it was placed", IntegrityError):
            LegalHold.objects.update(**change)


def test_a_student_has_one_open_hold_and_any_number_of_released_ones(refused):
    hold = LegalHoldFactory.create()

    with refused("legal_holds_student_live", IntegrityError):
        LegalHoldFactory.create(student=hold.student)
    LegalHold.objects.update(released_reason="Settled")
    LegalHoldFactory.create(student=hold.student)

    assert LegalHold.objects.count() == 2


def test_a_hold_is_never_erased_not_even_in_a_purge(refused):
    LegalHoldFactory.create()

    with refused("A legal hold cannot be erased", IntegrityError), declared_purge("Test"):
        execute("DELETE FROM legal_holds")


def test_a_hold_needs_a_student_who_is_there(refused):
    with refused("needs a student", IntegrityError):
        LegalHold.objects.create(student_id=uuid.uuid4(), reason="Letter")


def test_a_hold_lies_with_its_student_s_school_and_moves_along():
    hold, other = LegalHoldFactory.create(), SchoolFactory.create()
    hold.refresh_from_db()
    assert hold.school == hold.student.school

    execute("UPDATE students SET school_id = %s", [other.pk])

    hold.refresh_from_db()
    assert hold.school == other


def test_a_hold_outlives_the_student_it_was_released_from():
    hold = LegalHoldFactory.create(released_reason="Settled")

    with declared_purge("Test"):
        execute("DELETE FROM students")

    hold.refresh_from_db()
    assert hold.released_at is not None


def test_the_admin_places_a_hold_on_a_deleted_student_and_releases_it(client):
    administrator = UserFactory.create(role=UserRole.ADMIN)
    client.force_login(administrator)
    student = StudentFactory.create()
    student.delete()

    added = client.post(page(LegalHold, "add"), {"student": student.pk, "reason": "Letter of counsel"})
    hold = LegalHold.objects.get()
    form = client.get(page(LegalHold, "change", hold.pk))
    released = client.post(page(LegalHold, "change", hold.pk), form_data(form) | {"released_reason": "Settled"})

    assert (added.status_code, released.status_code) == (302, 302)
    hold.refresh_from_db()
    assert (hold.student, hold.reason, hold.released_reason) == (student, "Letter of counsel", "Settled")
    assert client.get(page(LegalHold, "delete", hold.pk)).status_code == 403
