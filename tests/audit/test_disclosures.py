"""Who saw a student between two days, and where: one query, one index, one page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.access import record_list, record_print, record_view
from audit.disclosures import MAY_ASK, student_disclosures
from audit.models import AuditAction
from core.acting import acting_as
from core.models import Student, UserRole
from tests.admin.pages import page
from tests.factories.core import DistrictFactory, SchoolFactory, StudentFactory, UserFactory, home_school
from tests.factories.health import HealthRecordFactory
from tests.schema.rows import execute, query

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(2199, 1, 1, tzinfo=UTC)


@pytest.fixture
def student(db):
    return StudentFactory.create(school=home_school())


def seen(student, since=LONG_AGO, until=FAR_OFF):
    return [(each.who_id, each.action, each.table) for each in student_disclosures(student.pk, since, until)]


def address(student):
    return reverse("admin:audit_auditlog_disclosures", args=[student.pk])


def test_every_way_of_seeing_a_student_is_told_latest_first(student):
    nurse, counselor = UserFactory.create(school=home_school()), UserFactory.create(role=UserRole.COUNSELOR)
    record = HealthRecordFactory.create(student=student)
    other = StudentFactory.create(school=home_school())
    with acting_as(nurse, source="web", ip="192.0.2.7"):
        record_view(record)
        record_list([other, student], searched=True)
        record_list([other])
    with acting_as(counselor):
        record_print(student)

    assert seen(student) == [
        (counselor.pk, AuditAction.PRINT, "students"),
        (nurse.pk, AuditAction.SEARCH, "students"),
        (nurse.pk, AuditAction.VIEW, "health_records"),
    ]
    opened = student_disclosures(student.pk, LONG_AGO, FAR_OFF)[-1]
    assert (opened.who, opened.role, opened.key, opened.ip_address, opened.source) == (
        str(nurse),
        "Nurse",
        record.pk,
        "192.0.2.7",
        "web",
    )


def test_a_change_is_no_look(student):
    student.first_name = "Jo"
    student.save()

    assert seen(student) == []


def test_the_first_moment_counts_and_the_last_does_not(student):
    record_view(student)
    ((moment,),) = query("SELECT created_at FROM audit_logs WHERE action = 'VIEW'")

    assert len(seen(student, since=moment)) == 1
    assert seen(student, since=moment + timedelta(microseconds=1)) == []
    assert seen(student, until=moment) == []
    assert len(seen(student, until=moment + timedelta(microseconds=1))) == 1


def test_one_query_asks_and_one_index_answers(student):
    nurse = UserFactory.create(school=home_school())
    execute(
        "INSERT INTO audit_logs (user_id, action, entity_type, student_ids) "
        "SELECT %s, 'VIEW', 'students', ARRAY[uuidv7()] FROM generate_series(1, 3000)",
        [nurse.pk],
    )
    with acting_as(nurse):
        record_view(student)
    execute("ANALYZE audit_logs")

    with CaptureQueriesContext(connection) as captured:
        found = student_disclosures(student.pk, LONG_AGO, FAR_OFF)
    ((plan,),) = query(
        "EXPLAIN (FORMAT JSON) SELECT * FROM audit_logs WHERE student_ids @> ARRAY[%s] "
        "AND created_at >= %s AND created_at < %s",
        [student.pk, timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)],
    )

    assert (len(found), len(captured)) == (1, 1)
    indexes = [node["Index Name"] for node in nodes(plan[0]["Plan"]) if "Index Name" in node]
    assert indexes
    assert all(index.endswith("student_ids_idx") for index in indexes)


def nodes(plan):
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


# --- Who may ask ------------------------------------------------------------------------------------------------------


def test_only_some_roles_ask_and_only_about_students_within_reach(student):
    record_view(student)
    elsewhere = SchoolFactory.create(district=DistrictFactory.create())

    def told(role, school):
        user = UserFactory.create(role=role, school=school, district=school.district)
        with acting_as(user):
            return len(seen(student))

    for role in MAY_ASK:
        assert told(role, home_school()) == 1, role
        assert told(role, elsewhere) == (1 if role == UserRole.ADMIN else 0), role


@pytest.mark.parametrize("role", [role for role in UserRole if role not in MAY_ASK])
def test_the_other_roles_may_not_call_the_function(refused, student, role):
    user = UserFactory.create(role=role, school=home_school())

    with refused("permission denied for function student_disclosures"), acting_as(user):
        seen(student)


@pytest.mark.parametrize("role", UserRole)
def test_the_page_opens_for_those_who_may_ask_and_is_linked_for_them_only(client_as, student, role):
    client = client_as(role)

    opened = client.get(address(student)).status_code
    links = address(student) in client.get(page(Student, "change", student.pk)).content.decode()

    assert (opened, links) == ((200, True) if role in MAY_ASK else (403, False))


def test_the_page_of_a_student_elsewhere_is_not_found(client_as):
    stranger = StudentFactory.create(school=SchoolFactory.create(district=DistrictFactory.create()))

    assert client_as(UserRole.NURSE).get(address(stranger)).status_code == 404


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_tells_who_saw_the_student_and_where(client_as, student):
    nurse = client_as(UserRole.NURSE)
    counselor = UserFactory.create(role=UserRole.COUNSELOR, school=home_school(), first_name="Cora", last_name="Lor")
    with acting_as(counselor, source="web", ip="192.0.2.7"):
        record_view(HealthRecordFactory.create(student=student))

    text = " ".join(nurse.get(address(student)).content.decode().split())

    assert "Cora Lor (Counselor)" in text
    assert "Health records" in text
    assert "192.0.2.7" in text
    assert seen(student)[0] == (nurse.user.pk, AuditAction.VIEW, "students")  # the page itself


def test_the_page_shows_the_days_that_are_asked_for(client_as, student):
    nurse = client_as(UserRole.NURSE)
    nurse.get(page(Student, "change", student.pk))
    today = timezone.localdate()

    def rows(since, until):
        response = nurse.get(address(student), {"since": str(since), "until": str(until)})
        return len(response.context["disclosures"])

    assert rows(today, today) == 1
    assert rows(today - timedelta(days=9), today - timedelta(days=1)) == 0


@pytest.mark.parametrize("days", [{"since": "x", "until": "2026-01-01"}, {"since": "2026-01-01"}, {"other": "1"}])
def test_days_that_are_none_are_an_error_beside_the_field(client_as, student, days):
    response = client_as(UserRole.NURSE).get(address(student), days)

    assert response.status_code == 200
    assert response.context["form"].errors
    assert response.context["disclosures"] == []


def test_the_name_stands_on_the_page_and_not_in_its_title(student, client):
    client.force_login(UserFactory.create(role=UserRole.SCHOOL_ADMIN, school=student.school))

    shown = client.get(address(student)).content.decode()

    title = shown[shown.index("<title") : shown.index("</title>")]
    assert f"Who saw {student}" in shown
    assert student.last_name not in title
