import re
from urllib.parse import urlencode

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.template.loader import render_to_string

from core.models import Contact, LegalHold, School, Student
from health.models import Allergy, Appointment, HealthRecord, VitalSigns
from incidents.models import IncidentReport
from medications.models import Medication, MedicationLog
from tests.admin.pages import CHANGEABLE, FACTORIES, by_name, form_data, messages_of, page
from tests.factories.core import (
    ContactFactory,
    DistrictFactory,
    SchoolFactory,
    StudentFactory,
    UserFactory,
    home_school,
)
from tests.factories.health import AppointmentFactory, HealthRecordFactory, VitalSignsFactory
from tests.factories.incidents import IncidentReportFactory
from tests.factories.medications import MedicationLogFactory, StudentMedicationFactory


def errors(response):
    return dict(response.context["adminform"].form.errors)


def changed(client, row, **values):
    """The answer to posting the row's own form with some values changed; a value of None leaves a field out."""
    address = page(type(row), "change", row.pk)
    data = form_data(client.get(address)) | values
    return client.post(address, {name: value for name, value in data.items() if value is not None})


@pytest.mark.parametrize("model", CHANGEABLE, ids=by_name)
def test_saving_a_form_that_nobody_touched_changes_nothing_not_even_the_stamps(model, administrator):
    row = FACTORIES[model].create()
    names = [field.name for field in model._meta.concrete_fields]
    before = {name: getattr(model._base_manager.get(pk=row.pk), name) for name in names}

    response = changed(administrator, row)

    assert response.status_code == 302, errors(response)
    after = model._base_manager.get(pk=row.pk)
    assert {name: getattr(after, name) for name in names} == before


@pytest.mark.parametrize("model", CHANGEABLE, ids=by_name)
def test_an_empty_form_starts_with_the_defaults_of_the_database(model, administrator):
    form = administrator.get(page(model, "add")).context["adminform"].form

    constants = {
        field.name: field.db_default
        for field in model._meta.concrete_fields
        if field.name in form.fields and field.has_db_default() and not hasattr(field.db_default, "resolve_expression")
    }
    assert {name: form[name].initial for name in constants} == constants


def test_a_choice_without_a_default_is_not_chosen_for_the_user(nurse):
    response = nurse.get(page(Student, "add"))

    form = response.context["adminform"].form
    assert form.fields["gender"].choices[0] == ("", "Select value")
    assert form["gender"].value() is None


def test_a_student_added_by_form_has_what_was_typed_and_the_defaults_and_who_added_it(nurse):
    school = home_school()
    data = form_data(nurse.get(page(Student, "add"))) | {
        "first_name": "Mary",
        "last_name": "Jones",
        "date_of_birth": "2015-05-17",
        "gender": "FEMALE",
        "grade": "5",
        "student_number": "1042",
        "school": school.pk,
    }

    response = nurse.post(page(Student, "add"), data)

    assert response.status_code == 302, errors(response)
    mary = Student.objects.get()
    assert (mary.first_name, mary.gender, mary.is_active, mary.medical_record_num) == ("Mary", "FEMALE", True, None)
    assert mary.district == school.district


