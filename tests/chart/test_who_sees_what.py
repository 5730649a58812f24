"""Who sees which part of a chart, whose charts there are, and that each look is told."""

import re
import uuid
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from chart.ages import age
from core.models import UserRole
from tests.audit.test_reads import reads
from tests.chart.charts import content, entries, links, one_of_everything, part, text, url
from tests.factories.core import ContactFactory, SchoolFactory, StudentFactory
from tests.factories.health import HealthRecordFactory

PARTS = ("dangers", "medications", "conditions", "follow-ups", "contacts", "vaccinations", "vitals", "timeline")
ALL = set(PARTS)
SEEN = {
    UserRole.ADMIN: ALL,
    UserRole.NURSE: ALL,
    UserRole.COUNSELOR: ALL,
    UserRole.SCHOOL_ADMIN: {"follow-ups", "contacts", "vaccinations", "timeline"},
    UserRole.DISTRICT_ADMIN: {"follow-ups", "vaccinations", "timeline"},
    UserRole.VIEWER: set(),
}
ADDS = {
    UserRole.ADMIN: {"healthrecord", "vitalsigns", "incidentreport", "screening", "appointment", "medicationlog"},
    UserRole.NURSE: {"healthrecord", "vitalsigns", "incidentreport", "screening", "appointment", "medicationlog"},
    UserRole.COUNSELOR: {"healthrecord", "incidentreport", "appointment"},
    UserRole.SCHOOL_ADMIN: set(),
    UserRole.DISTRICT_ADMIN: set(),
    UserRole.VIEWER: set(),
}


@pytest.mark.parametrize("role", SEEN, ids=str)
def test_a_role_sees_the_parts_that_the_table_of_roles_gives_it(role, client_as, student):
    one_of_everything(student)

    response = client_as(role).get(url(student))

    assert "Anna Ray" in text(content(response))
    assert {name for name in PARTS if part(response, name) is not None} == SEEN[role]


@pytest.mark.parametrize("role", ADDS, ids=str)
def test_a_role_is_offered_what_it_may_record(role, client_as, student):
    one_of_everything(student)

    found = links(content(client_as(role).get(url(student))))

    offered = {link.split("/")[3] for link in found if "/add/" in link}
    assert offered & ADDS[UserRole.ADMIN] == ADDS[role]
    assert all("_return=chart" in link for link in found if "/add/" in link)


def test_a_form_opened_from_the_chart_is_about_the_student(nurse, student):
    link = next(link for link in links(content(nurse.get(url(student)))) if "healthrecord/add" in link)

    form = nurse.get(link).context["adminform"].form

    assert str(form["student"].value()) == str(student.pk)


def test_a_dose_opened_from_the_chart_is_of_the_order(nurse, student):
    one_of_everything(student)
    order = student.student_medications.get()
    link = next(link for link in links(content(nurse.get(url(student)))) if "medicationlog/add" in link)

    response = nurse.get(link)

    assert response.status_code == 200
    assert str(response.context["adminform"].form["student_medication"].value()) == str(order.pk)


def test_school_administrators_see_in_the_timeline_what_they_may_open(client_as, student):
    one_of_everything(student)

    found = entries(client_as(UserRole.SCHOOL_ADMIN).get(url(student)))

    assert found == ["Injury", "Vision", "M-M-R II, dose 1"]


def test_a_viewer_is_not_told_that_there_is_anything(client_as, student):
    one_of_everything(student)

    html = content(client_as(UserRole.VIEWER).get(url(student)))

    years = age(student.date_of_birth, timezone.localdate())
    assert text(html) == (
        f"AR Anna Ray Born May 17, 2015 ({years} years) Grade Grade 5 School Home school "
        f"Number {student.student_number} Student's details"
    )


@pytest.mark.parametrize("role", [UserRole.NURSE, UserRole.VIEWER, UserRole.DISTRICT_ADMIN], ids=str)
def test_there_is_no_chart_of_another_district_s_student(role, client_as):
    stranger = StudentFactory.create(school=SchoolFactory.create(), last_name="Stranger")

    response = client_as(role).get(url(stranger))

    assert response.status_code == 404
    assert "Stranger" not in response.content.decode()


@pytest.mark.parametrize("key", [uuid.UUID(int=0), "nobody"])
def test_there_is_no_chart_of_nobody(nurse, key):
    assert nurse.get(f"/admin/core/student/{key}/chart/").status_code == 404


