"""Whoever sees a student is written down, and whoever is refused."""

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.access import record_export, record_import, record_list, record_print, record_view
from core.acting import acting_as
from core.models import Student, UserRole
from health.models import HealthRecord
from tests.admin.pages import page
from tests.factories.core import (
    PASSWORD,
    ContactFactory,
    DistrictFactory,
    SchoolFactory,
    StudentFactory,
    UserFactory,
    home_school,
)
from tests.factories.health import HealthRecordFactory
from tests.factories.medications import MedicationFactory
from tests.schema.rows import execute, query

pytestmark = pytest.mark.django_db

READS = "('VIEW', 'LIST', 'SEARCH', 'EXPORT', 'IMPORT', 'PRINT')"
ACCESS = "('LOGIN', 'LOGOUT', 'AUTHENTICATION_FAILED', 'AUTHORIZATION_FAILED')"


def reads(actions=READS):
    """Action, table, key, user and the students of the entries about reads, in order."""
    found = query(
        "SELECT action::text, entity_type, entity_id, user_id, student_ids FROM audit_logs "
        f"WHERE action IN {actions} ORDER BY created_at, id"
    )
    return [(action, table, key, user, sorted(students or [])) for action, table, key, user, students in found]


@pytest.fixture
def nurse(client_as):
    client = client_as(UserRole.NURSE)
    assert reads() == []
    return client


@pytest.fixture
def student(db):
    return StudentFactory.create(school=home_school())


# --- Pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["change", "history", "delete"])
def test_opening_a_record_is_written(nurse, student, name):
    record = HealthRecordFactory.create(student=student)

    assert nurse.get(page(HealthRecord, name, record.pk)).status_code == 200

    assert reads() == [("VIEW", "health_records", record.pk, nurse.user.pk, [student.pk])]


def test_an_entry_of_a_read_says_where_from_and_about_whom(nurse, student):
    nurse.get(page(Student, "change", student.pk), REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="Firefox")

    assert query(
        "SELECT school_id, student_id, host(ip_address), user_agent, source, request_id <> '', old_row, row_count "
        "FROM audit_logs WHERE action = 'VIEW'"
    ) == [(home_school().pk, student.pk, "192.0.2.7", "Firefox", "web", True, None, None)]


def test_a_list_names_the_students_of_its_rows_once(nurse, student):
    other = StudentFactory.create(school=home_school())
    HealthRecordFactory.create_batch(3, student=student)
    HealthRecordFactory.create(student=other)

    nurse.get(page(HealthRecord, "changelist"))

    assert reads() == [("LIST", "health_records", None, nurse.user.pk, sorted([student.pk, other.pk]))]
    assert query("SELECT row_count FROM audit_logs WHERE action = 'LIST'") == [(4,)]


def test_a_list_names_only_the_students_of_the_page_that_was_shown(nurse):
    StudentFactory.create_batch(60, school=home_school())
    second_page = Student.objects.order_by("last_name", "first_name", "pk").values_list("pk", flat=True)[50:]

    nurse.get(page(Student, "changelist"), {"p": "2"})

    assert reads() == [("LIST", "students", None, nurse.user.pk, sorted(second_page))]


def test_a_search_is_written_without_what_was_searched_for(nurse, student):
    nurse.get(page(Student, "changelist"), {"q": student.last_name})

    assert reads() == [("SEARCH", "students", None, nurse.user.pk, [student.pk])]
    assert query("SELECT count(*) FROM audit_logs l WHERE l.action = 'SEARCH' AND l::text ILIKE %s", ["%smith%"]) == [
        (0,)
    ]


def test_a_list_that_shows_nobody_is_not_written(nurse):
    nurse.get(page(Student, "changelist"), {"q": "nobody"})
    nurse.get(page(HealthRecord, "changelist"))

    assert reads() == []


def test_what_is_about_nobodys_health_is_not_written(nurse):
    medication = MedicationFactory.create()

    nurse.get(page(type(medication), "changelist"))
    nurse.get(page(type(medication), "change", medication.pk))

    assert reads() == []


def test_a_contact_without_a_student_is_written_with_its_school(nurse):
    contact = ContactFactory.create(student=None, user=UserFactory.create(school=home_school()))

    assert nurse.get(page(type(contact), "change", contact.pk)).status_code == 200

    assert reads() == [("VIEW", "contacts", contact.pk, nurse.user.pk, [])]
    assert query("SELECT school_id FROM audit_logs WHERE action = 'VIEW'") == [(home_school().pk,)]


@pytest.mark.parametrize(("term", "action"), [("", "LIST"), ("smi", "SEARCH")])
def test_an_autocomplete_that_names_students_is_written(nurse, student, term, action):
    address = reverse("admin:autocomplete")

    found = nurse.get(
        address, {"term": term, "app_label": "health", "model_name": "healthrecord", "field_name": "student"}
    )

    assert [row["id"] for row in found.json()["results"]] == [str(student.pk)]
    assert reads() == [(action, "students", None, nurse.user.pk, [student.pk])]


def test_the_confirmation_of_a_deletion_shows_its_rows(nurse, student):
    record = HealthRecordFactory.create(student=student)

    nurse.post(page(HealthRecord, "changelist"), {"action": "delete_selected", "_selected_action": [str(record.pk)]})

    assert reads() == [("LIST", "health_records", None, nurse.user.pk, [student.pk])]