@pytest.mark.parametrize(
    ("make", "values", "field", "message"),
    [
        (VitalSignsFactory, {"pain_level": "11"}, "pain_level", "The pain level should be 0 to 10."),
        (
            VitalSignsFactory,
            {"blood_pressure_systolic": "70", "blood_pressure_diastolic": "110"},
            "blood_pressure_systolic",
            "The systolic pressure should be above the diastolic one.",
        ),
        (
            VitalSignsFactory,
            {"temperature": "98.6", "temperature_unit": "C"},
            "temperature",
            "The temperature should be 77 to 115 °F, or 25 to 46 °C.",
        ),
        (
            MedicationLogFactory,
            {"time_given_0": "", "time_given_1": "", "dosage_given": ""},
            "dosage_given",
            "Say how much was given.",
        ),
        (HealthRecordFactory, {"provider_npi": "12345"}, "provider_npi", "The provider's NPI should have 10 digits."),
        (AppointmentFactory, {"duration": "481"}, "duration", "The duration should be 1 to 480 minutes."),
        (StudentFactory, {"gender": "UNKNOWN"}, "gender", "“UNKNOWN” is not one of"),
        (SchoolFactory, {"state": "oh"}, "state", "The state should be two capital letters, such as OH."),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_broken_rule_is_said_in_the_form_and_nothing_is_saved(make, values, field, message, administrator):
    row = make()
    before = type(row).objects.values().get(pk=row.pk)

    response = changed(administrator, row, **values)

    assert response.status_code == 200
    assert message in " ".join(errors(response)[field])
    assert type(row).objects.values().get(pk=row.pk) == before


def test_a_number_that_another_live_student_has_is_said_beside_the_number(nurse):
    StudentFactory.create(student_number="1042")
    other = StudentFactory.create(student_number="1043")

    response = changed(nurse, other, student_number="1042")

    assert errors(response) == {"student_number": ["Another student of the district has this student number."]}
    assert Student.objects.get(pk=other.pk).student_number == "1043"


def test_a_number_that_only_a_deleted_student_had_is_free(nurse):
    StudentFactory.create(student_number="1042").delete()
    other = StudentFactory.create(student_number="1043")

    response = changed(nurse, other, student_number="1042")

    assert response.status_code == 302
    assert Student.objects.get(pk=other.pk).student_number == "1042"


def test_what_is_left_blank_is_null_and_not_an_empty_text(nurse):
    record = HealthRecordFactory.create(provider_npi="1234567890", provider="Dr. Day", diagnosis="Colic", notes="-")

    response = changed(nurse, record, provider_npi="", provider="", diagnosis="", notes="")

    assert response.status_code == 302, errors(response)
    fresh = HealthRecord.objects.get()
    assert (fresh.provider_npi, fresh.provider, fresh.diagnosis, fresh.notes) == (None, None, None, None)


def test_a_list_is_typed_one_per_line_so_that_an_entry_may_hold_a_comma(nurse):
    report = IncidentReportFactory.create()

    response = changed(nurse, report, witnesses="Ann Lee, teacher\r\n\r\n  Bob Ray \r\n")

    assert response.status_code == 302, errors(response)
    assert IncidentReport.objects.get().witnesses == ["Ann Lee, teacher", "Bob Ray"]


def test_a_record_refers_to_other_records_of_the_same_student_only(nurse):
    signs = VitalSignsFactory.create()
    other = HealthRecordFactory.create()

    response = changed(nurse, signs, health_record=other.pk)

    assert errors(response) == {"health_record": ["This health record belongs to another student."]}
    assert VitalSigns.objects.get().health_record is None


def test_a_deleted_record_cannot_be_chosen_but_one_that_was_chosen_before_stays(nurse):
    student = StudentFactory.create()
    record, gone = HealthRecordFactory.create_batch(2, student=student)
    signs = VitalSignsFactory.create(student=student, health_record=record)
    record.delete()
    gone.delete()

    kept = changed(nurse, signs, notes="Rested")
    refused = changed(nurse, signs, health_record=gone.pk)

    assert kept.status_code == 302
    assert "is deleted" in str(errors(refused)["health_record"])
    assert VitalSigns.objects.get().health_record == record


def test_a_sign_that_the_database_cannot_keep_is_told_beside_its_field(nurse):
    contact = ContactFactory.create(student__school=home_school())

    response = changed(nurse, contact, custom_fields='{"note": "\\u0000"}')

    assert "cannot be kept" in errors(response)["custom_fields"][0]
    assert Contact.objects.get().custom_fields == {}


def test_a_dose_says_whose_it_is_and_of_what(nurse):
    dose = MedicationLogFactory.create(
        student_medication__student__first_name="John",
        student_medication__student__last_name="Smith",
        student_medication__student__student_number="1042",
        student_medication__medication__name="Albuterol",
    )

    page_of_dose = nurse.get(page(MedicationLog, "change", dose.pk)).content.decode()

    assert "Smith, John (1042): Albuterol, 2 puffs, Every 4 hours as needed" in page_of_dose


def test_after_saving_a_dose_the_screen_says_whose_it_is_and_the_log_does_not(nurse):
    order = StudentMedicationFactory.create(
        student__first_name="John",
        student__last_name="Smith",
        student__student_number="1042",
        medication__name="Albuterol",
    )
    data = form_data(nurse.get(page(MedicationLog, "add"))) | {
        "student_medication": order.pk,
        "nurse": nurse.user.pk,
        "time_given_0": "2026-03-02",
        "time_given_1": "10:30",
        "dosage_given": "2 puffs",
    }

    added = nurse.post(page(MedicationLog, "add"), data)
    dose = MedicationLog.objects.get()
    after_adding = messages_of(nurse.get(added.url))
    after_changing = messages_of(nurse.get(changed(nurse, dose, notes="Rested").url))

    label = "Smith, John (1042): Albuterol, given"
    assert re.sub("<[^>]*>", "", after_adding[0]) == f"The medication log “{label}” was added successfully."
    assert re.sub("<[^>]*>", "", after_changing[0]) == f"The medication log “{label}” was changed successfully."
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {f"medication log {dose.pk}"}


def test_the_log_of_the_admin_names_no_student(nurse):
    student = StudentFactory.create(first_name="Zelda", last_name="Quill")

    changed(nurse, student, first_name="Zoe")
    nurse.post(page(Student, "delete", student.pk), {"post": "yes", "reason": "Entered twice"})

    entries = LogEntry.objects.order_by("pk")
    assert [entry.object_repr for entry in entries] == [f"student {student.pk}"] * 2
    assert not any(name in entry.change_message for entry in entries for name in ("Zelda", "Zoe", "Quill"))


def test_audit_fields_are_shown_but_not_asked_for(nurse):
    student = StudentFactory.create()

    response = nurse.get(page(Student, "change", student.pk))

    form = response.context["adminform"].form
    assert not {"created_at", "created_by", "updated_at", "updated_by", "deleted_at", "district"} & set(form.fields)
    assert b"Updated at" in response.content


def test_a_school_belongs_to_a_district_that_is_looked_up(administrator):
    district = DistrictFactory.create()
    data = form_data(administrator.get(page(School, "add"))) | {
        "name": "Lincoln Middle",
        "code": "LM",
        "district": district.pk,
    }

    response = administrator.post(page(School, "add"), data)

    assert response.status_code == 302, errors(response)
    assert School.objects.get(code="LM").is_active is True


@pytest.mark.parametrize("model", [Student, Allergy, Appointment, Medication], ids=by_name)
def test_an_empty_post_is_answered_with_what_is_missing(model, administrator):
    response = administrator.post(page(model, "add"), {})

    assert response.status_code == 200
    assert errors(response)
    assert model.objects.count() == 0


@pytest.mark.parametrize(
    "model",
    [
        model
        for model in CHANGEABLE
        if any(field.name == "student" and field.editable for field in model._meta.concrete_fields)
        and model is not LegalHold
    ],
    ids=by_name,
)
def test_a_student_s_list_adds_to_the_student(model, nurse):
    student = StudentFactory.create(first_name="John", last_name="Smith")
    filtered = nurse.get(page(model, "changelist"), {"student__id__exact": student.pk})

    form = nurse.get(page(model, "add") + "?" + filtered.context["cl"].preserved_filters).context["adminform"].form

    assert form["student"].value() == str(student.pk)
    assert "Smith, John" in str(form["student"])


def test_the_list_of_an_order_s_doses_adds_to_the_order(nurse):
    dose = MedicationLogFactory.create()
    MedicationLogFactory.create()
    order = dose.student_medication
    filtered = nurse.get(page(MedicationLog, "changelist"), {"student_medication__id__exact": order.pk})

    form = nurse.get(page(MedicationLog, "add") + "?" + filtered.context["cl"].preserved_filters)

    assert list(filtered.context["cl"].result_list) == [dose]
    assert form.context["adminform"].form["student_medication"].value() == str(order.pk)


@pytest.mark.parametrize(
    "query",
    [
        {"_changelist_filters": "student__id__exact=bogus"},
        {"_changelist_filters": "student__id__exact=a%00b"},
        {"_changelist_filters": "%%%&=&&"},
        {"student": "bogus"},
    ],
    ids=str,
)
def test_an_address_that_names_no_student_gives_an_empty_form(query, nurse):
    response = nurse.get(page(Allergy, "add") + "?" + urlencode(query))

    assert response.status_code == 200
    assert response.context["adminform"].form["student"].value() is None


def test_errors_that_belong_to_no_field_stand_on_lines_of_their_own():
    shown = render_to_string("unfold/helpers/messages/error.html", {"errors": ["First <b>.", "Second."]})

    assert "<p>First &lt;b&gt;.</p><p>Second.</p>" in shown


def test_a_reference_to_somebody_out_of_sight_is_kept_when_the_form_is_saved(nurse):
    stranger = UserFactory.create(school=SchoolFactory.create())
    dose = MedicationLogFactory.create(student_medication__student__school=nurse.user.school, witnessed_by=stranger)
    # As an import with triggers off leaves it.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE users DISABLE TRIGGER users_known_to")
        cursor.execute("UPDATE users SET known_to = '{}' WHERE id = %s", [stranger.pk])
    form = nurse.get(page(MedicationLog, "change", dose.pk))

    response = nurse.post(
        page(MedicationLog, "change", dose.pk), form_data(form) | {"witnessed_by": "", "notes": "Calm after it."}
    )

    assert response.status_code == 302
    dose.refresh_from_db()
    assert (dose.witnessed_by_id, dose.notes) == (stranger.pk, "Calm after it.")
