"""The nurse's way to a student of another school and back, and the reviewers' list, as pages."""

import datetime
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from audit.models import AuditAction, AuditLog
from core.models import UserRole
from emergency.models import EmergencyAccess, ReviewOutcome
from health.models import VitalSigns
from tests.emergency.conftest import REASON
from tests.factories.core import SchoolFactory, StudentFactory, UserFactory, home_school
from tests.factories.emergency import EmergencyAccessFactory
from tests.factories.health import AllergyFactory
from tests.schema.rows import execute

pytestmark = pytest.mark.django_db

FIND, OPEN, END = (reverse(f"admin:emergency_{name}") for name in ("find", "open", "end"))
LIST = reverse("admin:emergency_emergencyaccess_changelist")


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def nurse(db):
    return UserFactory.create(role=UserRole.NURSE, school=home_school())


@pytest.fixture
def elsewhere(db):
    """A student of another school of the district."""
    school = SchoolFactory.create(district=home_school().district, name="Elm Street")
    student = StudentFactory.create(
        school=school, first_name="Zora", last_name="Quill", student_number="778899", date_of_birth="2014-02-03"
    )
    AllergyFactory.create(student=student, allergen="Wasps")
    return student


@pytest.fixture
def reviewer(db):
    return UserFactory.create(role=UserRole.DISTRICT_ADMIN, district=home_school().district)


def chart(student):
    return reverse("admin:core_student_chart", args=[student.pk])


def opened(client, student):
    response = client.post(OPEN, {"student": student.pk, "reason": REASON})
    assert (response.status_code, response.url) == (302, chart(student))
    return EmergencyAccess.objects.get(student=student)


def test_a_nurse_finds_opens_reads_writes_and_ends(nurse, elsewhere):
    client = client_of(nurse)
    assert client.get(chart(elsewhere)).status_code == 404

    found = client.post(FIND, {"last_name": "quill", "date_of_birth": "2014-02-03"}).content.decode()
    assert "Zora Quill, Grade 5, Elm Street" in found
    assert "Emergency access until" not in found
    opened(client, elsewhere)
    page = client.get(chart(elsewhere)).content.decode()

    assert "Emergency access until" in page
    assert "every look is recorded and reviewed" in page
    assert "30 minutes left" in page
    assert "Wasps" in page
    assert "Who saw this student" not in page
    assert "Edit student" not in page
    form = client.get(reverse("admin:health_vitalsigns_add"), {"student": elsewhere.pk, "_return": "chart"})
    assert "Emergency access until" in form.content.decode()
    saved = client.post(
        reverse("admin:health_vitalsigns_add") + "?_return=chart",
        {
            "student": elsewhere.pk,
            "measurement_date_0": "2026-03-02",
            "measurement_date_1": "14:30",
            "measured_by": "Nora",
            "heart_rate": "92",
            "temperature_unit": "F",
            "height_unit": "in",
            "weight_unit": "lb",
        },
    )
    assert saved.status_code == 302, saved.context["adminform"].errors
    assert VitalSigns.objects.get().created_by == nurse

    ended = client.post(END, {"access": EmergencyAccess.objects.get().pk}, follow=True).content.decode()
    assert "The emergency access is ended." in ended
    assert "Emergency access until" not in ended
    assert client.get(chart(elsewhere)).status_code == 404


def test_the_banner_and_the_card_on_the_screen_say_whom_the_access_is_to(nurse, elsewhere):
    """Two students of a school may be open at once: which of them is it that is ended?"""
    other = StudentFactory.create(school=elsewhere.school, first_name="Ada", last_name="Moss")
    client = client_of(nurse)
    opened(client, elsewhere)
    opened(client, other)

    page = client.get(reverse("admin:index")).content.decode()
    assert all(f"<strong>{name}</strong>, Elm Street" in page for name in ("Zora Quill", "Ada Moss"))
    assert all(f'End now<span class="sr-only">: {name}<' in page for name in ("Zora Quill", "Ada Moss"))
    until = date_format(timezone.localtime(EmergencyAccess.objects.get(student=other).expires_at), "g:i A")
    assert f">{until}</time>" in page
    card = client.get(reverse("admin:core_student_card", args=[other.pk])).content.decode()
    assert f"Emergency access until {until} to Ada Moss" in card
    assert "Zora Quill" not in card
    mine = StudentFactory.create(school=home_school())
    assert "Emergency access" not in client.get(reverse("admin:core_student_card", args=[mine.pk])).content.decode()


def test_nothing_of_the_student_stands_in_an_address_or_title(nurse, elsewhere):
    client = client_of(nurse)
    opened(client, elsewhere)
    for address in (FIND, chart(elsewhere), reverse("admin:index"), LIST):
        page = client.get(address).content.decode()
        title = page[page.index("<title") : page.index("</title>")]
        assert "Quill" not in title
        assert "Quill" not in address


