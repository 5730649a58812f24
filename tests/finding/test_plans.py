"""Lists and the search are answered by indexes, under the policy of each reach. Plans are read, no time is taken."""

import pytest
from django.contrib import admin
from django.db import connection, transaction

from core.acting import declare_actor
from core.database.functions import PhoneReversed
from core.models import Contact, Student, UserRole
from core.search import prefix_query
from health.models import Allergy, Appointment, ChronicCondition, HealthRecord, Screening, Vaccination
from incidents.models import EmergencyContact, IncidentReport
from medications.models import MedicationLog, StudentMedication
from tests.factories.core import UserFactory, home_school

ANYWHERE = [
    (Student, "idx_students_name"),
    (Contact, "idx_contacts_list"),
    (HealthRecord, "idx_health_records_date"),
    (Appointment, "idx_appointments_scheduled"),
    (Allergy, "idx_allergies_worst"),
    (ChronicCondition, "idx_conditions_worst"),
    (Vaccination, "idx_vaccinations_given"),
    (Screening, "idx_screenings_date"),
    (MedicationLog, "idx_medication_logs_time"),
    (StudentMedication, "idx_student_meds_latest"),
    (IncidentReport, "idx_incidents_occurred"),
    (EmergencyContact, "idx_emergency_name"),
]


def plan(queryset, role, *, holds_whole_order=False):
    """The plan for somebody of this role, where to read a whole table or to sort it is as dear as in a large one."""
    fields = {UserRole.DISTRICT_ADMIN: {"district": home_school().district}, UserRole.ADMIN: {}}
    user = UserFactory.create(role=role, **fields.get(role, {"school": home_school()}))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            if holds_whole_order:
                # In a table of few rows, sorting what any other index gives costs the planner as little.
                cursor.execute("SET LOCAL enable_incremental_sort = off")
        declare_actor(user.pk)
        text = queryset.explain()
        transaction.set_rollback(True)
    return text


def first_page(model):
    """What the list of a model asks for."""
    ordering = admin.site._registry[model].ordering or ()
    return model.objects.order_by(*ordering, "-pk")[:50]


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "index"), ANYWHERE, ids=lambda value: getattr(value, "__name__", value))
def test_an_administrator_s_list_walks_the_index_of_its_order(model, index):
    assert index in plan(first_page(model), UserRole.ADMIN, holds_whole_order=model is ChronicCondition)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [UserRole.NURSE, UserRole.DISTRICT_ADMIN, UserRole.ADMIN])
def test_students_are_found_by_their_day_of_birth_by_an_index(role):
    asked = Student.objects.order_by().filter(date_of_birth="2012-09-14").values("pk")[:10]

    assert "Index" in plan(asked, role)
    assert "Seq Scan on students" not in plan(asked, role)


@pytest.mark.django_db
def test_a_nurse_s_students_are_found_among_those_of_her_schools():
    asked = Student.objects.order_by().filter(search_vector=prefix_query("smi jo")).values("pk")[:10]

    text = plan(asked, UserRole.NURSE)

    # Names are compared by what might leak them: under a policy that filters, and chooses nothing.
    assert "schools_in_reach()" in text
    assert "idx_students_search" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "column", "index"),
    [
        (Contact, "phone", "idx_contacts_phone"),
        (EmergencyContact, "primary_phone", "idx_emergency_phone_1"),
        (EmergencyContact, "secondary_phone", "idx_emergency_phone_2"),
    ],
)
def test_the_end_of_a_telephone_number_is_a_range_of_an_index(model, column, index):
    asked = model.objects.order_by().alias(found=PhoneReversed(column)).filter(found__gte="5432", found__lt="5433")

    assert index in plan(asked.values("pk")[:10], UserRole.ADMIN)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("phone", "reversed_digits"),
    [("(614) 555-0142 x12", "2410555416"), ("614-555-0142", "2410555416"), ("+44 20 7946 0958", "859064970244")],
)
def test_a_telephone_number_is_its_digits_from_the_last_without_the_extension(phone, reversed_digits):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {PhoneReversed.template % {'expressions': '%s'}}", [phone])

        assert cursor.fetchone() == (reversed_digits,)
