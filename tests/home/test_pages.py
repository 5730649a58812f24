"""What each role finds on the home page, and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditLog
from core.models import UserRole
from home.counting import count_schools
from tests.factories.core import SchoolFactory, StudentFactory, home_school
from tests.factories.health import AppointmentFactory
from tests.factories.medications import StudentMedicationFactory
from tests.home.rows import fill_school, fill_stock

pytestmark = pytest.mark.django_db


def queries_of(client, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("role", list(UserRole))
def test_a_home_page_costs_the_same_queries_for_one_row_and_for_many(as_role, role):
    home = home_school()
    client = as_role(role)
    fill_school(home)
    fill_stock()
    count_schools()
    client.get("/admin/")
    before = queries_of(client, "/admin/")

    fill_school(home, times=3)
    for _ in range(3):
        fill_school(SchoolFactory.create(district=home.district))
    count_schools()

    assert queries_of(client, "/admin/") == before
    assert before < 40


def test_the_page_of_doses_costs_the_same_queries_for_one_row_and_for_many(nurse):
    fill_school(home_school())
    nurse.get(reverse("admin:home_doses"))
    before = queries_of(nurse, reverse("admin:home_doses"))

    fill_school(home_school(), times=4)

    assert queries_of(nurse, reverse("admin:home_doses")) == before


@pytest.mark.parametrize("role", list(UserRole))
def test_an_empty_system_says_so_in_words(as_role, role):
    content = as_role(role).get("/admin/").content.decode()

    said = {
        UserRole.NURSE: ["No doses are due today.", "No appointments today."],
        UserRole.COUNSELOR: ["No doses are due today.", "No appointments today."],
        UserRole.SCHOOL_ADMIN: ["The figures of the schools have not been counted yet."],
        UserRole.DISTRICT_ADMIN: ["The figures of the schools have not been counted yet."],
        UserRole.ADMIN: ["The figures of the schools have not been counted yet."],
        UserRole.VIEWER: ["Find a student"],
    }[role]
    assert [text for text in said if text not in content] == []


@pytest.mark.parametrize("role", [UserRole.SCHOOL_ADMIN, UserRole.DISTRICT_ADMIN, UserRole.ADMIN])
def test_a_school_of_which_nothing_is_on_record_says_so_in_words(as_role, role):
    home_school()
    count_schools()

    content = as_role(role).get("/admin/").content.decode()

    assert "No vaccinations are on record." in content
    assert "No incidents in the last 12 months." in content


def test_doses_stand_in_groups_the_ones_due_now_first(nurse):
    fill_school(home_school())
    sections = nurse.get("/admin/").context["home"]["doses"]["sections"]

    found = [(one["group"].state, [f"{line.due_at:%H:%M}" for line in one["lines"]]) for one in sections]
    assert found == [
        ("due", ["16:30", "17:00"]),
        ("missed", ["13:05"]),
        ("waiting", ["16:30"]),
        ("later", ["19:00"]),
    ]


@pytest.mark.parametrize(
    ("state", "number"), [("due", 2), ("missed", 1), ("waiting", 1), ("later", 1), ("given", 1), ("not-given", 1)]
)
def test_a_number_of_doses_leads_to_these_doses(nurse, state, number):
    fill_school(home_school())
    fill_school(SchoolFactory.create(district=home_school().district))
    page = nurse.get("/admin/").context["home"]["doses"]
    (link,) = {one["url"] for one in (*page["sections"], *page["settled"]) if one["group"].slug == state}

    ((group, lines),) = nurse.get(link).context["groups"]

    assert (group.slug, len(group.doses), len(lines)) == (state, number, number)


def test_a_dose_is_given_from_a_link_that_names_order_and_time(nurse):
    fill_school(home_school())
    sections = nurse.get("/admin/").context["home"]["doses"]["sections"]

    line = sections[0]["lines"][0]
    order = sections[0]["group"].doses[0].order

    assert line.give_url == (
        f"/admin/medications/medicationlog/add/?student_medication={order.pk}"
        "&scheduled_for=2026-11-23T11%3A30%3A00-05%3A00&_return=home"
    )


def test_a_dose_without_consent_has_no_link_to_give_it(nurse):
    fill_school(home_school())
    sections = nurse.get("/admin/").context["home"]["doses"]["sections"]

    assert [line.give_url for one in sections if one["group"].state == "waiting" for line in one["lines"]] == [None]


def test_a_counselor_sees_doses_and_gives_none(as_role):
    client = as_role(UserRole.COUNSELOR)
    fill_school(home_school())

    response = client.get("/admin/")

    assert response.context["home"]["doses"]["number"] == 7
    assert "medicationlog/add" not in response.content.decode()


@pytest.mark.parametrize("role", [UserRole.SCHOOL_ADMIN, UserRole.DISTRICT_ADMIN, UserRole.VIEWER])
def test_who_may_not_see_orders_is_refused_the_page_of_doses(as_role, role):
    assert as_role(role).get(reverse("admin:home_doses")).status_code == 403


def test_nobody_of_another_school_is_on_the_page(nurse):
    other = StudentFactory.create(school=SchoolFactory.create(), last_name="Elsewhere")
    StudentMedicationFactory.create(student=other, dose_times=["11:30"], requires_parent_consent=False)

    for address in ("/admin/", reverse("admin:home_doses")):
        assert "Elsewhere" not in nurse.get(address).content.decode()


def test_what_the_page_shows_of_students_is_in_the_log_of_reads(nurse):
    fill_school(home_school())
    nurse.get("/admin/")

    logged = AuditLog.objects.filter(action="LIST", user=nurse.user).values_list("entity_type", flat=True)

    assert {"appointments", "student_medications"} <= set(logged)


def test_a_viewer_finds_a_search_and_the_schools_and_no_health_information(as_role):
    fill_school(home_school())

    response = as_role(UserRole.VIEWER).get("/admin/")

    assert response.templates
    content = response.content.decode()
    assert 'role="search"' in content
    assert "Home school" in content
    for word in ("Dose", "EpiPen", "Incident", "Vaccin", "Appointment"):
        assert word not in content


def test_an_appointment_is_completed_from_the_page_which_is_shown_again(nurse):
    appointment = AppointmentFactory.create(
        student=StudentFactory.create(), nurse=nurse.user, scheduled_at=timezone.now(), status="SCHEDULED"
    )
    page = nurse.get("/admin/").content.decode()
    address = f"{reverse('admin:health_appointment_change', args=[appointment.pk])}?_return=home"
    assert f'action="{address}"' in page

    response = nurse.post(address, {"_selected_action": appointment.pk, "CHANGE_FORM-action": "complete"})

    assert (response.status_code, response.url) == (302, "/admin/")
    appointment.refresh_from_db()
    assert (appointment.status, appointment.completed_at is not None) == ("COMPLETED", True)
