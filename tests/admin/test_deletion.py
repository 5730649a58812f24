import pytest
from django.contrib.admin import helpers
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import District, School, SchoolAssignment, Student, User, UserRole
from health.models import Allergy, HealthRecord
from medications.models import Medication
from tests.admin.pages import FACTORIES, SOFT_DELETED, by_name, messages_of, page
from tests.factories.core import SchoolAssignmentFactory, StudentFactory
from tests.factories.health import AllergyFactory, HealthRecordFactory
from tests.factories.medications import MedicationLogFactory

CONFIRMED = {"post": "yes", "reason": "Entered twice"}


def act(client, model, action, rows, query="", **data):
    """The page that follows an action on rows of a list."""
    data |= {"action": action, helpers.ACTION_CHECKBOX_NAME: [row.pk for row in rows]}
    return client.post(page(model, "changelist") + query, data, follow=True)


@pytest.mark.parametrize("model", SOFT_DELETED, ids=by_name)
def test_a_row_is_deleted_seen_as_deleted_and_restored(model, administrator):
    row = FACTORIES[model].create()

    administrator.post(page(model, "delete", row.pk), CONFIRMED)
    hidden = administrator.get(page(model, "changelist"))
    listed = administrator.get(page(model, "changelist"), {"deleted": "yes"})
    everything = administrator.get(page(model, "changelist"), {"deleted": "all"})
    opened = administrator.get(page(model, "change", row.pk))
    restored = administrator.post(page(model, "restore", row.pk), follow=True)

    assert list(hidden.context["cl"].result_list) == []
    assert list(listed.context["cl"].result_list) == [row]
    assert list(everything.context["cl"].result_list) == [row]
    assert b"It can be read, but not changed." in opened.content
    assert messages_of(restored) == [f"Restored: 1 {model._meta.verbose_name}."]
    assert model.objects.get() == row


@pytest.mark.parametrize("model", SOFT_DELETED, ids=by_name)
def test_a_deleted_row_is_read_only(model, administrator):
    row = FACTORIES[model].create()
    row.delete()

    changed = administrator.post(page(model, "change", row.pk), {})
    deleted = administrator.get(page(model, "delete", row.pk))

    assert (changed.status_code, deleted.status_code) == (403, 403)


def test_the_confirmation_counts_what_goes_along_in_a_constant_number_of_queries(nurse):
    student = StudentFactory.create(first_name="John", last_name="Smith")
    HealthRecordFactory.create_batch(2, student=student)
    AllergyFactory.create(student=student)
    AllergyFactory.create(student=student).delete()
    MedicationLogFactory.create(student_medication__student=student)
    nurse.get(page(Student, "delete", student.pk))

    with CaptureQueriesContext(connection) as few:
        response = nurse.get(page(Student, "delete", student.pk))
    AllergyFactory.create_batch(20, student=student)
    with CaptureQueriesContext(connection) as many:
        nurse.get(page(Student, "delete", student.pk))

    assert dict(response.context["model_count"]) == {
        "health records": 2,
        "allergy": 1,
        "student medication": 1,
        "medication log": 1,
    }
    assert "Delete the student “Smith, John”?" in response.content.decode()
    assert "Nothing is erased." in response.content.decode()
    assert len(many) == len(few)


def test_a_student_s_records_go_and_come_back_with_the_student(nurse):
    student = StudentFactory.create()
    record = HealthRecordFactory.create(student=student)
    AllergyFactory.create(student=student).delete()

    nurse.post(page(Student, "delete", student.pk), CONFIRMED)
    gone = (Student.objects.count(), HealthRecord.objects.count())
    response = nurse.post(page(Student, "restore", student.pk), follow=True)

    assert gone == (0, 0)
    assert messages_of(response)[-1] == "Restored: 1 student, with 1 of what belongs to it."
    assert (list(HealthRecord.objects.all()), Allergy.objects.count()) == ([record], 0)


def test_selected_rows_are_deleted_after_a_confirmation(nurse):
    first, second, third = StudentFactory.create_batch(3)
    HealthRecordFactory.create(student=first)

    asked = act(nurse, Student, "delete_selected", [first, second])
    still_there = Student.objects.count()
    done = act(nurse, Student, "delete_selected", [first, second], **CONFIRMED)

    assert asked.context["counted"] == "2 students"
    assert dict(asked.context["model_count"]) == {"health record": 1}
    assert still_there == 3
    assert messages_of(done) == ["Deleted: 2 students."]
    assert list(Student.objects.all()) == [third]


