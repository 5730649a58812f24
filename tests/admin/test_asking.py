"""What the forms ask: only what a person knows, the usual case first and preset, with units and bounds."""

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditAction, AuditLog
from core.models import Student, UserRole
from health.models import Allergy, Appointment, GrowthMeasurement, HealthRecord, Screening, VitalSigns
from incidents.models import EmergencyContact, IncidentReport
from medications.models import MedicationLog, StudentMedication
from tests.admin.pages import CHANGEABLE, FACTORIES, by_name, errors_of, form_data, page
from tests.factories.core import DistrictFactory, SchoolFactory, StudentFactory, UserFactory, home_school
from tests.factories.health import (
    AllergyFactory,
    AppointmentFactory,
    GrowthMeasurementFactory,
    HealthRecordFactory,
    ScreeningFactory,
)
from tests.factories.incidents import EmergencyContactFactory, IncidentReportFactory
from tests.factories.medications import StudentMedicationFactory

NEVER_ASKED = {
    "id",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
    "deleted_at",
    "deletion_id",
    "search_vector",
    "completed_at",
    "cancelled_at",
    "verified_by",
    "verification_date",
    "parent_notified_by",
    "follow_up_completed",
    "follow_up_status",
    "bmi",
    "bmi_percentile",
    "height_percentile",
    "weight_percentile",
    "attachments",
    "photo",
    "metadata",
}


def opened(client, model, **query):
    return client.get(page(model, "add"), query)


def initial(response):
    form = response.context["adminform"].form
    return {name: form[name].value() for name in form.fields}


def seconds_from_now(value):
    return abs((timezone.now() - value).total_seconds())


@pytest.mark.parametrize("model", CHANGEABLE, ids=by_name)
def test_a_form_asks_nothing_that_the_system_knows(model, administrator):
    row = FACTORIES[model].create()

    empty = administrator.get(page(model, "add")).context["adminform"].form.fields
    filled = administrator.get(page(model, "change", row.pk)).context["adminform"].form.fields

    assert NEVER_ASKED & {*empty, *filled} == set()
    of_a_school = {"Student", "User", "SchoolAssignment"}
    assert ("school" in empty) == (model.__name__ in of_a_school)
    assert "status" not in empty or model.__name__ in ("MedicationLog", "ChronicCondition", "IncidentReport")


def test_a_form_begins_with_now_and_with_who_fills_it_in(nurse):
    vitals = initial(opened(nurse, VitalSigns))
    visit = initial(opened(nurse, HealthRecord))
    appointment = initial(opened(nurse, Appointment))
    report = initial(opened(nurse, IncidentReport))
    screening = initial(opened(nurse, Screening))
    growth = initial(opened(nurse, GrowthMeasurement))
    student = initial(opened(nurse, Student))
    order = initial(opened(nurse, StudentMedication))
    dose = initial(opened(nurse, MedicationLog))

    assert (vitals["measured_by"], vitals["measured_by_role"]) == (str(nurse.user), "Nurse")
    assert (screening["screened_by"], screening["screening_date"]) == (str(nurse.user), timezone.localdate())
    assert (growth["measured_by"], growth["measurement_date"]) == (str(nurse.user), timezone.localdate())
    assert (appointment["nurse"], report["reported_by"], dose["nurse"]) == (nurse.user.pk,) * 3
    assert (student["school"], student["nurse"]) == (nurse.user.school_id, nurse.user.pk)
    assert order["start_date"] == timezone.localdate()
    assert dose["status"] == "ADMINISTERED"
    moments = (
        vitals["measurement_date"],
        visit["record_date"],
        appointment["scheduled_at"],
        report["occurred_at"],
        dose["time_given"],
    )
    assert max(map(seconds_from_now, moments)) < 120
    assert {moment.second for moment in moments} == {0}


def test_units_stand_beside_numbers_and_are_said_to_screen_readers(nurse):
    html = opened(nurse, VitalSigns).content.decode()

    units = dict(re.findall(r'<span id="id_(\w+)_unit"[^>]*>([^<]+)</span>', html))
    assert units == {
        "blood_pressure_systolic": "mmHg",
        "blood_pressure_diastolic": "mmHg",
        "heart_rate": "bpm",
        "respiratory_rate": "breaths/min",
        "oxygen_saturation": "%",
        "peak_flow": "L/min",
        "glucose_level": "mg/dL",
        "pain_level": "of 10",
    }
    for name in units:
        (box,) = re.findall(f'<input[^>]*id="id_{name}"[^>]*>', html)
        assert f'aria-describedby="id_{name}_unit' in box


