"""The search on every page finds students by what people know of them, and never another district's."""

import datetime

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditLog
from core.models import Student, UserRole
from core.roles import roles_with
from tests.factories.core import ContactFactory, SchoolFactory, StudentFactory, UserFactory, home_school
from tests.factories.incidents import EmergencyContactFactory

ROLES = list(UserRole)
SEE_PHONES = [role for role in ROLES if role in roles_with("incidents.view_emergencycontact")]
FIND = "/admin/find/"


def names(response):
    return [option["student"].first_name for option in response.context["options"]]


@pytest.fixture
def jose(db):
    """A student with all that one can be found by; her twin in another district has all of it too."""
    for school, given in ((home_school(), "José"), (SchoolFactory.create(), "Foreign")):
        student = StudentFactory.create(
            school=school,
            first_name=given if given != "Foreign" else "José Foreign",
            last_name="Núñez-García",
            student_number="S-1042",
            date_of_birth=datetime.date(2012, 9, 14),
        )
        EmergencyContactFactory.create(
            student=student, name="Ann Lee", primary_phone="(555) 010-2345", secondary_phone="555-010-9876 x12"
        )
        ContactFactory.create(student=student, phone="555.010.7777", relationship_type="mother")
    StudentFactory.create(
        first_name="Else", last_name="Other", student_number="77", date_of_birth=datetime.date(2011, 1, 1)
    )
    return Student.objects.get(first_name="José")


