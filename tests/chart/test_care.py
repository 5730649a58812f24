"""Conditions, medications, people, vaccines, what is left to do, and vital signs."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from chart.vitals import plots, vitals_of
from core.models import UserRole
from health.models import FollowUpStatus, VaccineComplianceStatus, VaccineType
from incidents.models import ContactMethod, IncidentStatus
from tests.chart.charts import content, days_ago, links, part, url
from tests.factories import health, incidents, medications
from tests.factories.core import ContactFactory

DAY = datetime.timedelta(days=1)
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
def today():
    return timezone.localdate()


# --- Conditions -------------------------------------------------------------------------------------------------------


def test_a_condition_says_what_to_do_and_what_the_school_owes(nurse, student):
    health.ChronicConditionFactory.create(
        student=student,
        condition_name="Asthma",
        action_plan="Sit upright, 2 puffs.",
        accommodations_required=True,
        accommodation_details="Water bottle in class",
        triggers=["cold air", "pollen"],
        requires_504=True,
    )

    assert part(nurse.get(url(student)), "conditions").endswith(
        "Asthma Moderate 504 plan When symptoms appear Sit upright, 2 puffs. "
        "Accommodations Water bottle in class Triggers cold air, pollen"
    )


# --- Medications ------------------------------------------------------------------------------------------------------


def order_of(student, **fields):
    fields = {"consent_obtained": True, "medication__name": "Ritalin", "dosage": "5 mg", **fields}
    return medications.StudentMedicationFactory.create(student=student, **fields)


def test_an_order_says_dose_route_instructions_and_consent(nurse, student):
    order_of(student, route="By mouth", frequency="Once a day", instructions="With water.", consent_date="2026-08-30")

    told = part(nurse.get(url(student)), "medications")

    assert "Ritalin Give dose : Ritalin 5 mg , by mouth. Once a day. With water." in told
    assert "Consent since Aug 30, 2026" in told


def test_the_last_dose_is_the_last_one_given(nurse, student):
    order = order_of(student)
    for days, dosage in ((9, "4 mg"), (2, "5 mg"), (30, "6 mg")):
        medications.MedicationLogFactory.create(
            student_medication=order, time_given=days_ago(days), dosage_given=dosage
        )
    medications.MedicationLogFactory.create(student_medication=order, refused=True, scheduled_for=days_ago(1))
    medications.MedicationLogFactory.create(student_medication=order, time_given=days_ago(1)).delete()

    last = timezone.localtime(days_ago(2))
    assert f"Last dose {last:%b} {last.day}, {last.year}" in part(nurse.get(url(student)), "medications")
    assert "(5 mg)" in part(nurse.get(url(student)), "medications")


def test_an_order_never_given_says_so(nurse, student):
    order_of(student)

    assert "Last dose none yet" in part(nurse.get(url(student)), "medications")


def test_a_dose_due_now_is_marked_and_given_for_its_time(nurse, student, monkeypatch):
    order = order_of(student, dose_times=[datetime.time(11, 30)], dose_days=EVERY_DAY)
    noon = timezone.localtime().replace(hour=11, minute=45, second=0, microsecond=0)
    monkeypatch.setattr("chart.page.timezone.now", lambda: noon)

    response = nurse.get(url(student))

    assert "Due 11:30 a.m." in part(response, "medications") or "Due 11:30 AM" in part(response, "medications")
    (give,) = {link for link in links(content(response)) if "medicationlog/add" in link}
    monkeypatch.undo()
    form = nurse.get(give).context["adminform"].form
    assert str(form["student_medication"].value()) == str(order.pk)
    assert timezone.localtime(form["scheduled_for"].value()) == noon.replace(minute=30)


def test_a_dose_past_its_time_is_missed_until_it_is_given(nurse, student, monkeypatch):
    order = order_of(student, dose_times=[datetime.time(11, 30)], dose_days=EVERY_DAY)
    evening = timezone.localtime().replace(hour=15, minute=0, second=0, microsecond=0)
    monkeypatch.setattr("chart.page.timezone.now", lambda: evening)
    assert "Missed 11:30" in part(nurse.get(url(student)), "medications")

    slot = evening.replace(hour=11, minute=30)
    medications.MedicationLogFactory.create(student_medication=order, scheduled_for=slot, time_given=slot)

    told = part(nurse.get(url(student)), "medications")
    assert "Missed" not in told
    assert f"Next dose {slot + DAY:%b}" in told


def test_without_consent_no_dose_is_offered(nurse, student):
    order_of(student, consent_obtained=False)

    response = nurse.get(url(student))

    assert "No consent" in part(response, "medications")
    assert not [link for link in links(content(response)) if "medicationlog/add" in link]


def test_orders_that_are_over_are_not_current_and_one_to_come_has_no_dose(nurse, student, today):
    order_of(student, medication__name="Stopped", is_active=False)
    order_of(student, medication__name="Ended", end_date=today - DAY)
    order_of(student, medication__name="Last day", end_date=today)
    order_of(student, medication__name="To come", start_date=today + DAY)

    response = nurse.get(url(student))

    told = part(response, "medications")
    assert [name in told for name in ("Stopped", "Ended", "Last day", "To come")] == [False, False, True, True]
    assert len({link for link in links(content(response)) if "medicationlog/add" in link}) == 1


def test_a_counselor_sees_orders_and_gives_no_dose(client_as, student):
    order_of(student)

    response = client_as(UserRole.COUNSELOR).get(url(student))

    assert "Last dose none yet" in part(response, "medications")
    assert "Give dose" not in part(response, "medications")


# --- People -----------------------------------------------------------------------------------------------------------


def test_contacts_stand_in_the_order_of_calling(nurse, student):
    for priority, name in ((3, "Third"), (1, "First"), (2, "Second")):
        incidents.EmergencyContactFactory.create(student=student, name=name, priority=priority)
    incidents.EmergencyContactFactory.create(student=student, name="Unused", is_active=False)

    told = part(nurse.get(url(student)), "contacts")

    assert sorted(("First", "Second", "Third"), key=told.index) == ["First", "Second", "Third"]
    assert "Unused" not in told


def test_a_contact_can_be_called_by_a_touch(nurse, student):
    incidents.EmergencyContactFactory.create(
        student=student,
        primary_phone="(614) 555-0142",
        secondary_phone="614-555-0199 x12",
        preferred_contact_method=ContactMethod.SMS,
        can_pick_up=False,
        can_make_decisions=True,
    )

    response = nurse.get(url(student))

    dialed = [link for link in links(content(response)) if link.startswith("tel:")]
    # The first is the quick action "Call Ann Lee (mother)".
    assert dialed == ["tel:6145550142", "tel:6145550142", "tel:6145550199;ext=12"]
    told = part(response, "contacts")
    assert "Prefers: text message May not pick up May consent to treatment" in told


def test_a_doctor_stands_with_the_others_and_a_known_number_only_once(nurse, student):
    incidents.EmergencyContactFactory.create(student=student, primary_phone="614-555-0142")
    ContactFactory.create(student=student, first_name="Same", phone="(614) 555-0142")
    ContactFactory.create(
        student=student, first_name="Ruth", last_name="Day", relationship_type="Pediatrician", phone="614-555-0100"
    )

    told = part(nurse.get(url(student)), "contacts")

    assert "1 other contact" in told
    assert "Ruth Day Pediatrician" in told
    assert "Same" not in told


def test_nobody_to_call_is_said(nurse, student):
    assert "There is nobody to call." in part(nurse.get(url(student)), "contacts")


# --- Vaccinations -----------------------------------------------------------------------------------------------------


def vaccines_of(response):
    return [(item.vaccine, item.doses, item.total, item.next_due, item.label) for item in response.context["vaccines"]]


def test_each_vaccine_stands_once_and_what_needs_attention_first(nurse, student, today):
    def dose(kind, **fields):
        return health.VaccinationFactory.create(student=student, vaccine_type=kind, **fields)

    long_ago = datetime.date(2020, 1, 1)
    dose(VaccineType.MMR, dose_number=1, total_doses=2, administration_date=long_ago, next_due_date=today - 300 * DAY)
    dose(VaccineType.MMR, dose_number=2, total_doses=2, series_complete=True)
    dose(VaccineType.POLIO, dose_number=3, total_doses=4, next_due_date=today - DAY)
    dose(VaccineType.DTAP, dose_number=4, total_doses=5, next_due_date=today + DAY)
    dose(VaccineType.HPV, next_due_date=today + 300 * DAY)
    dose(VaccineType.TDAP, compliance_status=VaccineComplianceStatus.NON_COMPLIANT)
    dose(VaccineType.VARICELLA, exempt=True)

    assert vaccines_of(nurse.get(url(student))) == [
        ("Polio", 3, 4, today - DAY, "Overdue"),
        ("Tdap", 1, None, None, "Not compliant"),
        ("DTaP", 4, 5, today + DAY, "Due"),
        ("Varicella", 0, None, None, "Exempt"),
        ("MMR", 2, 2, None, "Complete"),
        ("HPV", 1, None, today + 300 * DAY, "Up to date"),
    ]


# --- To do ------------------------------------------------------------------------------------------------------------


def left_of(response):
    return [(item.what, item.is_overdue) for item in response.context["follow_ups"]]


def test_what_is_left_to_do_stands_by_its_day(nurse, student, today):
    health.HealthRecordFactory.create(
        student=student, title="Cough", follow_up_required=True, follow_up_date=today - DAY
    )
    health.ScreeningFactory.create(
        student=student,
        referral_required=True,
        referral_to="Dr. Day",
        follow_up_required=True,
        follow_up_date=today + DAY,
        follow_up_status=FollowUpStatus.PENDING,
    )
    health.AppointmentFactory.create(student=student, scheduled_at=timezone.now() + 3 * DAY, reason="Talk")
    health.ChronicConditionFactory.create(student=student, next_review_date=today + 5 * DAY)
    incidents.IncidentReportFactory.create(student=student, occurred_at=days_ago(0), follow_up_required=True)

    response = nurse.get(url(student))

    assert left_of(response) == [
        ("Follow up: Cough", True),
        ("Referral to Dr. Day: Vision screening", False),
        ("Appointment: Talk", False),
        ("Review the plan: Asthma", False),
        (f"Incident: injury, {today:%b} {today.day}, {today.year}", False),
    ]
    assert "Parents not told yet. Follow-up needed" in part(response, "follow-ups")


def test_what_is_done_is_not_left_to_do(nurse, student, today):
    health.HealthRecordFactory.create(student=student, follow_up_required=True, follow_up_completed=True)
    health.ScreeningFactory.create(
        student=student, referral_required=True, follow_up_required=True, follow_up_status=FollowUpStatus.COMPLETED
    )
    health.AppointmentFactory.create(student=student, scheduled_at=days_ago(2))
    health.ChronicConditionFactory.create(student=student, next_review_date=today + 31 * DAY)
    incidents.IncidentReportFactory.create(student=student, follow_up_required=True, status=IncidentStatus.CLOSED)
    incidents.IncidentReportFactory.create(student=student, parent_notified=True, parent_notified_at=timezone.now())

    response = nurse.get(url(student))

    assert left_of(response) == []
    assert "Nothing is left to do." in part(response, "follow-ups")


# --- Vital signs ------------------------------------------------------------------------------------------------------


def test_vital_signs_are_plotted_in_one_unit_and_told_as_they_were_taken(nurse, student):
    health.VitalSignsFactory.create(
        student=student, measurement_date=days_ago(1), temperature=Decimal("38.5"), temperature_unit="C", heart_rate=90
    )
    health.VitalSignsFactory.create(student=student, measurement_date=days_ago(2), temperature=Decimal("98.6"))

    temperature, heart = plots(vitals_of(student))

    assert (temperature.title, temperature.latest, temperature.unit) == ("Temperature", "101.3", "°F")
    assert [value for _, value in temperature.lines[0]["points"]] == [98.6, 101.3]
    assert (temperature.is_drawn, heart.is_drawn) == (True, False)
    told = part(nurse.get(url(student)), "vitals")
    assert "38.5 °C" in told
    assert "98.6 °F" in told
