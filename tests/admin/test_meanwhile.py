"""Two people at one row: nothing that either of them typed is lost silently."""

import re

import pytest

from core.acting import acting_as
from core.admin.meanwhile import MARK
from core.models import UserRole
from health.models import Allergy, HealthRecord, VitalSigns
from incidents.models import IncidentReport
from tests.admin.pages import CHANGEABLE, FACTORIES, by_name, errors_of, form_data, page
from tests.factories.core import UserFactory, home_school
from tests.factories.health import AllergyFactory, HealthRecordFactory, VitalSignsFactory
from tests.factories.incidents import IncidentReportFactory
from tests.factories.medications import StudentMedicationFactory


def opened(client, row):
    """The form of a row as a browser has it, the hidden mark included."""
    response = client.get(page(type(row), "change", row.pk))
    return form_data(response) | {MARK: response.context["opened"]}


def save(client, row, data, **values):
    data = {name: value for name, value in (data | values).items() if value is not None}
    return client.post(page(type(row), "change", row.pk), data)


@pytest.fixture
def colleague(db):
    return UserFactory.create(first_name="Nora", last_name="Quinn", school=home_school())


def change_as(user, row, **values):
    with acting_as(user, source="web"):
        type(row).objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("model", CHANGEABLE, ids=by_name)
def test_a_form_that_nobody_else_touched_is_saved(model, administrator):
    row = FACTORIES[model].create()

    response = save(administrator, row, opened(administrator, row))

    assert response.status_code == 302, errors_of(response)


@pytest.mark.parametrize("model", CHANGEABLE, ids=by_name)
def test_the_mark_is_of_what_the_browser_would_post(model, administrator):
    row = FACTORIES[model].create()
    data = opened(administrator, row)
    version, _, marks = data[MARK].partition(" ")

    response = save(administrator, row, data, **{MARK: f"2001-01-01T00:00:00+00:00 {marks}"})

    assert response.status_code == 302, errors_of(response)
    assert version == row.__class__._base_manager.get(pk=row.pk).updated_at.isoformat()


def test_what_both_have_changed_is_shown_and_nothing_is_saved(nurse, colleague):
    allergy = AllergyFactory.create(severity="MODERATE")
    data = opened(nurse, allergy)
    change_as(colleague, allergy, severity="SEVERE")

    response = save(nurse, allergy, data, severity="MILD")

    assert response.status_code == 200
    errors = errors_of(response)
    assert re.fullmatch(
        r"Nora Quinn changed this record on \w+ \d+ at \d\d:\d\d, after you had opened it. Nothing was saved yet. "
        r"What both of you changed is marked below. Look it over and save again.",
        errors["__all__"][0],
    )
    assert errors["severity"] == ["Nora Quinn changed this to “Severe”. You see yours: save again to keep it."]
    assert response.context["adminform"].form["severity"].value() == "MILD"
    assert Allergy.objects.get().severity == "SEVERE"


def test_what_only_the_other_changed_is_taken_over_and_what_only_i_changed_is_kept(nurse, colleague):
    record = HealthRecordFactory.create(title="Cough", treatment="Rest", is_confidential=False)
    data = opened(nurse, record)
    change_as(colleague, record, title="Fever", is_confidential=True)

    response = save(nurse, record, data, treatment="Went home")

    assert "Taken over from there: In a few words (was “Cough”), Confidential (was “no”)." in str(errors_of(response))
    form = response.context["adminform"].form
    assert (form["title"].value(), form["treatment"].value(), form["is_confidential"].value()) == (
        "Fever",
        "Went home",
        True,
    )
    assert HealthRecord.objects.get().treatment == "Rest"


def test_saving_again_saves(nurse, colleague):
    record = HealthRecordFactory.create(title="Cough")
    data = opened(nurse, record)
    change_as(colleague, record, title="Fever")
    response = save(nurse, record, data, title="Flu", diagnosis="J11.1")

    again = save(nurse, record, form_data(response) | {MARK: response.context["opened"]})

    assert again.status_code == 302, errors_of(again)
    fresh = HealthRecord.objects.get()
    assert (fresh.title, fresh.diagnosis) == ("Flu", "J11.1")


def test_the_same_change_by_two_people_is_no_conflict(nurse, colleague):
    allergy = AllergyFactory.create(severity="MODERATE")
    data = opened(nurse, allergy)
    change_as(colleague, allergy, severity="SEVERE")

    response = save(nurse, allergy, data, severity="SEVERE", notes="Seen at lunch")

    assert response.status_code == 302, errors_of(response)


def test_a_change_of_what_the_form_does_not_ask_hinders_nobody(nurse, colleague):
    record = HealthRecordFactory.create(follow_up_required=True)
    data = opened(nurse, record)
    change_as(colleague, record, follow_up_completed=True)

    response = save(nurse, record, data, title="Fever")

    assert response.status_code == 302, errors_of(response)
    fresh = HealthRecord.objects.get()
    assert (fresh.title, fresh.follow_up_completed) == ("Fever", True)


def test_moments_numbers_and_lists_are_told_apart_too(nurse, colleague):
    signs = VitalSignsFactory.create(temperature="98.60", heart_rate=80)
    report = IncidentReportFactory.create(witnesses=["Ann Lee", "Bob Ray"])
    of_signs, of_report = opened(nurse, signs), opened(nurse, report)
    change_as(colleague, signs, heart_rate=90)
    change_as(colleague, report, witnesses=["Ann Lee"])

    first = save(nurse, signs, of_signs, temperature="99.1")
    second = save(nurse, report, of_report, description="Fell off the swing.")

    assert "Heart rate (was “80”)." in str(errors_of(first))
    assert "Who saw it (was “Ann Lee Bob Ray”)." in str(errors_of(second))
    assert VitalSigns.objects.get().heart_rate == 90
    assert IncidentReport.objects.get().witnesses == ["Ann Lee"]


def test_days_that_are_ticked_are_taken_over_as_well(nurse, colleague):
    order = StudentMedicationFactory.create(dose_times=["11:30"], dose_days=[1, 2])
    data = opened(nurse, order)
    change_as(colleague, order, dose_days=[1, 2, 3])

    response = save(nurse, order, data, instructions="With water")

    assert "Days of the doses (was “1 2”)." in str(errors_of(response))
    assert response.context["adminform"].form["dose_days"].value() == ["1", "2", "3"]


def test_a_mark_that_was_not_made_here_makes_every_difference_a_question(nurse, colleague):
    allergy = AllergyFactory.create(severity="MODERATE")
    data = opened(nurse, allergy) | {MARK: "2001-01-01T00:00:00+00:00 forged"}
    change_as(colleague, allergy, severity="SEVERE")

    response = save(nurse, allergy, data)

    assert "severity" in errors_of(response)
    assert Allergy.objects.get().severity == "SEVERE"


def test_who_may_only_view_a_row_has_no_use_of_a_mark(client_as):
    allergy = AllergyFactory.create(student__school=home_school())
    counselor = client_as(UserRole.COUNSELOR)

    response = counselor.post(page(Allergy, "change", allergy.pk), {MARK: "2001-01-01T00:00:00+00:00 forged"})

    assert response.status_code == 403