def test_a_chart_asks_for_a_log_in(client, student):
    response = client.get(url(student))

    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


def test_other_students_rows_are_not_on_the_chart(nurse, student):
    one_of_everything(StudentFactory.create())

    response = nurse.get(url(student))

    assert entries(response) == []
    assert "No current medication." in part(response, "medications")


def test_confidential_records_are_marked(client_as, student):
    HealthRecordFactory.create(student=student, title="A talk", is_confidential=True)

    assert "A talk Confidential" in part(client_as(UserRole.COUNSELOR).get(url(student)), "timeline")


def test_each_look_is_written_for_each_table(nurse, student):
    one_of_everything(student, times=2)
    ContactFactory.create(student=student)

    nurse.get(url(student))

    found = reads()
    assert found[0] == ("VIEW", "students", student.pk, nurse.user.pk, [student.pk])
    assert {table for action, table, *_ in found[1:]} == {
        "allergies",
        "appointments",
        "chronic_conditions",
        "contacts",
        "emergency_contacts",
        "growth_measurements",
        "health_records",
        "incident_reports",
        "medication_logs",
        "screenings",
        "student_medications",
        "vaccinations",
        "vital_signs",
    }
    assert all(entry == ("LIST", entry[1], None, nurse.user.pk, [student.pk]) for entry in found[1:])


def test_turning_the_timeline_s_pages_tells_what_it_shows_and_no_more(nurse, student):
    one_of_everything(student)

    nurse.get(url(student, kind="visits"), headers={"HX-Request": "true"})

    assert reads() == [("LIST", "health_records", None, nurse.user.pk, [student.pk])]


def test_the_number_of_queries_does_not_grow_with_the_rows(nurse):
    few, many = StudentFactory.create(), StudentFactory.create()
    one_of_everything(few, times=3)
    one_of_everything(many, times=30)
    nurse.get(url(few))

    with CaptureQueriesContext(connection) as with_few:
        nurse.get(url(few))
    with CaptureQueriesContext(connection) as with_many:
        nurse.get(url(many))

    asked_of_few, asked_of_many = map(questions, (with_few, with_many))
    assert len(asked_of_many) == len(asked_of_few)
    # Beside them, one entry of the audit log for the student and one for each table that is shown.
    assert (len(asked_of_many), len(with_many) - len(asked_of_many)) <= (28, 14)


def questions(queries):
    return [query for query in queries if "record_access" not in query["sql"]]


def test_the_address_and_the_title_say_nothing_of_the_student(nurse, student):
    one_of_everything(student, times=30)

    response = nurse.get(url(student))

    html = response.content.decode()
    title = unescape(html[html.index("<title>") + 7 : html.index("</title>")])
    assert " ".join(title.split()) == "Student's chart | White Cross"
    (older,) = [link for link in links(html) if "before=" in link]
    assert re.fullmatch(r".*\?before=[a-z]+\.[0-9a-f-]{36}#timeline", older)  # the key of a row, and no time


def test_the_photograph_is_on_the_page_itself(nurse, student, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    Image.new("RGB", (300, 400), "teal").save(tmp_path / "anna.png")
    student.photo = "anna.png"
    student.save()

    assert 'src="data:image/jpeg;base64,' in content(nurse.get(url(student)))


@pytest.mark.parametrize(
    ("role", "is_offered"),
    [(UserRole.NURSE, True), (UserRole.SCHOOL_ADMIN, True), (UserRole.DISTRICT_ADMIN, False), (UserRole.VIEWER, False)],
    ids=str,
)
def test_the_emergency_card_is_offered_to_who_may_print_it(role, is_offered, client_as, student):
    client = client_as(role)

    card = f"/admin/core/student/{student.pk}/card/"

    assert (card in links(content(client.get(url(student))))) == is_offered
    assert client.get(card).status_code == (200 if is_offered else 403)


def test_the_list_leads_to_the_chart_the_chart_to_the_form_and_the_form_back(nurse, student):
    chart = url(student)

    assert chart in [link.split("?")[0] for link in links(nurse.get("/admin/core/student/").content.decode())]
    form = f"/admin/core/student/{student.pk}/change/?_return=chart"
    assert form in links(content(nurse.get(chart)))
    assert chart in links(nurse.get(form).content.decode())