def test_numbers_have_the_bounds_of_the_table_and_the_right_keyboard(nurse):
    html = opened(nurse, VitalSigns).content.decode()

    (pain,) = re.findall('<input[^>]*id="id_pain_level"[^>]*>', html)
    (temperature,) = re.findall('<input[^>]*id="id_temperature"[^>]*>', html)
    assert all(part in pain for part in ('min="0"', 'max="10"', 'step="1"', 'inputmode="numeric"', 'type="number"'))
    assert all(part in temperature for part in ('min="25"', 'max="115"', 'step="0.1"', 'inputmode="decimal"'))


def test_codes_and_numbers_show_what_they_look_like(nurse):
    contact = opened(nurse, EmergencyContact).content.decode()
    record = opened(nurse, HealthRecord).content.decode()

    assert 'placeholder="614-555-0142"' in contact
    assert 'inputmode="tel"' in contact
    assert 'placeholder="J45.909"' in record
    assert record.count('placeholder="10 digits"') == 2


# --- From a student's page --------------------------------------------------------------------------------------------

WITH_STUDENT = [
    model
    for model in CHANGEABLE
    if any(field.name == "student" and field.editable for field in model._meta.concrete_fields)
    and model.__name__ != "LegalHold"
]


@pytest.mark.parametrize("model", WITH_STUDENT, ids=by_name)
def test_from_a_student_s_page_the_student_is_a_line_and_no_question(model, nurse):
    student = StudentFactory.create(first_name="John", last_name="Smith", student_number="1042")

    html = opened(nurse, model, student=student.pk).content.decode()

    assert "Smith, John (1042)" in html
    assert f'<input type="hidden" name="student" value="{student.pk}">' in html
    assert 'id="id_student"' not in html
    assert AuditLog.objects.filter(action=AuditAction.LIST, student_ids__contains=[student.pk]).exists()


def test_a_student_of_another_school_is_not_named(nurse):
    stranger = StudentFactory.create(last_name="Zabel", school=SchoolFactory.create(district=DistrictFactory.create()))

    html = opened(nurse, Allergy, student=stranger.pk).content.decode()

    assert "Zabel" not in html


def test_what_a_record_belongs_to_is_chosen_among_the_student_s_own(nurse):
    student = StudentFactory.create()
    own = HealthRecordFactory.create(student=student, title="Own visit")
    HealthRecordFactory.create(title="Another's visit")
    HealthRecordFactory.create(student=student, title="Deleted visit").delete()

    form = opened(nurse, VitalSigns, student=student.pk).context["adminform"].form

    choices = [key for key, _ in form.fields["health_record"].widget.choices]
    assert choices == ["", own.pk]
    assert "Own visit" in str(form["health_record"])


def test_the_next_contact_is_called_after_the_last(nurse):
    student = StudentFactory.create()
    EmergencyContactFactory.create(student=student, priority=2)

    assert initial(opened(nurse, EmergencyContact, student=student.pk))["priority"] == 3
    assert initial(opened(nurse, EmergencyContact))["priority"] == 1


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("chart", "student"),
        ("home", "home"),
        ("https://evil.example/", "list"),
        ("//evil.example", "list"),
        ("", "list"),
    ],
)
def test_after_saving_one_is_back_where_one_came_from_and_nowhere_else(word, expected, nurse):
    student = StudentFactory.create()
    query = f"?student={student.pk}&_return={word}"
    data = form_data(nurse.get(page(Allergy, "add") + query)) | {"allergen": "Peanuts"}

    response = nurse.post(page(Allergy, "add") + query, data)

    assert response.status_code == 302, errors_of(response)
    assert (
        response.url
        in {
            "student": [reverse("admin:core_student_chart", args=[student.pk])],
            "home": [reverse("admin:index")],
            "list": [page(Allergy, "changelist")],
        }[expected]
    )


def test_changing_a_record_leads_back_to_the_chart_as_well(nurse):
    allergy = AllergyFactory.create()
    address = page(Allergy, "change", allergy.pk) + "?_return=chart"

    response = nurse.post(address, form_data(nurse.get(address)))

    assert response.url == reverse("admin:core_student_chart", args=[allergy.student_id])


# --- A dose -----------------------------------------------------------------------------------------------------------


def dose_of(nurse, order, **query):
    return opened(nurse, MedicationLog, student_medication=order.pk, **query)


