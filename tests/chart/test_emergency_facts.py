import datetime

import pytest
from django.utils import timezone

from chart.emergency import emergency_facts
from chart.emergency_facts import Phone
from core.models import ContactType, UserRole
from health.models import AllergySeverity, ConditionSeverity, ConditionStatus
from tests.factories.core import ContactFactory, StudentFactory, UserFactory
from tests.factories.health import AllergyFactory, ChronicConditionFactory
from tests.factories.incidents import EmergencyContactFactory
from tests.factories.medications import MedicationFactory, StudentMedicationFactory

DAY = datetime.timedelta(days=1)


@pytest.fixture
def student(db):
    return StudentFactory.create()


def facts_of(student, role=UserRole.NURSE):
    return emergency_facts([student], UserFactory.build(role=role, is_superuser=False))[student.pk]


def test_allergies_come_worst_first_and_only_the_current_ones(student):
    AllergyFactory.create(student=student, allergen="Pollen", severity=AllergySeverity.MILD)
    AllergyFactory.create(student=student, allergen="Latex", severity=AllergySeverity.SEVERE)
    AllergyFactory.create(
        student=student,
        allergen="Peanuts",
        life_threatening=True,
        reaction="Wheezing",
        reactions=["hives", "wheezing"],
        emergency_protocol="1. Epinephrine. 2. Call 911.",
    )
    AllergyFactory.create(student=student, allergen="Outgrown", is_active=False)
    AllergyFactory.create(student=student, allergen="Deleted").delete()
    AllergyFactory.create(allergen="Somebody else's")

    facts = facts_of(student)

    assert [allergy.allergen for allergy in facts.life_threatening] == ["Peanuts"]
    assert [allergy.allergen for allergy in facts.other_allergies] == ["Latex", "Pollen"]
    assert [allergy.allergen for allergy in facts.severe_allergies] == ["Latex"]
    assert [allergy.allergen for allergy in facts.allergies] == ["Peanuts", "Latex", "Pollen"]
    peanuts = facts.life_threatening[0]
    assert (peanuts.reaction, peanuts.emergency_protocol) == ("Wheezing; hives", "1. Epinephrine. 2. Call 911.")


def test_an_epi_pen_is_expired_the_day_after_its_last_day(student):
    today = timezone.localdate()
    for allergen, last_day in (("Bees", today - DAY), ("Peanuts", today), ("Walnuts", today)):
        AllergyFactory.create(
            student=student,
            allergen=allergen,
            epi_pen_required=True,
            epi_pen_location="Office",
            epi_pen_expiration=last_day,
        )
    AllergyFactory.create(student=student, allergen="Wasps", epi_pen_required=True)

    pens = facts_of(student).epi_pens

    assert [(pen.allergens, pen.location, pen.expires, pen.is_expired) for pen in pens] == [
        (("Peanuts", "Walnuts"), "Office", today, False),
        (("Wasps",), "", None, False),
        (("Bees",), "Office", today - DAY, True),
    ]


@pytest.mark.parametrize(
    ("medication", "order", "is_emergency"),
    [
        ({"name": "ProAir", "generic_name": "albuterol", "dosage_form": "Inhaler"}, {"frequency": "as needed"}, True),
        ({"name": "Flovent", "generic_name": "fluticasone", "dosage_form": "Inhaler"}, {"frequency": "Daily"}, False),
        ({"name": "EpiPen", "category": "Emergency"}, {"frequency": "At once"}, True),
        ({"name": "Hydrocortisone cream", "dosage_form": "Cream"}, {"frequency": "Daily"}, False),
        (
            {"name": "Solu-Cortef", "generic_name": "hydrocortisone", "dosage_form": "Injection"},
            {"frequency": "-"},
            True,
        ),
        ({"name": "Nayzilam", "generic_name": "midazolam"}, {"frequency": "For a seizure"}, True),
        ({"name": "Ritalin", "generic_name": "methylphenidate"}, {"frequency": "Once a day"}, False),
        ({"name": "New puff", "dosage_form": "Inhaler"}, {"frequency": "2 puffs as needed"}, True),
    ],
)
def test_what_is_given_at_once_is_told_from_what_is_given_daily(student, medication, order, is_emergency):
    StudentMedicationFactory.create(student=student, medication=MedicationFactory.create(**medication), **order)

    facts = facts_of(student)

    assert (len(facts.emergency_medications), len(facts.daily_medications)) == ((1, 0) if is_emergency else (0, 1))


def test_rescue_inhalers_come_before_other_emergency_medications(student):
    for name, form in (("EpiPen epinephrine", "Auto-injector"), ("Ventolin albuterol", "Inhaler")):
        StudentMedicationFactory.create(
            student=student, medication=MedicationFactory.create(name=name, dosage_form=form)
        )

    facts = facts_of(student)

    assert [order.name for order in facts.emergency_medications] == ["Ventolin albuterol", "EpiPen epinephrine"]
    assert [order.name for order in facts.inhalers] == ["Ventolin albuterol"]