@pytest.mark.parametrize("role", [role for role in UserRole if role != UserRole.NURSE])
def test_these_pages_are_for_nurses(role, elsewhere):
    client = client_of(UserFactory.create(role=role, school=home_school(), district=home_school().district))
    assert client.get(FIND).status_code == 403
    assert client.post(FIND, {"number": "778899"}).status_code == 403
    assert client.post(OPEN, {"student": elsewhere.pk, "reason": REASON}).status_code == 403
    assert client.post(END, {"access": uuid.uuid4()}).status_code == 403
    assert EmergencyAccess.objects.count() == 0
    assert "Not found?" not in client.get(reverse("admin:index")).content.decode()


def test_what_is_refused_is_said_and_what_was_typed_stays(nurse, elsewhere):
    client = client_of(nurse)
    short = client.post(OPEN, {"student": elsewhere.pk, "reason": "a b c d e f"}).content.decode()
    assert "Say in a few words why the access is needed" in short
    assert "a b c d e f" in short
    stranger = StudentFactory.create(school=SchoolFactory.create())
    assert (
        "There is no such student in your district."
        in client.post(OPEN, {"student": stranger.pk, "reason": REASON}).content.decode()
    )
    assert client.post(OPEN, {"student": "x", "reason": REASON}).status_code == 200
    assert client.get(OPEN).status_code == client.get(END).status_code == 405
    assert client.post(END, {"access": "x"}).status_code == 404
    assert "Give the student number" in client.post(FIND, {"last_name": "Quill"}).content.decode()
    assert client.post(FIND, {"number": "99\x00"}).status_code == 200
    nobody = client.post(FIND, {"number": "99"}).content.decode()
    assert "No student of your district matches exactly" in nobody
    assert "call the student&#x27;s school" in nobody or "call the student's school" in nobody
    no_date = client.post(FIND, {"last_name": "Quill", "date_of_birth": "3.2.2014"})
    assert no_date.context["form"].errors["date_of_birth"] == [
        "Write the date of birth as month/day/year, such as 4/10/2012."
    ]
    assert 'id="id_date_of_birth_error"' in no_date.content.decode()
    assert EmergencyAccess.objects.count() == 0


def test_a_student_of_hers_is_led_to_without_an_access(nurse):
    student = StudentFactory.create(school=home_school(), student_number="55")
    page = client_of(nurse).post(FIND, {"number": "55"}).content.decode()
    assert chart(student) in page
    assert OPEN not in page


def test_the_twenty_first_search_is_refused_and_written_down(nurse, elsewhere):
    client = client_of(nurse)
    for _ in range(20):
        assert "1 student found" in client.post(FIND, {"number": "778899"}).content.decode()
    page = client.post(FIND, {"number": "778899"}).content.decode()
    assert "You have looked for 20 students within an hour." in page
    assert "Zora" not in page
    denied = AuditLog.objects.filter(action=AuditAction.AUTHORIZATION_FAILED, user=nurse)
    assert [entry.entity_type for entry in denied] == ["emergency_accesses"]


