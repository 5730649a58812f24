"""Actions of lists and of rows' own pages: who may, what they write, what they leave alone and say of it."""

import datetime

import pytest
from django.contrib.admin import helpers
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.history import history_of
from audit.models import AuditAction, AuditLog
from core.acting import acting_as
from core.admin.actions import ON_A_PAGE, holds
from core.models import Student, UserRole
from health.models import Allergy, Appointment, FollowUpStatus, HealthRecord, Screening
from incidents.models import IncidentReport
from medications.models import Medication, StudentMedication
from tests.admin.pages import FACTORIES, SOFT_DELETED, by_name, messages_of, page
from tests.factories.core import DistrictFactory, SchoolFactory, StudentFactory, UserFactory, home_school
from tests.factories.health import AllergyFactory, AppointmentFactory, HealthRecordFactory, ScreeningFactory
from tests.factories.incidents import IncidentReportFactory
from tests.factories.medications import MedicationFactory, StudentMedicationFactory

CANCELLED = {"post": "yes", "why": "Student absent"}


def act(client, action, rows, query="", **data):
    """The page that follows an action on rows of a list."""
    data |= {"action": action, helpers.ACTION_CHECKBOX_NAME: [row.pk for row in rows]}
    return client.post(page(type(rows[0]), "changelist") + query, data, follow=True)


def press(client, action, row, **data):
    """The page that follows a button on the page of a row."""
    data |= {ON_A_PAGE: action, helpers.ACTION_CHECKBOX_NAME: row.pk}
    return client.post(page(type(row), "change", row.pk), data, follow=True)


def offered(client, row):
    return [action.name for action in client.get(page(type(row), "change", row.pk)).context.get("row_actions", ())]


# --- What they write --------------------------------------------------------------------------------------------------


def test_appointments_are_completed_with_the_time_and_what_is_over_is_left_alone(nurse):
    first, second = AppointmentFactory.create_batch(2)
    over = AppointmentFactory.create(status="NO_SHOW")

    response = act(nurse, "complete", [first, second, over])

    assert messages_of(response) == [
        "2 appointments completed.",
        "1 appointment left as it was: they are completed, cancelled or missed already.",
    ]
    for row in (first, second):
        row.refresh_from_db()
        assert row.status == "COMPLETED"
        assert row.completed_at is not None
        assert timezone.now() - row.completed_at < datetime.timedelta(minutes=1)
        assert row.updated_by == nurse.user
    over.refresh_from_db()
    assert (over.status, over.completed_at) == ("NO_SHOW", None)


def test_an_action_done_twice_does_no_harm(nurse):
    appointment = AppointmentFactory.create()
    act(nurse, "complete", [appointment])
    before = Appointment.objects.values().get()

    response = act(nurse, "complete", [appointment])

    assert messages_of(response) == ["1 appointment left as it was: they are completed, cancelled or missed already."]
    assert Appointment.objects.values().get() == before


def test_an_appointment_is_cancelled_for_a_reason_that_is_asked_for(nurse):
    appointment = AppointmentFactory.create()

    asked = act(nurse, "cancel", [appointment])
    blank = act(nurse, "cancel", [appointment], post="yes", why=" ")
    still = Appointment.objects.get().status
    done = act(nurse, "cancel", [appointment], **CANCELLED)

    assert str(appointment.student) in asked.content.decode()
    assert "This field is required." in blank.content.decode()
    assert still == "SCHEDULED"
    assert messages_of(done) == ["1 appointment cancelled."]
    fresh = Appointment.objects.get()
    assert (fresh.status, fresh.cancellation_reason) == ("CANCELLED", "Student absent")
    assert fresh.cancelled_at is not None


def test_an_appointment_that_was_closed_by_mistake_is_opened_again(nurse):
    appointment = AppointmentFactory.create()
    act(nurse, "cancel", [appointment], **CANCELLED)

    press(nurse, "reopen", appointment)

    fresh = Appointment.objects.get()
    assert (fresh.status, fresh.cancelled_at, fresh.cancellation_reason) == ("SCHEDULED", None, None)


def test_that_a_parent_was_told_is_noted_with_how_when_and_by_whom(nurse):
    report = IncidentReportFactory.create()

    response = press(nurse, "notify_parents", report, post="yes", how="By telephone")

    assert messages_of(response) == ["1 incident report marked: a parent was told."]
    fresh = IncidentReport.objects.get()
    assert (fresh.parent_notified, fresh.parent_notified_by, fresh.parent_notification_method) == (
        True,
        nurse.user,
        "By telephone",
    )
    assert timezone.now() - fresh.parent_notified_at < datetime.timedelta(minutes=1)


