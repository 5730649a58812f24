"""Which doses are due, and when: by the times of the orders and what the log says."""

import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from medications.dose_schedule import Dose, Window, _slots, day_bounds, doses_of, next_dose, next_doses
from medications.models import MedicationLogStatus, StudentMedication
from tests.factories.medications import MedicationLogFactory, StudentMedicationFactory

MONDAY = datetime.date(2026, 3, 2)
EASTERN = ZoneInfo("America/New_York")
MINUTE = datetime.timedelta(minutes=1)
DUE_BEFORE, DUE_AFTER = 30 * MINUTE, 60 * MINUTE


@pytest.fixture(autouse=True)
def eastern_time():
    with timezone.override(EASTERN):
        yield


def at(hour, minute=0, day=MONDAY):
    return datetime.datetime.combine(day, datetime.time(hour, minute), EASTERN).astimezone(datetime.UTC)


def order_at(*times, **fields):
    return StudentMedicationFactory.create(dose_times=[datetime.time(*time) for time in times], **fields)


def unsaved(*times, **fields):
    values = {"start_date": MONDAY, "is_active": True, **fields}
    return StudentMedication(pk=uuid4(), dose_times=[datetime.time(*time) for time in times], **values)


def logged(order, due_at, status):
    given = status == MedicationLogStatus.ADMINISTERED
    return MedicationLogFactory.create(
        student_medication=order,
        scheduled_for=due_at,
        status=status,
        time_given=due_at if given else None,
        dosage_given="1 tablet" if given else None,
        reason_not_given=None if given or status == MedicationLogStatus.PENDING else "Absent",
    )


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (at(11, 30) - DUE_BEFORE - MINUTE, "later"),
        (at(11, 30) - DUE_BEFORE, "due"),
        (at(11, 30), "due"),
        (at(11, 30) + DUE_AFTER, "due"),
        (at(11, 30) + DUE_AFTER + MINUTE, "missed"),
    ],
)
def test_a_dose_is_due_from_half_an_hour_before_its_time_to_an_hour_after(now, state):
    assert Dose(unsaved((11, 30)), at(11, 30), Window(DUE_BEFORE, DUE_AFTER)).state(now) == state


@pytest.mark.django_db
def test_the_doses_of_several_orders_come_by_time_from_one_query_and_that_of_the_settings(django_assert_num_queries):
    lunch, twice = order_at((11, 30)), order_at((14, 0), (8, 5))

    with django_assert_num_queries(1 + 1):
        doses = doses_of([lunch, twice], MONDAY)

    assert [(dose.order, dose.due_at) for dose in doses] == [
        (twice, at(8, 5)),
        (lunch, at(11, 30)),
        (twice, at(14, 0)),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "state"),
    [
        (MedicationLogStatus.ADMINISTERED, "given"),
        (MedicationLogStatus.REFUSED, "not given"),
        (MedicationLogStatus.MISSED, "not given"),
        (MedicationLogStatus.CANCELLED, "not given"),
        (MedicationLogStatus.PENDING, "due"),
    ],
)
def test_what_the_log_says_settles_a_dose_unless_it_is_only_a_plan(status, state):
    order = order_at((11, 30))
    log = logged(order, at(11, 30), status)

    (dose,) = doses_of([order], MONDAY)

    assert (dose.log, dose.state(at(11, 30))) == (log, state)


@pytest.mark.django_db
def test_a_deleted_entry_settles_nothing():
    order = order_at((11, 30))
    logged(order, at(11, 30), MedicationLogStatus.ADMINISTERED).delete()

    (dose,) = doses_of([order], MONDAY)

    assert (dose.log, dose.state(at(11, 30))) == (None, "due")


@pytest.mark.django_db
@pytest.mark.parametrize("later", [MedicationLogStatus.REFUSED, MedicationLogStatus.PENDING])
def test_a_dose_that_was_given_stays_given_whatever_is_written_after(later):
    order = order_at((11, 30))
    given_log = logged(order, at(11, 30), MedicationLogStatus.ADMINISTERED)
    logged(order, at(11, 30), later)

    assert [dose.log for dose in doses_of([order], MONDAY)] == [given_log]


@pytest.mark.django_db
def test_a_dose_refused_and_then_given_is_given():
    order = order_at((11, 30))
    logged(order, at(11, 30), MedicationLogStatus.REFUSED)
    given_log = logged(order, at(11, 30), MedicationLogStatus.ADMINISTERED)

    assert [dose.log for dose in doses_of([order], MONDAY)] == [given_log]


@pytest.mark.django_db
def test_a_planned_dose_is_due_even_where_the_order_has_no_times():
    order = order_at()
    logged(order, at(10), MedicationLogStatus.PENDING)

    (dose,) = doses_of([order], MONDAY)

    assert (dose.due_at, dose.state(at(10))) == (at(10), "due")


@pytest.mark.django_db
def test_another_orders_dose_settles_nothing():
    order, other = order_at((11, 30)), order_at((11, 30))
    logged(other, at(11, 30), MedicationLogStatus.ADMINISTERED)

    assert [dose.log for dose in doses_of([order], MONDAY)] == [None]


@pytest.mark.django_db
def test_a_dose_given_as_needed_settles_no_slot():
    order = order_at((11, 30))
    MedicationLogFactory.create(student_medication=order, time_given=at(11, 30))

    assert [dose.log for dose in doses_of([order], MONDAY)] == [None]


