"""The timeline: order, filters, pages."""

import datetime

import pytest
from django.utils import timezone

from chart.ages import age
from chart.sight import Sight
from chart.timeline import KINDS, page_of
from core.models import UserRole
from tests.chart.charts import content, days_ago, entries, links, one_of_everything, text, url
from tests.factories import health, medications
from tests.factories.core import StudentFactory, UserFactory


def visits(student, count):
    """Visits 0, 1, 2, ...: the later the number, the longer ago."""
    for number in range(count):
        health.HealthRecordFactory.create(student=student, title=f"Visit {number}", record_date=days_ago(number))


def older(response):
    return next((link for link in links(response.content.decode()) if "before=" in link), None)


def test_everything_stands_in_one_line_newest_first(nurse, student):
    health.HealthRecordFactory.create(student=student, record_date=days_ago(1), title="Yesterday")
    health.HealthRecordFactory.create(student=student, record_date=days_ago(400), title="Last year")
    health.VitalSignsFactory.create(student=student, measurement_date=days_ago(2), heart_rate=88)
    health.ScreeningFactory.create(student=student, screening_date=timezone.localdate() - datetime.timedelta(days=3))
    health.AppointmentFactory.create(
        student=student, scheduled_at=timezone.now() + datetime.timedelta(days=1), reason="Tomorrow"
    )

    response = nurse.get(url(student))

    assert entries(response) == ["Tomorrow", "Yesterday", "pulse 88", "Vision", "Last year"]


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_a_kind_shows_its_own_entries_and_no_others(nurse, student, kind):
    one_of_everything(student)
    medication = student.student_medications.get().medication.name

    assert (
        entries(nurse.get(url(student, kind=kind)))
        == {
            "visits": ["Visit 0"],
            "medication": [f"{medication}, 2 puffs", medication],
            "vitals": ["pulse 80"],
            "incidents": ["Injury"],
            "screenings": ["Vision"],
            "vaccinations": ["M-M-R II, dose 1"],
            "growth": ["140 cm · 35 kg · BMI 17.9"],
            "appointments": ["Talk 0"],
            "diagnoses": ["Nuts 0", "Asthma 0"],
        }[kind]
    )


def test_entries_lead_to_their_rows(nurse, student):
    record = health.HealthRecordFactory.create(student=student)

    found = links(content(nurse.get(url(student, kind="visits"))))

    assert f"/admin/health/healthrecord/{record.pk}/change/?_return=chart" in found


def test_a_dose_not_given_says_why(nurse, student):
    order = medications.StudentMedicationFactory.create(student=student, medication__name="Ritalin")
    medications.MedicationLogFactory.create(student_medication=order, refused=True, scheduled_for=days_ago(1))

    page = text(content(nurse.get(url(student, kind="medication"))))

    assert "Dose Ritalin Refused Would not take it" in page


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("today", ["Now"]),
        ("month", ["Now", "This month"]),
        ("", ["Now", "This month", "Long ago"]),
        ("nonsense", ["Now", "This month", "Long ago"]),
    ],
)
def test_a_period_shows_what_happened_since(nurse, student, period, expected):
    for days, title in ((0, "Now"), (20, "This month"), (500, "Long ago")):
        health.HealthRecordFactory.create(student=student, title=title, record_date=days_ago(days))

    assert entries(nurse.get(url(student, period=period))) == expected


def test_a_page_holds_25_entries_and_leads_to_the_older_ones(nurse, student):
    visits(student, 60)

    first = nurse.get(url(student))
    second = nurse.get(older(first))
    third = nurse.get(older(second))

    titles = [entries(page) for page in (first, second, third)]
    assert [len(page) for page in titles] == [25, 25, 10]
    assert [*titles[0], *titles[1], *titles[2]] == [f"Visit {number}" for number in range(60)]
    assert older(third) is None


def test_pages_keep_the_filters(nurse, student):
    visits(student, 30)
    health.VitalSignsFactory.create_batch(3, student=student, measurement_date=days_ago(29))
    health.HealthRecordFactory.create(student=student, title="Too old", record_date=days_ago(40))

    second = nurse.get(older(nurse.get(url(student, kind="visits", period="month"))))

    assert entries(second) == [f"Visit {number}" for number in range(25, 30)]


def test_entries_of_one_moment_are_neither_lost_nor_told_twice(nurse, student):
    moment = days_ago(1)
    for number in range(20):
        health.HealthRecordFactory.create(student=student, title=f"Visit {number}", record_date=moment)
        health.VitalSignsFactory.create(student=student, measurement_date=moment, heart_rate=60 + number)

    first = nurse.get(url(student))
    second = nurse.get(older(first))

    told = sorted(entries(first) + entries(second))
    assert told == sorted(
        [f"Visit {number}" for number in range(20)] + [f"pulse {60 + number}" for number in range(20)]
    )


def test_a_page_can_be_turned_after_its_last_entry_was_deleted(nurse, student):
    visits(student, 30)
    link = older(nurse.get(url(student)))
    student.health_records.get(title="Visit 24").delete()

    assert entries(nurse.get(link)) == [f"Visit {number}" for number in range(25, 30)]


@pytest.mark.parametrize("before", ["nonsense", "healthrecord.", "healthrecord.1", "user.", "\0"])
def test_a_place_that_is_none_is_the_newest(nurse, student, before):
    visits(student, 2)

    assert entries(nurse.get(url(student, before=before))) == ["Visit 0", "Visit 1"]


def test_another_student_s_entry_is_no_place(nurse, student):
    visits(student, 2)
    stranger = health.HealthRecordFactory.create(student=StudentFactory.create(), record_date=days_ago(50))

    assert entries(nurse.get(url(student, before=f"healthrecord.{stranger.pk}"))) == ["Visit 0", "Visit 1"]


def test_a_kind_that_a_role_may_not_see_is_no_filter(client_as, student):
    one_of_everything(student)

    found = entries(client_as(UserRole.DISTRICT_ADMIN).get(url(student, kind="visits")))

    assert found == ["Injury", "Vision", "M-M-R II, dose 1"]


def test_the_timeline_is_one_query_and_two_for_its_later_pages(student, django_assert_num_queries):
    one_of_everything(student, times=10)
    sight = Sight(UserFactory.build(role=UserRole.NURSE), student)

    with django_assert_num_queries(1):
        first = page_of(student, sight)
    with django_assert_num_queries(2):
        second = page_of(student, sight, before=first.older)

    assert (len(first.events), len(second.events)) == (25, 25)


def test_htmx_gets_the_timeline_alone_and_the_whole_page_when_it_goes_back(nurse, student):
    visits(student, 1)

    turned = nurse.get(url(student), headers={"HX-Request": "true"})
    restored = nurse.get(url(student), headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert turned.content.decode().strip().startswith('<section class="chart-card" id="timeline"')
    assert entries(turned) == ["Visit 0"]
    assert "<html" in restored.content.decode()


def test_the_browser_keeps_no_copy_of_the_page(nurse, student):
    response = nurse.get(url(student))

    assert "no-store" in response.headers["Cache-Control"]
    assert 'hx-history="false"' in content(response)


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        ((2015, 5, 17), (2026, 5, 16), 10),
        ((2015, 5, 17), (2026, 5, 17), 11),
        ((2016, 2, 29), (2027, 2, 28), 10),
        ((2016, 2, 29), (2027, 3, 1), 11),
    ],
)
def test_age_is_in_full_years(born, today, years):
    assert age(datetime.date(*born), datetime.date(*today)) == years