def test_all_rows_of_a_filtered_list_are_deleted_and_no_other(nurse):
    StudentFactory.create_batch(2, grade="5")
    stays = StudentFactory.create(grade="6")
    query = "?grade__exact=5"
    ticked = Student.objects.filter(grade="5")[:1]

    asked = act(nurse, Student, "delete_selected", ticked, query, select_across="1")
    act(nurse, Student, "delete_selected", ticked, query, select_across="1", **CONFIRMED)

    assert asked.context["counted"] == "2 students"
    assert list(Student.objects.all()) == [stays]


def test_selected_rows_are_restored_as_far_as_they_can_be_and_the_rest_is_explained(nurse):
    gone, lives = StudentFactory.create_batch(2)
    orphan = HealthRecordFactory.create(student=gone)
    records = HealthRecordFactory.create_batch(2, student=lives)
    gone.delete()
    HealthRecord.objects.all().delete()

    response = act(nurse, HealthRecord, "restore_selected", [orphan, *records], "?deleted=yes", post="yes")

    assert messages_of(response) == [
        "Restored: 2 health records.",
        "Not restored: 1 health record, whose student is deleted. Restore the student first.",
    ]
    assert set(HealthRecord.objects.all()) == set(records)


def test_a_student_whose_number_was_given_away_stays_deleted_and_the_message_says_why(nurse):
    old = StudentFactory.create(student_number="1042")
    old.delete()
    StudentFactory.create(student_number="1042")

    response = nurse.post(page(Student, "restore", old.pk), follow=True)

    assert messages_of(response) == [
        "Nothing was restored: what is live now stands in the way. "
        "Another student of the district has this student number."
    ]
    assert Student.objects.count() == 1


def test_restoring_what_is_not_deleted_says_so(nurse):
    student = StudentFactory.create()

    response = nurse.post(page(Student, "restore", student.pk), follow=True)

    assert messages_of(response) == ["Nothing to restore: none of them is deleted."]


def test_restoring_takes_a_post_and_the_permission(nurse, client_as):
    student = StudentFactory.create()
    student.delete()
    administrator_of_school = client_as(UserRole.SCHOOL_ADMIN)

    by_link = nurse.get(page(Student, "restore", student.pk))
    by_another = administrator_of_school.post(page(Student, "restore", student.pk))
    banner = administrator_of_school.get(page(Student, "change", student.pk)).content
    unknown = nurse.post(page(Student, "restore", "0198c0de-0000-7000-8000-000000000000"))

    assert (by_link.status_code, by_another.status_code, unknown.status_code) == (405, 403, 302)
    assert b"It can be read" in banner
    assert b"restore_from_trash" not in banner
    assert Student.objects.count() == 0


def test_an_action_that_a_role_may_not_do_is_not_done(client_as):
    student = StudentFactory.create()
    viewer = client_as(UserRole.VIEWER)

    act(viewer, Student, "delete_selected", [student], **CONFIRMED)

    assert Student.objects.get() == student


def test_the_list_of_live_rows_offers_deleting_and_that_of_deleted_rows_restoring(nurse):
    StudentFactory.create()
    StudentFactory.create().delete()

    offered = {
        query: [
            name
            for name, _ in nurse.get(page(Student, "changelist"), {"deleted": query})
            .context["action_form"]
            .fields["action"]
            .choices
            if name in ("delete_selected", "restore_selected")
        ]
        for query in ("", "yes", "all")
    }

    assert offered == {
        "": ["delete_selected"],
        "yes": ["restore_selected"],
        "all": ["delete_selected", "restore_selected"],
    }


@pytest.mark.parametrize("model", [School, District, Medication, User])
def test_what_records_refer_to_is_not_deleted_through_the_web_by_anybody(model, client_as):
    row = FACTORIES[model].create()
    superuser = client_as(UserRole.ADMIN, is_superuser=True)

    response = superuser.post(page(model, "delete", row.pk), CONFIRMED)

    assert response.status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_an_assignment_to_a_school_is_erased_and_the_confirmation_says_that_it_is_final(administrator):
    assignment = SchoolAssignmentFactory.create()

    asked = administrator.get(page(SchoolAssignment, "delete", assignment.pk))
    done = administrator.post(page(SchoolAssignment, "delete", assignment.pk), CONFIRMED)

    assert "This is final" in asked.content.decode()
    assert done.status_code == 302
    assert not SchoolAssignment.objects.exists()
