"""The filters of a list can be named, and are found again above it, by who named them."""

import pytest

from core.models import Student, User, UserRole
from health.models import Appointment
from tests.admin.pages import messages_of, page
from tests.factories.core import StudentFactory


def save(client, model, name, query):
    return client.post(page(model, "saved_filters"), {"name": name, "query": query}, follow=True)


def links(client, model, **query):
    return [
        (one["name"], one["is_active"])
        for one in client.get(page(model, "changelist"), query).context["saved_filters"]["links"]
    ]


@pytest.mark.parametrize("role", list(UserRole))
def test_filters_are_found_again_by_their_name(role, client_as):
    client = client_as(role)
    fifth, sixth = StudentFactory.create(grade="5"), StudentFactory.create(grade="6")

    response = save(client, Student, "Fifth grade", "grade__exact=5&is_active__exact=1")

    assert messages_of(response) == ["Saved: Fifth grade."]
    link = response.context["saved_filters"]["links"][0]
    assert link == {"name": "Fifth grade", "query": "grade__exact=5&is_active__exact=1", "is_active": True}
    shown = client.get(f"{page(Student, 'changelist')}?{link['query']}")
    assert list(shown.context["cl"].result_list) == [fifth]
    assert sixth.grade == "6"


def test_saved_filters_are_one_s_own_and_those_of_one_list(nurse, client_as):
    save(nurse, Student, "Fifth grade", "grade__exact=5")

    assert links(client_as(UserRole.NURSE), Student) == []
    assert links(nurse, Appointment) == []
    assert links(nurse, Student) == [("Fifth grade", False)]
    assert links(nurse, Student, grade__exact="5") == [("Fifth grade", True)]


def test_what_was_searched_for_and_which_student_a_list_is_of_are_not_kept(nurse):
    student = StudentFactory.create()

    save(nurse, Appointment, "Mine", f"q=smith&p=2&o=1&student__id__exact={student.pk}&status__exact=NO_SHOW&evil=1")

    nurse.user.refresh_from_db()
    assert nurse.user.saved_filters == {"health.appointment": [{"name": "Mine", "query": "status__exact=NO_SHOW"}]}


def test_days_are_kept(nurse):
    save(nurse, Appointment, "March", "scheduled_at_from=2026-03-01&scheduled_at_to=2026-03-31")

    assert links(nurse, Appointment, scheduled_at_from="2026-03-01", scheduled_at_to="2026-03-31") == [("March", True)]


def test_a_name_taken_again_is_given_to_the_new_filters(nurse):
    save(nurse, Student, "Class", "grade__exact=5")
    save(nurse, Student, "Class", "grade__exact=6")

    assert links(nurse, Student, grade__exact="6") == [("Class", True)]


def test_a_saved_filter_is_forgotten(nurse):
    save(nurse, Student, "Fifth", "grade__exact=5")
    save(nurse, Student, "Sixth", "grade__exact=6")

    nurse.post(page(Student, "saved_filters"), {"forget": "grade__exact=5"})

    assert links(nurse, Student) == [("Sixth", False)]


@pytest.mark.parametrize(
    ("name", "query"),
    [("", "grade__exact=5"), (" ", "grade__exact=5"), ("x" * 61, "grade__exact=5"), ("All", "q=smith")],
)
def test_what_has_no_name_or_no_filter_is_not_saved(name, query, nurse):
    response = save(nurse, Student, name, query)

    assert messages_of(response) == ["Set a filter first, and give it a name of 60 letters at most."]
    assert links(nurse, Student) == []


def test_there_is_an_end_to_saved_filters(nurse):
    for number in range(20):
        save(nurse, Student, f"Grade {number}", f"grade__exact={number}")

    response = save(nurse, Student, "One more", "grade__exact=x")

    assert messages_of(response) == ["You have 20 saved filters of this list. Forget one first."]
    assert len(links(nurse, Student)) == 20


def test_who_may_not_see_a_list_saves_nothing_of_it(client_as):
    viewer = client_as(UserRole.VIEWER)

    assert (
        viewer.post(page(Appointment, "saved_filters"), {"name": "A", "query": "status__exact=NO_SHOW"}).status_code
        == 403
    )
    assert User.objects.get(pk=viewer.user.pk).saved_filters == {}


def test_a_name_is_shown_as_text(nurse):
    response = save(nurse, Student, "<b>Fifth</b>", "grade__exact=5")

    assert "&lt;b&gt;Fifth" in response.content.decode()
    assert "<b>Fifth" not in response.content.decode()
