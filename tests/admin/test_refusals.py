"""What a table refuses is said in its form, beside a field, in plain words, and what was typed is kept."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import DateField
from django.utils.html import strip_tags

from core.admin.database_errors import refusal
from core.admin.deletion import check_constraints_now
from core.admin.rules import bounds_of, fields_of
from core.models import LegalHold, Student, User, UserRole
from health.models import Appointment, GrowthMeasurement, HealthRecord, VitalSigns
from medications.models import MedicationLog
from tests.admin.pages import CHANGEABLE, FACTORIES, by_name, errors_of, form_data, page
from tests.factories.core import (
    MOMENT,
    DistrictFactory,
    LegalHoldFactory,
    SchoolAssignmentFactory,
    SchoolFactory,
    StudentFactory,
    UserFactory,
    home_school,
)
from tests.factories.health import HealthRecordFactory
from tests.factories.medications import MedicationLogFactory

NO_KEY = "0198c0de-0000-7000-8000-000000000000"
PHONE, EMAIL, NDC, NPI = "12", "ann@home", "12-34", "12345"


def _follow_up_done(record):
    HealthRecord.objects.filter(pk=record.pk).update(follow_up_required=True, follow_up_completed=True)


def _slot_of_another_dose(dose):
    slot = "2026-03-05T12:00:00+00:00"
    MedicationLogFactory.create(student_medication=dose.student_medication, scheduled_for=slot)
    return {"scheduled_for_0": "2026-03-05", "scheduled_for_1": "07:00"}


# A value that breaks each rule. What a form asks otherwise is as in a row that is valid.
VIOLATIONS = {
    "districts_code_unique": lambda row: {"code": DistrictFactory.create().code},
    "districts_state_form": {"state": "oh"},
    "districts_zip_form": {"zip_code": "432"},
    "districts_phone_form": {"phone": PHONE},
    "districts_email_form": {"email": EMAIL},
    "schools_code_unique": lambda row: {"code": SchoolFactory.create().code},
    "schools_state_form": {"state": "oh"},
    "schools_zip_form": {"zip_code": "432"},
    "schools_phone_form": {"phone": PHONE},
    "schools_email_form": {"email": EMAIL},
    "schools_enrollment_range": {"total_enrollment": "-1"},
    "users_email_unique": lambda row: {"email": UserFactory.create().email},
    "users_email_form": {"email": EMAIL},
    "users_phone_form": {"phone": PHONE},
    "students_number_in_district": lambda row: {"student_number": StudentFactory.create().student_number},
    "students_record_num_district": lambda row: {
        "medical_record_num": StudentFactory.create(medical_record_num="MRN-123456").medical_record_num
    },
    "students_record_num_form": {"medical_record_num": "x"},
    "students_grade_list": {"grade": "13"},
    "students_enrolled_after_birth": {"enrollment_date": "2001-01-01"},
    "contacts_one_relation": lambda row: {"user": UserFactory.create().pk},
    "contacts_email_form": {"email": EMAIL},
    "contacts_phone_form": {"phone": PHONE},
    "contacts_state_form": {"state": "oh"},
    "contacts_zip_form": {"zip": "432"},
    "school_assignments_unique": lambda row: {
        "start_date": SchoolAssignmentFactory.create(
            user=row.user, school=row.school, start_date="2027-01-01"
        ).start_date
    },
    "school_assignments_dates": {"end_date": "2001-01-01"},
    "health_records_provider_npi": {"provider_npi": NPI},
    "health_records_facility_npi": {"facility_npi": NPI},
    "health_records_diagnosis_form": {"diagnosis_code": "asthma"},
    "health_records_follow_up": lambda row: _follow_up_done(row) or {"follow_up_required": None},
    "appointments_duration_range": {"duration": "0"},
    "appointments_type_list": {"type": "PARTY"},
    "chronic_conditions_icd_form": {"icd_code": "asthma"},
    "chronic_conditions_last_review": {"last_review_date": "2001-01-01"},
    "chronic_conditions_next_review": {"last_review_date": "2026-05-01", "next_review_date": "2026-04-01"},
    "growth_height_unit_list": {"height_unit": "feet"},
    "growth_weight_unit_list": {"weight_unit": "stone"},
    "growth_height_range": {"height": "400"},
    "growth_weight_range": {"weight": "900"},
    "growth_head_range": {"head_circumference": "5"},
    "screenings_referral_date": {"referral_date": "2001-01-01"},
    "screenings_follow_up_date": {"follow_up_date": "2001-01-01"},
    "vaccinations_given_or_exempt": {"administration_date": ""},
    "vaccinations_cvx_form": {"cvx_code": "x"},
    "vaccinations_ndc_form": {"ndc_code": NDC},
    "vaccinations_dose_range": {"dose_number": "0"},
    "vaccinations_total_range": {"total_doses": "0"},
    "vaccinations_dose_of_total": {"dose_number": "3", "total_doses": "2"},
    "vaccinations_due_after_dose": {"next_due_date": "2001-01-01"},
    "vaccinations_reason_only": {"exemption_reason": "Medical"},
    "vaccinations_vis_only": {"vis_date": "2026-01-01"},
    "vaccinations_consent_only": {"consent_by": "Ann Lee"},
    "vital_signs_temp_unit_list": {"temperature_unit": "K"},
    "vital_signs_temp_range": {"temperature": "300"},
    "vital_signs_systolic_range": {"blood_pressure_systolic": "0"},
    "vital_signs_diastolic_range": {"blood_pressure_diastolic": "251"},
    "vital_signs_pressure_order": {"blood_pressure_systolic": "70", "blood_pressure_diastolic": "110"},
    "vital_signs_heart_range": {"heart_rate": "351"},
    "vital_signs_breath_range": {"respiratory_rate": "151"},
    "vital_signs_oxygen_range": {"oxygen_saturation": "101"},
    "vital_signs_pain_range": {"pain_level": "11"},
    "vital_signs_glucose_range": {"glucose_level": "0.5"},
    "vital_signs_peak_flow_range": {"peak_flow": "0"},
    "medications_stock_range": {"stock_quantity": "-1"},
    "medications_minimum_range": {"minimum_stock": "-1"},
    "medications_ndc_form": {"ndc_code": NDC},
    "medications_dea_list": {"controlled_substance": "on", "dea_schedule": "VI"},
    "medications_dea_only": {"dea_schedule": "II"},
    "student_medications_dates": {"end_date": "2001-01-01"},
    "student_medications_npi": {"prescribed_by_npi": NPI},
    "student_medications_refills": {"refills_remaining": "-1"},
    "student_medications_dose_times": {"dose_times": "\n".join(f"{7 + n // 6}:{n % 6}0" for n in range(30))},
    "student_medications_dose_days": {"dose_days": None},
    "medication_logs_one_per_slot": _slot_of_another_dose,
    "medication_logs_status_list": {"status": "LOST"},
    "medication_logs_given_what": {"dosage_given": ""},
    "medication_logs_reason": {"status": "REFUSED"},
    "medication_logs_witness_other": lambda row: {"witnessed_by": row.nurse_id},
    "medication_logs_reaction_only": {"reaction_details": "Rash"},
    "emergency_contacts_priority": {"priority": "0"},
    "emergency_contacts_phone_1": {"primary_phone": PHONE},
    "emergency_contacts_phone_2": {"secondary_phone": PHONE},
    "emergency_contacts_email": {"email": EMAIL},
    "emergency_contacts_method": {"preferred_contact_method": "PIGEON"},
    "incident_reports_status_list": {"status": "LOST"},
    "incident_reports_notified_late": {
        "parent_notified": "on",
        "parent_notified_at_0": "2001-01-01",
        "parent_notified_at_1": "10:00",
    },
}

# Rules that no answer to a form can break: it does not ask, or it fills in and clears itself what they are about.
UNBREAKABLE = {
    "system_configurations_unique",
    "system_configurations_scope",
    "system_configurations_range",
    "users_email_lower",
    "legal_holds_release",
    "allergies_verified_by_only",
    "allergies_verified_date_only",
    "appointments_completed_only",
    "appointments_cancelled_only",
    "growth_height_percentile",
    "growth_weight_percentile",
    "growth_bmi_percentile",
    "medication_logs_time_only",
    "student_medications_consent",
    "incident_reports_notified_only",
}
# A hold is only added; two tests of their own.
ON_ADDING = {"legal_holds_student_live", "legal_holds_reason"}

RULES = [
    (model, constraint)
    for model in CHANGEABLE
    for constraint in model._meta.constraints
    if not constraint.name.endswith(("_calendar", "_mark"))
]
NAMES = [constraint.name for model in CHANGEABLE for constraint in model._meta.constraints]


def told(response):
    """What the page says to the person who reads it: its text, without addresses, names of boxes and scripts."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    body = re.sub(r'<span class="material-symbols[^>]*>.*?</span>', " ", body, flags=re.S)
    return strip_tags(body)