def test_a_rule_that_an_action_would_break_is_said_and_nothing_is_changed(nurse):
    report = IncidentReportFactory.create(occurred_at=timezone.now() + datetime.timedelta(days=1))

    response = press(nurse, "notify_parents", report, post="yes", how="In person")

    assert messages_of(response) == ["Nothing was changed. A parent cannot be notified before the incident."]
    assert IncidentReport.objects.get().parent_notified is False


def test_reports_are_closed_allergies_verified_and_follow_ups_done(nurse):
    report = IncidentReportFactory.create()
    allergy = AllergyFactory.create()
    record = HealthRecordFactory.create(follow_up_required=True)
    screening = ScreeningFactory.create(follow_up_required=True)
    nothing_to_do = ScreeningFactory.create()

    act(nurse, "close", [report])
    act(nurse, "verify", [allergy])
    act(nurse, "complete_follow_up", [record])
    told = act(nurse, "complete_follow_up", [screening, nothing_to_do])

    fresh = Allergy.objects.get()
    assert IncidentReport.objects.get().status == "CLOSED"
    assert (fresh.verified, fresh.verified_by, fresh.verification_date) == (True, nurse.user, timezone.localdate())
    assert HealthRecord.objects.get().follow_up_completed is True
    assert Screening.objects.get(pk=screening.pk).follow_up_status == FollowUpStatus.COMPLETED
    assert Screening.objects.get(pk=nothing_to_do.pk).follow_up_status is None
    assert messages_of(told) == [
        "1 screening followed up.",
        "1 screening left as it was: there was nothing left to do.",
    ]


def test_an_order_ends_on_a_day_and_one_that_was_to_begin_later_on_its_first_day(nurse):
    today = timezone.localdate()
    running = StudentMedicationFactory.create()
    later = StudentMedicationFactory.create(start_date=today + datetime.timedelta(days=9))

    act(nurse, "end", [running, later], post="yes", last_day=str(today), reason="Treatment is over")

    ends = dict(StudentMedication.objects.values_list("pk", "end_date"))
    assert ends == {running.pk: today, later.pk: later.start_date}
    assert not StudentMedication.objects.filter(is_active=True).exists()
    assert history_of(running)[-1].reason == "Treatment is over"


def test_a_medication_is_restocked_and_set_out_of_use(nurse):
    medication = MedicationFactory.create(stock_quantity=5, lot_number="A1")

    press(nurse, "restock", medication, post="yes", units="20", lot_number="", expiration_date="2028-01-31")
    press(nurse, "set_out_of_use", medication, post="yes", reason="Recalled")

    fresh = Medication.objects.get()
    assert (fresh.stock_quantity, fresh.lot_number, str(fresh.expiration_date), fresh.is_active) == (
        25,
        "A1",
        "2028-01-31",
        False,
    )
    assert history_of(medication)[-1].reason == "Recalled"


# --- Who may, and where -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", UserRole)
def test_an_action_is_for_those_who_may_change_the_rows(role, client_as):
    rows = [
        AppointmentFactory.create(student__school=home_school()),
        AllergyFactory.create(student__school=home_school()),
        IncidentReportFactory.create(student__school=home_school()),
        MedicationFactory.create(),
    ]
    client = client_as(role)

    for row, action in zip(rows, ("complete", "verify", "close", "restock"), strict=True):
        label = row._meta
        may = client.user.has_perm(f"{label.app_label}.change_{label.model_name}")
        may_see = client.user.has_perm(f"{label.app_label}.view_{label.model_name}")
        before = type(row)._base_manager.values().get(pk=row.pk)

        if may_see:
            assert (action in offered(client, row)) == may
        answer = act(client, action, [row], post="yes", units="3")

        changed = type(row)._base_manager.values().get(pk=row.pk) != before
        assert changed == may
        assert answer.status_code == (200 if may_see else 403)


def test_rows_of_another_school_are_not_touched(nurse):
    elsewhere = AppointmentFactory.create(student__school=SchoolFactory.create(district=DistrictFactory.create()))

    response = act(nurse, "complete", [elsewhere])

    assert Appointment.objects.get().status == "SCHEDULED"
    assert str(elsewhere.student) not in response.content.decode()