def test_in_an_emergency_nothing_is_offered_for_deletion_and_the_student_is_read_only(nurse, elsewhere):
    client = client_of(nurse)
    opened(client, elsewhere)
    allergy = elsewhere.allergies.get()
    page = client.get(reverse("admin:health_allergy_change", args=[allergy.pk]))
    assert page.context["has_change_permission"] is True
    assert page.context["has_delete_permission"] is False
    assert client.post(reverse("admin:health_allergy_delete", args=[allergy.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(allergy.pk)], "post": "yes"}
    client.post(reverse("admin:health_allergy_changelist"), chosen)
    allergy.refresh_from_db()
    assert allergy.deleted_at is None
    details = client.get(reverse("admin:core_student_change", args=[elsewhere.pk]))
    assert details.context["has_change_permission"] is False
    assert client.post(reverse("admin:core_student_change", args=[elsewhere.pk]), {}).status_code == 403
    assert client.get(reverse("admin:audit_auditlog_disclosures", args=[elsewhere.pk])).status_code == 404
    history = client.get(reverse("admin:health_allergy_history", args=[allergy.pk]))
    assert len(history.context["versions"]) == 1


def test_who_saw_the_student_is_told_as_emergency_access(nurse, elsewhere, reviewer):
    client = client_of(nurse)
    client.post(FIND, {"number": "778899"})
    opened(client, elsewhere)
    client.get(chart(elsewhere))
    page = client_of(reviewer).get(reverse("admin:audit_auditlog_disclosures", args=[elsewhere.pk]))
    seen = page.context["disclosures"]
    assert {entry.who for entry, _ in seen} == {str(nurse)}
    assert all(entry.in_emergency for entry, _ in seen)
    assert {entry.action for entry, _ in seen} == {AuditAction.SEARCH, AuditAction.VIEW, AuditAction.LIST}
    assert "(emergency access)" in page.content.decode()


def test_the_district_reviews_what_is_over(nurse, elsewhere, reviewer):
    client = client_of(nurse)
    access = opened(client, elsewhere)
    client.get(chart(elsewhere))
    review = client_of(reviewer)
    address = reverse("admin:emergency_emergencyaccess_change", args=[access.pk])
    assert review.get(address).context["has_change_permission"] is False
    assert [figure.number for figure in review.get(reverse("admin:index")).context["home"]["reviews"]] == [0]
    client.post(END, {"access": access.pk})

    assert [figure.number for figure in review.get(reverse("admin:index")).context["home"]["reviews"]] == [1]
    assert "Quill, Zora (778899)" in review.get(LIST, {"state": "review"}).content.decode()
    page = review.get(address)
    assert REASON in page.content.decode()
    assert ("Opened", "Students") in {(deed.action, table) for deed, table in page.context["deeds"]}
    assert "Once it is saved, this review stays as it is." in page.content.decode()
    assert "_continue" not in page.content.decode()
    refused = review.post(address, {"outcome": "NOT_JUSTIFIED", "review_note": ""})
    assert list(refused.context["adminform"].form.errors) == ["review_note"]
    assert "Say why it was not justified" in refused.content.decode()
    assert refused.context["has_change_permission"] is True
    assert refused.context["errors"] == [["Say why it was not justified, or what is to be followed up."]]
    assert review.post(address, {"outcome": "", "review_note": "x"}).status_code == 200
    done = review.post(address, {"outcome": "FOLLOW_UP", "review_note": "Talk about the plan of the meet"})
    assert done.status_code == 302, done.context["adminform"].errors

    access.refresh_from_db()
    assert (access.outcome, access.reviewed_by) == (ReviewOutcome.FOLLOW_UP, reviewer)
    assert timezone.now() - access.reviewed_at < datetime.timedelta(minutes=1)
    assert review.get(address).context["has_change_permission"] is False
    assert [figure.number for figure in review.get(reverse("admin:index")).context["home"]["reviews"]] == [0]


def test_a_nurse_sees_her_own_without_the_name_and_reviews_none(nurse, elsewhere):
    own = EmergencyAccessFactory.create(user=nurse, student=elsewhere)
    others = EmergencyAccessFactory.create(user=UserFactory.create(school=home_school()), student=elsewhere)
    client = client_of(nurse)
    page = client.get(LIST).content.decode()
    assert str(own.pk) in page
    assert str(others.pk) not in page
    assert "No longer visible to you" in page
    assert "Quill" not in page
    address = reverse("admin:emergency_emergencyaccess_change", args=[own.pk])
    assert client.get(address).context["has_change_permission"] is False
    assert client.post(address, {"outcome": "JUSTIFIED"}).status_code == 403
    assert client.get(reverse("admin:emergency_emergencyaccess_change", args=[others.pk])).status_code == 302


def test_other_pages_ask_nothing_more_and_an_emergency_asks_one_query(nurse, elsewhere, django_assert_num_queries):
    client = client_of(nurse)
    address = reverse("admin:core_school_changelist")
    client.get(address)
    with CaptureQueriesContext(connection) as before:
        client.get(address)
        number = len(before)
        asked = [query["sql"] for query in before]
    # The settings around the request, as tests run in a transaction, name it as well.
    assert not [sql for sql in asked if "emergency_accesses" in sql]
    opened(client, elsewhere)
    client.get(address)
    with django_assert_num_queries(number + 1):
        client.get(address)


def test_it_is_over_at_the_next_page_after_its_time(nurse, elsewhere):
    client = client_of(nurse)
    opened(client, elsewhere)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE emergency_accesses DISABLE TRIGGER emergency_accesses_keep")
    execute(
        "UPDATE emergency_accesses SET granted_at = granted_at - interval '30 minutes', "
        "expires_at = expires_at - interval '30 minutes'"
    )
    execute("ALTER TABLE emergency_accesses ENABLE TRIGGER emergency_accesses_keep")
    assert client.get(chart(elsewhere)).status_code == 404
    assert "Emergency access until" not in client.get(reverse("admin:index")).content.decode()
    over = client.post(END, {"access": EmergencyAccess.objects.get().pk}, follow=True)
    assert "The emergency access was over already." in over.content.decode()
