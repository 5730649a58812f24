"""Lists are counted and paged as far as people page, and are filtered by days and by places."""

import datetime

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.admin.paging import REACHABLE, BoundedPaginator, CappedCount
from core.models import Student, UserRole
from health.models import Allergy, Appointment, HealthRecord
from medications.models import MedicationLog
from tests.admin.pages import OUR_MODELS, by_name, messages_of, page
from tests.factories.core import SchoolFactory, StudentFactory, home_school
from tests.factories.health import AllergyFactory, AppointmentFactory, HealthRecordFactory
from tests.factories.medications import MedicationLogFactory


def rows(response):
    return list(response.context["cl"].result_list)


@pytest.fixture
def more_than_reachable(db):
    """One student more than the pages of a list show."""
    model = StudentFactory.build(school=home_school())
    Student.objects.bulk_create(
        Student(
            student_number=f"N{number:05}",
            first_name="Ann",
            last_name=f"Lee{number:05}",
            date_of_birth=model.date_of_birth,
            grade="5",
            gender=model.gender,
            school=home_school(),
        )
        for number in range(REACHABLE + 1)
    )


@pytest.mark.parametrize("model", OUR_MODELS, ids=by_name)
def test_no_list_is_counted_to_its_end(model):
    model_admin = admin.site._registry[model]

    assert model_admin.paginator is BoundedPaginator or model_admin.paginator.__name__ == "LatestPaginator"
    assert model_admin.show_full_result_count is False


def test_a_list_of_more_rows_than_pages_show_says_so_and_how_to_find_the_others(more_than_reachable, nurse):
    response = nurse.get(page(Student, "changelist"))
    text = response.content.decode()

    assert response.context["cl"].result_count == REACHABLE
    assert "1,000+" in text
    assert "The list shows the first 1,000." in text
    assert len(rows(response)) == 50


def test_the_last_page_that_a_list_offers_can_be_opened_and_the_next_cannot(more_than_reachable, nurse):
    last = nurse.get(page(Student, "changelist"), {"p": "20"})
    beyond = nurse.get(page(Student, "changelist"), {"p": "21"}, follow=True)

    assert [student.last_name for student in rows(last)][-1] == "Lee00999"
    assert messages_of(beyond) == ["The filter in the address was not understood; it was left out."]


def test_a_filtered_list_of_few_rows_is_counted_exactly(more_than_reachable, nurse):
    response = nurse.get(page(Student, "changelist"), {"q": "Lee0000"})

    assert response.context["cl"].result_count == 10
    assert [student.last_name for student in rows(response)] == [f"Lee{number:05}" for number in range(10)]
    assert "The list shows" not in response.content.decode()


def test_all_rows_can_be_chosen_for_an_action_however_many_there_are(more_than_reachable, nurse):
    response = nurse.post(
        page(Student, "changelist"),
        {
            "action": "delete_selected",
            "select_across": "1",
            "_selected_action": [str(Student.objects.first().pk)],
        },
    )

    # The page that asks for confirmation counts what was chosen, to its end.
    assert f"{REACHABLE + 1:,} students" in response.content.decode().replace("1001", "1,001")


def test_a_capped_count_counts_as_a_number_and_reads_as_more():
    count = CappedCount(1_000)

    assert count == 1_000
    assert (str(count), f"{count}") == ("1,000+", "1,000+")


@pytest.mark.parametrize("model", OUR_MODELS, ids=by_name)
def test_no_list_joins_another_table(model, administrator):
    with CaptureQueriesContext(connection) as asked:
        administrator.get(page(model, "changelist"))

    table = model._meta.db_table
    of_rows = [query["sql"] for query in asked if f'FROM "{table}"' in query["sql"] and "COUNT(" not in query["sql"]]
    assert of_rows
    if model._meta.label != "audit.AuditLog":  # a short page of the newest entries, as their index has them
        assert [sql for sql in of_rows if " JOIN " in sql] == []


def test_records_are_found_by_days_of_the_schools_time_zone_both_included(nurse):
    zone = timezone.get_current_timezone()
    moments = [
        datetime.datetime(2026, 3, 2, 0, 0, tzinfo=zone),
        datetime.datetime(2026, 3, 3, 23, 59, tzinfo=zone),
        datetime.datetime(2026, 3, 4, 0, 0, tzinfo=zone),
    ]
    first, last, after = [HealthRecordFactory.create(record_date=moment) for moment in moments]

    between = nurse.get(
        page(HealthRecord, "changelist"), {"record_date_from": "2026-03-02", "record_date_to": "3/3/2026"}
    )
    since = nurse.get(page(HealthRecord, "changelist"), {"record_date_from": "2026-03-04"})

    assert rows(between) == [last, first]
    assert rows(since) == [after]


def test_doses_are_found_by_the_day_they_were_given_or_else_due(nurse):
    given = MedicationLogFactory.create()
    day = timezone.localtime(given.time_given or given.scheduled_for).date()

    on_the_day = nurse.get(
        page(MedicationLog, "changelist"), {"scheduled_for_from": str(day), "scheduled_for_to": str(day)}
    )
    after = nurse.get(page(MedicationLog, "changelist"), {"scheduled_for_from": str(day + datetime.timedelta(days=1))})

    assert rows(on_the_day) == [given]
    assert rows(after) == []


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "0001-01-01", "99999-01-01", "\0"])
def test_a_day_that_is_none_is_left_out(day, nurse):
    appointment = AppointmentFactory.create()

    response = nurse.get(page(Appointment, "changelist"), {"scheduled_at_from": day}, follow=True)

    assert response.status_code == 200
    assert rows(response) == [appointment]


def test_the_filter_by_school_does_not_list_the_schools(administrator):
    SchoolFactory.create_batch(3, name="Nowhere Elementary")
    chosen = StudentFactory.create()
    StudentFactory.create(school=SchoolFactory.create())

    everything = administrator.get(page(Student, "changelist"))
    filtered = administrator.get(page(Student, "changelist"), {"school__id__exact": str(chosen.school_id)})

    assert "Nowhere Elementary" not in everything.content.decode()
    assert rows(filtered) == [chosen]


def test_beyond_a_few_schools_a_list_sorts_only_by_what_an_index_sorts(client_as):
    worst, mild = (
        AllergyFactory.create(severity="SEVERE", allergen="B"),
        AllergyFactory.create(severity="MILD", allergen="A"),
    )
    by_allergen = {"o": "1"}

    administrator = client_as(UserRole.ADMIN).get(page(Allergy, "changelist"), by_allergen)
    nurse = client_as(UserRole.NURSE).get(page(Allergy, "changelist"), by_allergen)

    assert rows(administrator) == [worst, mild]
    assert rows(nurse) == [mild, worst]


def test_a_nurse_s_pages_of_records_follow_one_another_as_an_administrator_s_do(nurse, administrator):
    student = StudentFactory.create()
    day = datetime.datetime(2026, 3, 2, 12, tzinfo=datetime.UTC)
    # Some of the same moment, across the end of a page.
    for number in range(60):
        HealthRecordFactory.create(student=student, record_date=day + datetime.timedelta(hours=number // 20))

    pages = {
        who: [rows(client.get(page(HealthRecord, "changelist"), {"p": number})) for number in (1, 2)]
        for who, client in {"nurse": nurse, "administrator": administrator}.items()
    }

    assert pages["nurse"] == pages["administrator"]
    assert [len(shown) for shown in pages["nurse"]] == [50, 10]