def posted(client, row, **values):
    address = page(type(row), "change", row.pk)
    data = form_data(client.get(address)) | values
    return client.post(address, {name: value for name, value in data.items() if value is not None})


def test_every_rule_has_a_value_here_that_breaks_it_or_cannot_be_broken_by_a_form():
    assert {constraint.name for _, constraint in RULES} == {*VIOLATIONS, *UNBREAKABLE, *ON_ADDING}


@pytest.mark.parametrize(
    ("model", "constraint"),
    [(model, constraint) for model, constraint in RULES if constraint.name in VIOLATIONS],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_broken_rule_is_said_beside_a_field_of_it_without_the_name_of_anything(model, constraint, administrator):
    row = FACTORIES[model].create()
    violation = VIOLATIONS[constraint.name]
    values: Any = violation(row) if callable(violation) else violation
    before = model._base_manager.values().get(pk=row.pk)

    response = posted(administrator, row, **values)

    assert response.status_code == 200
    errors = errors_of(response)
    assert "__all__" not in errors
    assert set(errors) & set(fields_of(constraint)), errors
    text = told(response)
    assert [name for name in NAMES if name in text] == []
    assert [field.column for field in model._meta.concrete_fields if "_" in field.column and field.column in text] == []
    assert model._base_manager.values().get(pk=row.pk) == before


@pytest.mark.parametrize("model", CHANGEABLE, ids=by_name)
def test_a_slip_of_the_year_is_said_beside_each_date(model, administrator):
    row = FACTORIES[model].create()
    fields = administrator.get(page(model, "change", row.pk)).context["adminform"].form.fields
    dates = [
        field.name for field in model._meta.concrete_fields if isinstance(field, DateField) and field.name in fields
    ]
    slips = {f"{name}{suffix}": "0206-03-02" for name in dates for suffix in ("", "_0")}
    times = {f"{name}_1": "10:00" for name in dates}
    ticks = dict.fromkeys(("parent_notified", "consent_obtained", "vis_provided"), "on")

    response = posted(administrator, row, **slips, **times, **ticks)

    errors = errors_of(response) if dates else {}
    message = "A date should lie in the years 1900 to 2199."
    assert {name: message in errors[name] for name in dates} == dict.fromkeys(dates, True)


@pytest.mark.parametrize("name", sorted(UNBREAKABLE))
def test_a_form_asks_nothing_that_could_break_such_a_rule_alone(name, administrator):
    model = next(model for model, constraint in RULES if constraint.name == name)
    constraint = next(constraint for _, constraint in RULES if constraint.name == name)
    row = FACTORIES[model].create()

    asked = set(administrator.get(page(model, "change", row.pk)).context["adminform"].form.fields)

    cleared = {
        "users_email_lower": {"email"},
        "medication_logs_time_only": {"time_given", "status"},
        "student_medications_consent": {"consent_date", "consent_obtained"},
        "incident_reports_notified_only": {"parent_notified_at", "parent_notified"},
        "legal_holds_release": {"released_reason"},
    }.get(name, set())
    assert (set(fields_of(constraint)) & asked) - cleared in (set(), {"verified"})


def test_what_was_not_done_has_no_time_even_if_one_was_typed(administrator):
    dose = MedicationLogFactory.create()

    response = posted(administrator, dose, status="REFUSED", reason_not_given="Would not swallow")

    assert response.status_code == 302, errors_of(response)
    dose.refresh_from_db()
    assert (dose.status, dose.time_given, dose.dosage_given) == ("REFUSED", None, None)


def test_a_second_hold_and_one_without_a_reason_are_refused_in_the_form(administrator):
    held = LegalHoldFactory.create().student

    again = administrator.post(page(LegalHold, "add"), {"student": held.pk, "reason": "Once more"})
    blank = administrator.post(page(LegalHold, "add"), {"student": StudentFactory.create().pk, "reason": " "})

    assert errors_of(again) == {"student": ["This student is under a legal hold already."]}
    assert set(errors_of(blank)) == {"reason"}


def test_the_bounds_of_a_number_are_those_of_the_table():
    assert bounds_of(VitalSigns, "pain_level") == (0, 10)
    assert bounds_of(VitalSigns, "temperature") == (25, 115)
    assert bounds_of(GrowthMeasurement, "height") == (12, 250)
    assert bounds_of(Appointment, "duration") == (1, 480)
    assert bounds_of(VitalSigns, "notes") == (None, None)


# --- What only the database knows -------------------------------------------------------------------------------------


def refuse_updates(table, *, constraint="", code="check_violation", message="No."):
    """Let a table refuse every update, as it would after somebody else's write or by a trigger that we forgot."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""CREATE FUNCTION refuse_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{code}', CONSTRAINT = '{constraint}',
            TABLE = '{table}'; END $$"""
        )
        cursor.execute(
            f"CREATE TRIGGER zz_refuse BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_for_test()"
        )