def test_a_due_dose_is_preset_as_given_now_with_the_dose_of_the_order(nurse):
    order = StudentMedicationFactory.create(dosage="2 puffs")

    response = dose_of(nurse, order, scheduled_for="2026-03-02T11:30:00-05:00")

    values = initial(response)
    assert (values["status"], values["dosage_given"], values["nurse"]) == ("ADMINISTERED", "2 puffs", nurse.user.pk)
    assert values["scheduled_for"] == datetime.datetime(2026, 3, 2, 16, 30, tzinfo=datetime.UTC)
    assert seconds_from_now(values["time_given"]) < 120
    data = form_data(response) | {"student_medication": order.pk}
    saved = nurse.post(page(MedicationLog, "add") + f"?student_medication={order.pk}&_return=chart", data)
    assert saved.status_code == 302, errors_of(saved)
    dose = MedicationLog.objects.get()
    assert (dose.status, dose.dosage_given, dose.nurse, dose.student) == (
        "ADMINISTERED",
        "2 puffs",
        nurse.user,
        order.student,
    )
    assert saved.url == reverse("admin:core_student_chart", args=[order.student_id])


@pytest.mark.parametrize("text", ["bogus", "2026-13-45T00:00", "a\0b", "2026-03-02T11:30:00 01:00"])
def test_a_moment_of_the_address_that_is_none_is_left_out(text, nurse):
    response = dose_of(nurse, StudentMedicationFactory.create(), scheduled_for=text)

    assert response.status_code == 200


def test_above_a_dose_stand_order_student_instructions_and_allergies(nurse):
    order = StudentMedicationFactory.create(
        student__first_name="John",
        student__last_name="Smith",
        medication__name="Albuterol",
        dosage="2 puffs",
        route="Inhaled",
        instructions="Shake it first",
        requires_parent_consent=True,
    )
    AllergyFactory.create(student=order.student, allergen="Dust", severity="MILD")
    AllergyFactory.create(student=order.student, allergen="Penicillin", allergy_type="MEDICATION", severity="SEVERE")
    AllergyFactory.create(student=order.student, allergen="Outgrown", is_active=False)

    html = dose_of(nurse, order).content.decode()

    assert all(word in html for word in ("Smith, John", "Albuterol", "2 puffs", "Inhaled", "Shake it first"))
    assert "A parent&#x27;s consent is missing." in html
    assert html.index("Allergic to Penicillin") < html.index("Allergic to Dust")
    assert "Outgrown" not in html
    assert AuditLog.objects.filter(entity_type="allergies", action=AuditAction.LIST).exists()


def test_a_dose_that_was_not_given_needs_a_reason_and_one_that_was_a_time_and_an_amount(nurse):
    order = StudentMedicationFactory.create()
    address = page(MedicationLog, "add") + f"?student_medication={order.pk}"
    data = form_data(nurse.get(address)) | {"student_medication": order.pk}

    refused = nurse.post(address, data | {"status": "REFUSED"})
    given = nurse.post(address, data | {"time_given_0": "", "time_given_1": "", "dosage_given": ""})

    assert errors_of(refused) == {"reason_not_given": ["Say why the dose was not given."]}
    assert errors_of(given) == {
        "time_given": ["Say when the dose was given."],
        "dosage_given": ["Say how much was given."],
    }
    assert MedicationLog.objects.count() == 0


def test_a_medication_that_needs_a_witness_is_not_given_without_one(nurse):
    order = StudentMedicationFactory.create(medication__requires_witness=True)
    address = page(MedicationLog, "add") + f"?student_medication={order.pk}"
    data = form_data(nurse.get(address)) | {"student_medication": order.pk}
    colleague = UserFactory.create(school=home_school())

    alone = nurse.post(address, data)
    together = nurse.post(address, data | {"witnessed_by": colleague.pk})

    assert list(errors_of(alone)) == ["witnessed_by"]
    assert together.status_code == 302, errors_of(together)


def test_from_a_student_s_page_a_dose_offers_the_student_s_orders(nurse):
    order = StudentMedicationFactory.create()
    StudentMedicationFactory.create()

    form = opened(nurse, MedicationLog, student=order.student.pk).context["adminform"].form

    assert [key for key, _ in form.fields["student_medication"].widget.choices] == ["", order.pk]


# --- What follows from an answer --------------------------------------------------------------------------------------


def change(client, row, **values):
    address = page(type(row), "change", row.pk)
    data = {name: value for name, value in (form_data(client.get(address)) | values).items() if value is not None}
    response = client.post(address, data)
    assert response.status_code == 302, errors_of(response)
    row.refresh_from_db()