def test_a_page_offers_what_can_be_done_to_its_row_now(nurse):
    scheduled, done = AppointmentFactory.create(), AppointmentFactory.create(status="COMPLETED")
    deleted = AppointmentFactory.create()
    deleted.delete()

    assert offered(nurse, scheduled) == ["begin", "complete", "mark_no_show", "cancel"]
    assert offered(nurse, done) == ["reopen"]
    assert offered(nurse, deleted) == []


def test_the_question_names_rows_in_a_constant_number_of_queries_and_is_noted_as_a_look(nurse):
    few, many = AppointmentFactory.create_batch(3), AppointmentFactory.create_batch(30)
    act(nurse, "cancel", few)

    counts = []
    for rows in (few, many):
        with CaptureQueriesContext(connection) as queries:
            act(nurse, "cancel", rows)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert AuditLog.objects.filter(action=AuditAction.LIST, entity_type="appointments").exists()


def test_a_condition_is_asked_of_a_row_in_hand_as_the_database_would():
    row = Screening(follow_up_required=True, follow_up_status=None, outcome="PASS")

    assert holds(Q(follow_up_required=True) & Q(follow_up_status__isnull=True), row)
    assert holds(~Q(outcome="FAIL"), row)
    assert not holds(Q(outcome__in=("FAIL", "REFER")) | Q(follow_up_required=False), row)
    with pytest.raises(ValueError, match="outcome__gt"):
        holds(Q(outcome__gt="FAIL"), row)


def test_rows_that_changed_meanwhile_are_left_alone(nurse):
    appointment = AppointmentFactory.create()
    asked = act(nurse, "cancel", [appointment])
    with acting_as(UserFactory.create(school=home_school())):
        Appointment.objects.filter(pk=appointment.pk).update(status="COMPLETED")

    response = act(nurse, "cancel", [appointment], **CANCELLED)

    assert asked.status_code == 200
    assert messages_of(response) == ["1 appointment left as it was: they are completed, cancelled or missed already."]
    assert Appointment.objects.get().cancellation_reason is None


# --- Reasons ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", SOFT_DELETED, ids=by_name)
def test_why_a_row_was_deleted_and_restored_is_in_its_history(model, administrator):
    row = FACTORIES[model].create()

    administrator.post(page(model, "delete", row.pk), {"post": "yes", "reason": "Wrong student"})
    administrator.post(page(model, "restore", row.pk), {"reason": "It was the right one"})

    assert [version.reason for version in history_of(row)][-2:] == ["Wrong student", "It was the right one"]
    text = administrator.get(page(model, "history", row.pk)).content.decode()
    assert "Reason: Wrong student" in text


def test_a_deletion_without_a_reason_asks_again_and_deletes_nothing(nurse):
    student = StudentFactory.create()

    single = nurse.post(page(Student, "delete", student.pk), {"post": "yes"})
    many = act(nurse, "delete_selected", [student], post="yes", reason="  ")

    assert (single.status_code, many.status_code) == (200, 200)
    assert b"This field is required." in single.content
    assert b"This field is required." in many.content
    assert Student.objects.get() == student


def test_the_reason_of_a_deletion_of_many_is_with_each_and_with_what_went_along(nurse):
    first, second = StudentFactory.create_batch(2)
    record = HealthRecordFactory.create(student=first)

    act(nurse, "delete_selected", [first, second], post="yes", reason="Entered twice")

    assert [history_of(row)[-1].reason for row in (first, second, record)] == ["Entered twice"] * 3


def test_what_follows_a_deletion_in_the_same_request_has_no_reason(nurse):
    student = StudentFactory.create()
    before = list(AuditLog.objects.values_list("pk", flat=True))

    nurse.post(page(Student, "delete", student.pk), {"post": "yes", "reason": "Entered twice"})
    nurse.get(page(Student, "changelist"))

    written = AuditLog.objects.exclude(pk__in=before)
    assert set(written.filter(action=AuditAction.UPDATE).values_list("reason", flat=True)) == {"Entered twice"}
    assert set(written.exclude(action=AuditAction.UPDATE).values_list("reason", flat=True)) <= {None, ""}


def test_a_restore_of_many_asks_for_a_reason_and_takes_none(nurse):
    students = StudentFactory.create_batch(2)
    Student.objects.all().delete()

    asked = act(nurse, "restore_selected", students, "?deleted=yes")
    done = act(nurse, "restore_selected", students, "?deleted=yes", post="yes", reason="")

    assert "If there is something to say." in asked.content.decode()
    assert messages_of(done) == ["Restored: 2 students."]