def test_a_race_that_is_lost_is_said_beside_the_field_and_what_was_typed_is_kept(nurse):
    student = StudentFactory.create(first_name="John")
    refuse_updates("students", constraint="students_number_in_district", code="unique_violation")

    response = posted(nurse, student, first_name="Jonathan", student_number="1042")

    assert response.status_code == 200
    assert errors_of(response) == {"student_number": ["Another student of the district has this student number."]}
    assert 'value="Jonathan"' in response.content.decode()
    assert Student.objects.get().first_name == "John"


def test_a_rule_that_only_a_trigger_knows_is_said_above_the_form_with_what_was_typed(nurse):
    record = HealthRecordFactory.create()
    refuse_updates("health_records", code="restrict_violation", message="Rows of health_records rest on Sundays.")

    response = posted(nurse, record, title="Fever")

    assert errors_of(response) == {"__all__": ["Nothing was saved. Rows of health records rest on Sundays."]}
    assert 'value="Fever"' in response.content.decode()


def appoint(student, nurse):
    with transaction.atomic():
        Appointment.objects.create(student=student, nurse_id=nurse, scheduled_at=MOMENT, reason="Cough")
        check_constraints_now()


@pytest.mark.django_db
def test_what_was_chosen_and_is_gone_is_said_beside_the_choice():
    student = StudentFactory.create()

    with pytest.raises(IntegrityError) as caught:
        appoint(student, NO_KEY)

    assert refusal(caught.value, Appointment, ["student", "nurse"]) == (
        "nurse",
        "What was chosen here is no longer there. Choose again.",
    )