def test_a_form_that_is_saved_is_a_change_and_one_that_is_refused_is_shown_again(nurse, student):
    refused = nurse.post(page(Student, "change", student.pk), {"first_name": ""})

    assert refused.status_code == 200
    assert reads() == [("VIEW", "students", student.pk, nurse.user.pk, [student.pk])]


def test_a_list_over_two_schools_is_an_entry_for_each(client_as):
    district = home_school().district
    administrator = client_as(UserRole.DISTRICT_ADMIN, district=district)
    here = StudentFactory.create(school=home_school())
    there = StudentFactory.create(school=SchoolFactory.create(district=district))
    StudentFactory.create(school=SchoolFactory.create(district=DistrictFactory.create()))

    administrator.get(page(Student, "changelist"))

    assert sorted(query("SELECT school_id, student_ids, row_count FROM audit_logs WHERE action = 'LIST'")) == sorted(
        [(here.school_id, [here.pk], 1), (there.school_id, [there.pk], 1)]
    )


@pytest.mark.parametrize("name", ["changelist", "change"])
def test_a_read_costs_one_query_however_many_rows_it_shows(nurse, student, name):
    def queries():
        where = [] if name == "changelist" else [student.pk]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            nurse.get(page(Student, name, *where))
        return [each["sql"] for each in captured if "record_access" in each["sql"]]

    few = queries()
    StudentFactory.create_batch(20, school=home_school())
    many = queries()

    assert (len(few), len(many)) == (1, 1)


# --- Log-in, log-out, refusals ----------------------------------------------------------------------------------------


def test_a_log_in_and_a_log_out_are_written_by_the_user():
    user = UserFactory.create(school=home_school())
    client = Client()

    client.post(reverse("admin:login"), {"username": user.email, "password": PASSWORD})
    client.post(reverse("admin:logout"))

    assert reads(ACCESS) == [
        ("LOGIN", "users", user.pk, user.pk, []),
        ("LOGOUT", "users", user.pk, user.pk, []),
    ]
    assert query(f"SELECT DISTINCT school_id FROM audit_logs WHERE action IN {ACCESS}") == [(home_school().pk,)]


@pytest.mark.parametrize("known", [True, False])
def test_a_failed_log_in_names_the_user_if_there_is_one_and_never_what_was_typed(known):
    user = UserFactory.create()
    typed = user.email if known else "somebody.else@example.org"

    Client().post(reverse("admin:login"), {"username": typed.upper(), "password": "a wrong password"})

    assert reads(ACCESS) == [("AUTHENTICATION_FAILED", "users", user.pk if known else None, None, [])]
    ((entry,),) = query("SELECT l::text FROM audit_logs l WHERE action = 'AUTHENTICATION_FAILED'")
    assert "example.org" not in entry.lower()
    assert "wrong" not in entry


def test_denied_access_is_written_with_the_table_and_the_row_but_no_query_string(client_as, student):
    viewer = client_as(UserRole.VIEWER)
    record = HealthRecordFactory.create(student=student)
    assert reads(ACCESS)[:-1] == []

    assert viewer.get(page(HealthRecord, "change", record.pk), {"q": "asthma"}).status_code == 403
    assert viewer.get(page(HealthRecord, "changelist"), {"q": "asthma"}).status_code == 403

    assert reads(ACCESS)[1:] == [
        ("AUTHORIZATION_FAILED", "health_records", record.pk, viewer.user.pk, []),
        ("AUTHORIZATION_FAILED", "health_records", None, viewer.user.pk, []),
    ]
    assert query("SELECT count(*) FROM audit_logs l WHERE l::text ILIKE '%asthma%' AND action >= 'LOGIN'") == [(0,)]


# --- The function -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["CREATE", "UPDATE", "DELETE", "PURGE", "", "view"])
def test_the_web_cannot_say_that_it_changed_something(refused, action):
    with refused("Changes are recorded by the tables themselves", DatabaseError) as caught:
        execute("SELECT record_access(%s, 'students', NULL, NULL, NULL, NULL)", [action])

    assert caught.value.__cause__.sqlstate == "42501"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_logs (action, entity_type) VALUES ('VIEW', 'students')",
        "UPDATE audit_logs SET reason = 'x'",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "SELECT * FROM audit_logs_default",
        "INSERT INTO audit_logs_default (action, entity_type) VALUES ('VIEW', 'students')",
    ],
)
@pytest.mark.parametrize("role", UserRole)
def test_no_role_of_the_web_writes_to_the_log_itself(refused, role, statement):
    user = UserFactory.create(role=role, school=home_school())

    with refused("permission denied"), acting_as(user):
        execute(statement)


def test_the_helpers_write_what_they_say(student, entries):
    record = HealthRecordFactory.create(student=student)
    rows = HealthRecord.objects.filter(pk=record.pk)
    entries.skip()

    record_view(record)
    record_list([record])
    record_list([record], searched=True)
    record_print(record)
    record_export(rows)
    record_import(rows)
    record_export(Student.objects.none())

    found = [(entry.action, entry.table, entry.key, entry.student_id, entry.row_count) for entry in entries.new()]
    assert found == [
        ("VIEW", "health_records", record.pk, student.pk, None),
        ("LIST", "health_records", None, None, 1),
        ("SEARCH", "health_records", None, None, 1),
        ("PRINT", "health_records", record.pk, student.pk, None),
        ("EXPORT", "health_records", None, None, 1),
        ("IMPORT", "health_records", None, None, 1),
        ("EXPORT", "students", None, None, 0),
    ]