def test_only_orders_that_stand_today_are_current(student):
    today = timezone.localdate()
    StudentMedicationFactory.create(student=student, dosage="today", start_date=today, end_date=today)
    StudentMedicationFactory.create(student=student, dosage="tomorrow", start_date=today + DAY)
    StudentMedicationFactory.create(student=student, dosage="over", start_date=today - 9 * DAY, end_date=today - DAY)
    StudentMedicationFactory.create(student=student, dosage="stopped", is_active=False)

    facts = facts_of(student)

    assert [order.dosage for order in (*facts.emergency_medications, *facts.daily_medications)] == ["today"]


def test_conditions_come_worst_first_without_those_that_are_over(student):
    ChronicConditionFactory.create(student=student, condition_name="Eczema", severity=ConditionSeverity.MILD)
    ChronicConditionFactory.create(
        student=student, condition_name="Epilepsy", severity=ConditionSeverity.CRITICAL, emergency_protocol="Call 911."
    )
    ChronicConditionFactory.create(student=student, condition_name="Over", status=ConditionStatus.RESOLVED)

    facts = facts_of(student)

    assert [condition.name for condition in facts.conditions] == ["Epilepsy", "Eczema"]
    assert [condition.name for condition in facts.conditions_with_plan] == ["Epilepsy"]


def test_contacts_stand_in_calling_order_and_one_person_once(student):
    EmergencyContactFactory.create(student=student, name="Bob Lee", priority=2, primary_phone="614-555-0102")
    EmergencyContactFactory.create(student=student, name="Ann Lee", priority=1, primary_phone="614-555-0101")
    EmergencyContactFactory.create(student=student, name="Gone", priority=1, is_active=False)
    family = {"student": student, "last_name": "Lee"}
    ContactFactory.create(**family, first_name="Ann", phone="(614) 555-0199", type=ContactType.PARENT)
    ContactFactory.create(**family, first_name="Bob", phone="(614) 555-0102", type=ContactType.PARENT)
    ContactFactory.create(**family, first_name="Carl", phone="614-555-0103", type=ContactType.GUARDIAN)
    ContactFactory.create(**family, first_name="Ruth", phone="614-555-0104", type=ContactType.PROVIDER)
    ContactFactory.create(**family, first_name="Vendor", phone="614-555-0105", type=ContactType.VENDOR)

    facts = facts_of(student)

    assert [(contact.name, [phone.text for phone in contact.phones]) for contact in facts.contacts] == [
        ("Ann Lee", ["614-555-0101", "(614) 555-0199"]),
        ("Bob Lee", ["614-555-0102"]),
        ("Carl Lee", ["614-555-0103"]),
    ]
    assert [(doctor.name, doctor.phones[0].text) for doctor in facts.doctors] == [("Ruth Lee", "614-555-0104")]


def test_who_prescribed_is_a_doctor_unless_in_the_book_already(student):
    ContactFactory.create(student=student, first_name="Ruth", last_name="Day", type=ContactType.PROVIDER)
    StudentMedicationFactory.create(student=student, prescribed_by="Dr. Ruth Day")
    StudentMedicationFactory.create(student=student, prescribed_by="Dr. Max Moon")

    doctors = facts_of(student).doctors

    assert [(doctor.name, doctor.relationship) for doctor in doctors] == [
        ("Ruth Day", "Health care provider"),
        ("Dr. Max Moon", "Prescriber"),
    ]


@pytest.mark.parametrize(
    ("role", "health", "people"),
    [
        (UserRole.NURSE, True, True),
        (UserRole.COUNSELOR, True, True),
        (UserRole.ADMIN, True, True),
        (UserRole.SCHOOL_ADMIN, False, True),
        (UserRole.DISTRICT_ADMIN, False, False),
        (UserRole.VIEWER, False, False),
    ],
)
def test_a_part_that_the_role_may_not_view_is_none_and_not_empty(student, role, health, people):
    facts = facts_of(student, role)

    parts = (
        "life_threatening",
        "other_allergies",
        "epi_pens",
        "emergency_medications",
        "daily_medications",
        "conditions",
    )
    assert {getattr(facts, part) for part in (*parts, "allergies", "severe_allergies")} == {() if health else None}
    assert {facts.contacts, facts.doctors} == {() if people else None}


@pytest.mark.parametrize("count", [1, 20])
def test_the_number_of_queries_does_not_depend_on_the_number_of_students(db, count, django_assert_num_queries):
    students = StudentFactory.create_batch(count)
    for student in students:
        AllergyFactory.create(student=student, life_threatening=True)
        ChronicConditionFactory.create(student=student)
        StudentMedicationFactory.create(student=student)
        EmergencyContactFactory.create(student=student)
        ContactFactory.create(student=student)
    nurse = UserFactory.build(is_superuser=False)

    with django_assert_num_queries(5):
        found = emergency_facts(students, nurse)

    assert len(found) == count
    assert {len(facts.contacts or ()) for facts in found.values()} == {2}


@pytest.mark.parametrize(
    ("typed", "href"),
    [
        ("614-555-0142", "tel:6145550142"),
        ("(614) 555-0142 x12", "tel:6145550142;ext=12"),
        ("614-555-0142 ext. 7", "tel:6145550142;ext=7"),
        ("+44 20 7946 0958", "tel:+442079460958"),
    ],
)
def test_a_number_as_typed_becomes_a_link_that_dials_it(typed, href):
    assert Phone(typed).href == href