def test_a_school_out_of_reach_is_said_beside_the_school_and_what_was_typed_is_kept(nurse):
    student = StudentFactory.create(school=home_school())
    elsewhere = SchoolFactory.create(district=home_school().district)

    response = posted(nurse, student, first_name="Jonathan", school=elsewhere.pk)

    assert list(errors_of(response)) == ["school"]
    assert 'value="Jonathan"' in response.content.decode()
    assert Student.objects.get().school == home_school()


def test_what_row_security_refuses_is_said_in_the_form_and_counted_as_a_refusal(nurse):
    student = StudentFactory.create(school=home_school())
    refuse_updates("students", code="insufficient_privilege", message="permission denied for table students")

    response = posted(nurse, student, first_name="Jonathan")

    assert response.status_code == 403
    assert errors_of(response) == {"school": ["Your role does not allow this, or not for this school."]}
    assert 'value="Jonathan"' in response.content.decode()


def test_who_gives_themselves_another_role_is_told_so_in_the_form(client_as):
    manager = client_as(UserRole.DISTRICT_ADMIN)
    colleague = UserFactory.create(role=UserRole.NURSE, school=home_school(), district=home_school().district)
    refuse_updates("users", code="insufficient_privilege", message="Nobody changes their own role.")

    response = posted(manager, colleague, first_name="Nell")

    assert "Nobody changes their own role." in str(errors_of(response))
    assert User.objects.get(pk=colleague.pk).first_name == "Nora"


def test_a_collapsed_part_with_an_error_in_it_is_open(nurse):
    record = HealthRecordFactory.create()

    response = posted(nurse, record, provider_npi="12345")

    classes = {name: options.get("classes", ()) for name, options in response.context["adminform"].fieldsets}
    assert "collapse" not in classes["Seen elsewhere"]
    assert "collapse" in classes["Diagnosis"]


@pytest.mark.parametrize("model", CHANGEABLE, ids=by_name)
def test_titles_of_pages_name_nobody(model, administrator):
    row = FACTORIES[model].create()

    for name in ("change", "history"):
        (title,) = re.findall(
            "<title>(.*?)</title>", administrator.get(page(model, name, row.pk)).content.decode(), re.S
        )
        assert str(row) not in title


def test_a_dose_given_already_is_said_beside_the_order_or_the_time(nurse):
    dose = MedicationLogFactory.create()

    response = posted(nurse, dose, **_slot_of_another_dose(dose))

    assert errors_of(response) == {"student_medication": ["This dose was given already."]}
    assert MedicationLog.objects.get(pk=dose.pk).scheduled_for is None