@pytest.mark.django_db
def test_an_order_that_ended_or_was_deleted_asks_for_no_dose():
    ended = order_at((11, 30), start_date=MONDAY - datetime.timedelta(30), end_date=MONDAY - datetime.timedelta(1))
    stopped = order_at((11, 30), is_active=False)
    deleted = order_at((11, 30))
    deleted.delete()

    assert doses_of([ended, stopped, StudentMedication.all_objects.get(pk=deleted.pk)], MONDAY) == []


@pytest.mark.django_db
def test_no_orders_cost_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert doses_of([], MONDAY) == []
        assert next_doses([], at(9)) == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(8), at(11, 30)),
        (at(12, 30), at(11, 30)),
        (at(12, 31), at(14)),
        (at(15, 1), at(11, 30, MONDAY + datetime.timedelta(1))),
        (at(16, 0, datetime.date(2026, 3, 6)), at(11, 30, datetime.date(2026, 3, 9))),
    ],
    ids=["before", "due now", "missed", "tomorrow", "after the weekend"],
)
def test_the_next_dose_is_the_first_that_is_due_or_to_come(now, expected):
    assert next_dose(order_at((11, 30), (14, 0)), now) == expected


@pytest.mark.django_db
def test_the_next_dose_after_one_given_early_is_that_of_the_next_day():
    order = order_at((11, 30))
    logged(order, at(11, 30), MedicationLogStatus.ADMINISTERED)

    assert next_dose(order, at(11, 5)) == at(11, 30, MONDAY + datetime.timedelta(1))


@pytest.mark.django_db
def test_the_next_doses_of_many_orders_come_from_one_query_and_that_of_the_settings(django_assert_num_queries):
    orders = [order_at((11, 30)), order_at(), order_at((9, 0), start_date=datetime.date(2026, 4, 1))]
    logged(orders[1], at(13), MedicationLogStatus.PENDING)

    with django_assert_num_queries(1 + 1):
        found = next_doses(orders, at(8))

    assert found == {
        orders[0].pk: at(11, 30),
        orders[1].pk: at(13),
        orders[2].pk: at(9, 0, datetime.date(2026, 4, 1)),
    }


@pytest.mark.django_db
def test_an_order_that_is_over_has_no_next_dose():
    assert next_dose(order_at((11, 30), end_date=MONDAY), at(15)) is None


@given(day=st.dates(datetime.date(2020, 1, 1), datetime.date(2035, 1, 1)), days=st.sets(st.integers(1, 7), min_size=1))
def test_a_day_has_doses_exactly_if_it_is_one_of_the_orders_days(day, days):
    order = unsaved((11, 30), (8, 5), dose_days=sorted(days), start_date=datetime.date(2020, 1, 1))

    assert len(_slots(order, day)) == (2 if day.isoweekday() in days else 0)


@given(
    day=st.dates(datetime.date(2020, 1, 1), datetime.date(2035, 1, 1)),
    start=st.dates(datetime.date(2020, 1, 1), datetime.date(2035, 1, 1)),
    length=st.none() | st.integers(0, 400),
)
def test_an_order_asks_for_doses_from_its_first_day_to_its_last(day, start, length):
    end = None if length is None else start + datetime.timedelta(length)
    order = unsaved((11, 30), dose_days=[1, 2, 3, 4, 5, 6, 7], start_date=start, end_date=end)

    assert bool(_slots(order, day)) == (start <= day and (end is None or day <= end))


@given(
    zone=st.sampled_from(["America/New_York", "America/Phoenix", "Pacific/Honolulu", "Asia/Kolkata", "Europe/London"]),
    day=st.dates(datetime.date(2020, 1, 1), datetime.date(2035, 1, 1)),
    time=st.times(datetime.time(6), datetime.time(18)).map(lambda time: time.replace(second=0, microsecond=0)),
)
def test_a_time_is_that_of_the_schools_clock_whatever_the_zone_and_the_season(zone, day, time):
    order = unsaved(dose_days=[1, 2, 3, 4, 5, 6, 7], start_date=datetime.date(2020, 1, 1))
    order.dose_times = [time]

    with timezone.override(ZoneInfo(zone)):
        (slot,) = _slots(order, day)
        start, end = day_bounds(day)

        assert slot.tzinfo is datetime.UTC
        assert timezone.localtime(slot).replace(tzinfo=None) == datetime.datetime.combine(day, time)
        assert start <= slot < end


def test_the_day_on_which_the_clocks_change_is_an_hour_shorter_or_longer():
    spring, autumn = datetime.date(2026, 3, 8), datetime.date(2026, 11, 1)

    lengths = [end - start for start, end in map(day_bounds, (spring, autumn))]

    assert lengths == [datetime.timedelta(hours=23), datetime.timedelta(hours=25)]


def test_a_time_that_the_clock_skips_is_due_once_and_one_that_it_repeats_too():
    everyday = {"dose_days": [1, 2, 3, 4, 5, 6, 7]}

    assert len(_slots(unsaved((2, 30), **everyday), datetime.date(2026, 3, 8))) == 1
    assert len(_slots(unsaved((1, 30), **everyday), datetime.date(2026, 11, 1))) == 1


def test_the_same_time_twice_is_one_dose():
    assert len(_slots(unsaved((11, 30), (11, 30)), MONDAY)) == 1
