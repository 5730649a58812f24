"""The times of an order as a nurse writes them."""

import datetime

import pytest

from medications.models import StudentMedication
from tests.admin.pages import form_data, page
from tests.factories.core import home_school
from tests.factories.medications import StudentMedicationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return StudentMedicationFactory.create(student__school=home_school())


def post(client, order, **values):
    address = page(StudentMedication, "change", order.pk)
    return client.post(address, form_data(client.get(address)) | values)


def test_times_are_taken_as_people_write_them_and_kept_in_order(nurse, order):
    response = post(nurse, order, dose_times="2:15 pm\n11:30\r\n8:05 am\n11:30", dose_days=["1", "3"])

    order.refresh_from_db()
    assert response.status_code == 302
    assert order.dose_times == [datetime.time(8, 5), datetime.time(11, 30), datetime.time(14, 15)]
    assert order.dose_days == [1, 3]


def test_the_form_shows_the_times_one_per_line_without_seconds(nurse, order):
    order.dose_times = [datetime.time(8, 5), datetime.time(11, 30)]
    order.save()

    form = nurse.get(page(StudentMedication, "change", order.pk)).context["adminform"].form

    assert form["dose_times"].value() == "08:05\n11:30"


def test_what_is_no_time_is_said_in_plain_words_and_nothing_is_saved(nurse, order):
    response = post(nurse, order, dose_times="11:30\nnoonish")

    order.refresh_from_db()
    assert "write it like 11:30 or 8:05 am" in str(response.context["adminform"].form.errors["dose_times"])
    assert order.dose_times == []


def test_too_many_doses_and_no_day_are_refused_beside_the_field(nurse, order):
    times = "\n".join(f"{hour}:00" for hour in range(13))

    errors = post(nurse, order, dose_times=times, dose_days=[]).context["adminform"].form.errors

    assert errors["dose_times"] == ["There cannot be more than 12 doses in a day."]
    assert errors["dose_days"] == ["Choose the days of the week on which the doses are due, at least one."]