def test_who_verified_and_when_follows_from_the_tick_and_goes_with_it(nurse):
    allergy = AllergyFactory.create()

    change(nurse, allergy, verified="on")
    ticked = (allergy.verified_by, allergy.verification_date)
    change(nurse, allergy, verified=None)

    assert ticked == (nurse.user, timezone.localdate())
    assert (allergy.verified_by, allergy.verification_date) == (None, None)


def test_who_told_a_parent_and_when_follows_from_the_tick(nurse):
    report = IncidentReportFactory.create()

    change(nurse, report, parent_notified="on", parent_notification_method="By telephone")

    assert report.parent_notified_by == nurse.user
    assert seconds_from_now(report.parent_notified_at) < 60


def test_a_tick_that_stays_keeps_who_made_it(nurse, client_as):
    report = IncidentReportFactory.create()
    change(nurse, report, parent_notified="on")
    colleague = client_as(UserRole.NURSE)

    change(colleague, report, description="Fell off the swing.")

    assert report.parent_notified_by == nurse.user


def test_the_day_of_a_consent_is_today_and_a_follow_up_begins_as_pending(nurse):
    order, screening = StudentMedicationFactory.create(), ScreeningFactory.create()

    change(nurse, order, consent_obtained="on")
    change(nurse, screening, follow_up_required="on")

    assert order.consent_date == timezone.localdate()
    assert screening.follow_up_status == "PENDING"


def test_percentiles_are_reckoned_from_what_was_measured_and_again_when_it_changes(nurse):
    boy = StudentFactory.create(date_of_birth=datetime.date(2015, 5, 17), gender="MALE")
    growth = GrowthMeasurementFactory.create(student=boy, measurement_date=datetime.date(2025, 5, 17))

    change(nurse, growth, height="138.5", weight="32")
    first = (growth.height_percentile, growth.weight_percentile, growth.nutritional_status)
    change(nurse, growth, height="54.53", height_unit="inches", weight="70.55", weight_unit="lbs")
    in_inches = (growth.height_percentile, growth.weight_percentile, growth.nutritional_status)
    change(nurse, growth, weight="700")

    assert (round(first[0]), round(first[1]), first[2]) == (49, 50, "Healthy weight")
    assert (round(in_inches[0]), round(in_inches[1]), in_inches[2]) == (49, 50, "Healthy weight")
    # What cannot be right has no percentile, and decides nothing.
    assert (growth.weight_percentile, growth.bmi_percentile, growth.nutritional_status) == (None, None, None)


def test_there_are_no_percentiles_for_whom_the_reference_knows_none(nurse):
    baby = StudentFactory.create(date_of_birth=datetime.date(2025, 1, 1), enrollment_date=datetime.date(2025, 9, 1))
    other = StudentFactory.create(gender="OTHER")

    for student in (baby, other):
        growth = GrowthMeasurementFactory.create(student=student, measurement_date=datetime.date(2026, 3, 2))
        change(nurse, growth, height="90")
        assert (growth.height_percentile, growth.nutritional_status) == (None, None)


def test_facts_are_written_one_per_line_and_come_back_as_they_were(nurse):
    facts = {"1000 Hz": 20, "retest": True, "note": "12", "by": "Nora: nurse", "ears": ["left", "right"]}
    screening = ScreeningFactory.create(results=facts)

    change(nurse, screening)
    same = screening.results
    change(nurse, screening, results="right eye: 20/20\n\n 1000 Hz: 25")

    assert same == facts
    assert screening.results == {"right eye": "20/20", "1000 Hz": 25}


def test_a_line_without_a_name_is_refused(nurse):
    screening = ScreeningFactory.create()
    address = page(Screening, "change", screening.pk)

    response = nurse.post(address, form_data(nurse.get(address)) | {"results": "twenty"})

    assert errors_of(response) == {"results": ["Write each line as “name: value”."]}
    assert "twenty" in response.content.decode()


def test_what_only_a_program_writes_is_read_where_there_is_some(nurse):
    bare, sourced = HealthRecordFactory.create(), HealthRecordFactory.create(metadata={"source": "Registry"})

    assert "Registry" in nurse.get(page(HealthRecord, "change", sourced.pk)).content.decode()
    assert "From the source" not in nurse.get(page(HealthRecord, "change", bare.pk)).content.decode()


def test_the_form_of_a_dose_takes_a_constant_number_of_queries(nurse, django_assert_max_num_queries):
    order = StudentMedicationFactory.create()
    dose_of(nurse, order)
    AllergyFactory.create_batch(20, student=order.student)
    AppointmentFactory.create_batch(5, student=order.student)

    with django_assert_max_num_queries(40):
        dose_of(nurse, order)