WORDS = ["jose nunez", "núñez josé", "garcia", "GARC", "jos gar", "S-1042", "1042", "jose 9/14/2012"]
DAYS = ["9/14/2012", "2012-09-14", "Sep 14 2012"]
PHONES = ["(555) 010-2345", "5550102345", "010-2345", "2345", "9876", "+1 555 010 7777"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("term", [*WORDS, *DAYS])
def test_a_student_is_found_by_name_number_and_birth_and_a_foreign_one_is_not(term, role, client_as, jose):
    found = names(client_as(role).post(FIND, {"term": term}))

    assert found == (["José", "José Foreign"] if role == UserRole.ADMIN else ["José"])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("term", PHONES)
def test_a_student_is_found_by_the_phone_of_a_contact_where_the_role_sees_contacts(term, role, client_as, jose):
    response = client_as(role).post(FIND, {"term": term})

    expected = {UserRole.ADMIN: ["José", "José Foreign"]}.get(role, ["José"])
    assert names(response) == (expected if role in SEE_PHONES else [])
    assert ("Ann Lee" in response.content.decode()) is (role in SEE_PHONES)


@pytest.mark.parametrize(
    "term", ["unez", "jose smith", "9/15/2012", "5550109999", "0123", "", "x", "%", "'", "\\", "\0"]
)
def test_what_does_not_match_is_not_found(term, nurse, jose):
    response = nurse.post(FIND, {"term": term})

    assert response.status_code == 200
    assert names(response) == []


def test_contacts_no_longer_in_use_or_deleted_find_nobody(nurse):
    EmergencyContactFactory.create(primary_phone="555-010-1111", is_active=False)
    EmergencyContactFactory.create(primary_phone="555-010-2222").delete()
    StudentFactory.create(first_name="Gone").delete()

    assert [names(nurse.post(FIND, {"term": term})) for term in ("0101111", "0102222", "gone")] == [[], [], []]


def test_a_result_says_what_tells_namesakes_apart_and_leads_to_the_student(nurse, jose):
    response = nurse.post(FIND, {"term": "jose"})
    text = response.content.decode()

    for fact in ("Núñez-García, José", "Sep 14, 2012", "S-1042", "Grade 5", "Home school"):
        assert fact in text
    address = response.context["options"][0]["url"]
    assert nurse.get(address).status_code == 200
    assert str(jose.pk) in address


def test_a_student_who_left_is_found_and_said_to_have_left(nurse):
    StudentFactory.create(first_name="Zoe", is_active=False)

    assert "not enrolled" in nurse.post(FIND, {"term": "zoe"}).content.decode()


def test_the_exact_number_comes_first_then_the_exact_name_then_the_alphabet(nurse):
    StudentFactory.create(first_name="Ann", last_name="Leeson")
    StudentFactory.create(first_name="Bob", last_name="Lee")
    StudentFactory.create(first_name="Zed", last_name="Zorn", student_number="LEE")

    assert names(nurse.post(FIND, {"term": "lee"})) == ["Zed", "Bob", "Ann"]


def test_ten_are_shown_and_more_are_hinted_at(nurse):
    StudentFactory.create_batch(11, first_name="Many")

    response = nurse.post(FIND, {"term": "many"})

    assert len(names(response)) == 10
    assert "The first 10 are shown." in response.content.decode()


def test_the_names_of_people_are_shown_as_text(nurse):
    StudentFactory.create(first_name="<b>Bold</b>")

    assert "&lt;b&gt;Bold" in nurse.post(FIND, {"term": "bold"}).content.decode()


def test_a_search_is_written_down_with_whom_it_showed_and_without_what_was_typed(nurse, jose):
    nurse.post(FIND, {"term": "2345"})

    entries = list(AuditLog.objects.filter(action="SEARCH", user=nurse.user))
    assert {entry.entity_type for entry in entries} == {"students", "emergency_contacts"}
    assert {tuple(entry.student_ids or ()) for entry in entries} == {(jose.pk,)}


def test_nothing_found_is_not_written_down(nurse):
    nurse.post(FIND, {"term": "nobody"})

    assert not AuditLog.objects.filter(action="SEARCH").exists()


def test_what_is_typed_does_not_stand_in_an_address(nurse, jose):
    assert nurse.get(FIND, {"term": "jose"}).status_code == 405
    assert "no-store" in nurse.post(FIND, {"term": "jose"})["Cache-Control"]


def test_the_search_is_for_who_is_logged_in_and_came_from_our_page(nurse, jose):
    stranger = Client().post(FIND, {"term": "jose"})
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(nurse.user)

    assert stranger.status_code == 302
    assert forged.post(FIND, {"term": "jose"}).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_every_page_has_the_search_once(role, client_as):
    client = client_as(role)

    for address in (reverse("admin:index"), reverse("admin:core_student_changelist")):
        text = client.get(address).content.decode()
        assert text.count('id="finding"') == 1
        assert text.count("data-finding-open") == 1
    assert 'id="finding"' not in client.get(reverse("admin:core_student_changelist"), {"_popup": "1"}).content.decode()


@pytest.mark.parametrize("term", ["many", "9/14/2012", "5550102345"])
def test_a_search_asks_the_same_number_of_questions_whatever_it_finds(term, nurse):
    counts = []
    for number in (1, 9):
        for student in StudentFactory.create_batch(
            number, first_name="Many", date_of_birth=datetime.date(2012, 9, 14), school=home_school()
        ):
            EmergencyContactFactory.create(student=student, primary_phone="555-010-2345")
        ContentType.objects.clear_cache()
        with CaptureQueriesContext(connection) as asked:
            found = names(nurse.post(FIND, {"term": term}))
        assert len(found) == (1 if number == 1 else 10)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_an_inactive_user_finds_nobody(jose, client_as):
    client = client_as(UserRole.NURSE)
    type(client.user).objects.filter(pk=client.user.pk).update(is_active=False)

    assert client.post(FIND, {"term": "jose"}).status_code == 302


def test_a_nurse_of_another_district_finds_her_own_only(jose, client_as):
    foreign = UserFactory.create(role=UserRole.NURSE, school=Student.objects.get(first_name="José Foreign").school)
    client = Client()
    client.force_login(foreign)

    assert names(client.post(FIND, {"term": "jose"})) == ["José Foreign"]
