import pytest
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db import connection

from core.models import Student, User
from health.models import Allergy, AllergySeverity
from medications.models import Medication
from tests.admin.pages import OUR_MODELS, messages_of, page
from tests.factories.core import ContactFactory, SchoolFactory, StudentFactory, UserFactory
from tests.factories.health import AllergyFactory, HealthRecordFactory
from tests.factories.medications import MedicationFactory, MedicationLogFactory, StudentMedicationFactory

FILTERS = [
    (model, name[0] if isinstance(name, tuple) else name)
    for model in OUR_MODELS
    for name in admin.site._registry[model].list_filter
    if not (isinstance(name, type) and issubclass(name, SimpleListFilter))
]


def rows(response):
    return list(response.context["cl"].result_list)


@pytest.mark.parametrize(("model", "name"), FILTERS, ids=lambda value: getattr(value, "__name__", value))
@pytest.mark.parametrize("lookup", ["__exact", "", "__id__exact", "__in", "__isnull"])
def test_a_bogus_filter_is_no_server_error(model, name, lookup, administrator):
    response = administrator.get(page(model, "changelist"), {f"{name}{lookup}": "bogus"}, follow=True)

    assert response.status_code in (200, 400)


@pytest.mark.parametrize("value", ["bogus", "", "' OR 1=1"])
def test_a_bogus_value_of_the_deleted_filter_shows_live_rows(value, administrator):
    live, deleted = StudentFactory.create_batch(2)
    deleted.delete()

    response = administrator.get(page(Student, "changelist"), {"deleted": value})

    assert rows(response) == [live]


def test_an_enum_filters_and_sorts_by_declaration(administrator):
    for severity in (AllergySeverity.SEVERE, AllergySeverity.MILD, AllergySeverity.LIFE_THREATENING):
        AllergyFactory.create(severity=severity)

    filtered = administrator.get(page(Allergy, "changelist"), {"severity__exact": "SEVERE"})
    worst_first = administrator.get(page(Allergy, "changelist"))
    mildest_first = administrator.get(page(Allergy, "changelist"), {"o": "4"})

    assert [row.severity for row in rows(filtered)] == ["SEVERE"]
    assert [row.severity for row in rows(worst_first)] == ["LIFE_THREATENING", "SEVERE", "MILD"]
    assert [row.severity for row in rows(mildest_first)] == ["MILD", "SEVERE", "LIFE_THREATENING"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("smi jo", True),
        ("JOHN smith", True),
        ("jo", True),
        ("1042", True),
        ("s-10", True),
        ("smi ja", False),
        ("mith", False),
        ("---", False),
        ("%", False),
        ("& | ! :*", False),
        ("'", False),
    ],
)
def test_students_are_found_by_the_beginnings_of_their_words(typed, found, administrator):
    john = StudentFactory.create(first_name="John", last_name="Smith", student_number="S-1042")
    StudentFactory.create(first_name="Mary", last_name="Jones", student_number="77", is_active=False)

    response = administrator.get(page(Student, "changelist"), {"q": typed})

    assert (john in rows(response)) is found
    assert len(rows(response)) <= (2 if typed == "jo" else 1)


@pytest.mark.parametrize(
    ("first", "last", "typed"),
    [
        ("Siobhán", "O'Brien", "o'b sio"),
        ("Siobhán", "O'Brien", "obr"),
        ("Siobhán", "O'Brien", "brien"),
        ("Will", "An", "an will"),
        ("José", "Núñez-García", "garcía"),
        ("José", "Núñez-García", "núñez-g"),
    ],
)
def test_names_with_apostrophes_accents_and_hyphens_are_found_as_they_are_written(first, last, typed, administrator):
    student = StudentFactory.create(first_name=first, last_name=last)
    StudentFactory.create(first_name="Else", last_name="Other")

    response = administrator.get(page(Student, "changelist"), {"q": typed})

    assert rows(response) == ([] if typed == "obr" else [student])


def test_a_search_for_a_zero_byte_is_no_server_error(administrator):
    for model in OUR_MODELS:
        assert administrator.get(page(model, "changelist"), {"q": "a\0b"}).status_code == 200


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_a_search_without_a_word_finds_nothing(model, administrator):
    HealthRecordFactory.create()
    MedicationLogFactory.create()
    ContactFactory.create()

    response = administrator.get(page(model, "changelist"), {"q": ".,-"})

    assert response.status_code == 200
    if admin.site._registry[model].search_fields:
        assert rows(response) == []


def test_records_are_found_by_their_student(administrator):
    john = StudentFactory.create(first_name="John", last_name="Smith")
    dose = MedicationLogFactory.create(student_medication__student=john)
    record = HealthRecordFactory.create(student=john)
    mother = ContactFactory.create(student=john, last_name="Lee")
    HealthRecordFactory.create(student__last_name="Other")
    MedicationLogFactory.create(student_medication__student__last_name="Other")
    ContactFactory.create(student__last_name="Other")

    found = {
        row: rows(administrator.get(page(type(row), "changelist"), {"q": "smith jo"})) for row in (dose, record, mother)
    }

    assert found == {dose: [dose], record: [record], mother: [mother]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "index"),
    [
        (Student, "idx_students_search"),
        (User, "idx_users_search"),
        (Medication, "idx_medications_search"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_search_asks_the_gin_index(model, index, rf):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # the tables are empty

    queryset, _ = admin.site._registry[model].get_search_results(rf.get("/"), model._base_manager.order_by(), "smi jo")

    assert index in queryset.explain()


@pytest.mark.parametrize(
    ("source", "field", "term", "expected"),
    [
        ("health.healthrecord", "student", "smi jo", ["Smith, John (1042)"]),
        ("core.student", "school", "linc", ["Lincoln Middle"]),
        ("core.student", "nurse", "nora flo", ["Nora Flores (Nurse)"]),
        ("medications.studentmedication", "medication", "albut", ["Albuterol 90 mcg"]),
        ("health.vitalsigns", "health_record", "smith", ["Smith, John: Stomach ache (2026-03-02)"]),
        (
            "medications.medicationlog",
            "student_medication",
            "smith",
            ["Smith, John (1042): Albuterol 90 mcg, 2 puffs, Every 4 hours as needed"],
        ),
        ("health.vitalsigns", "student", "--", []),
        ("health.vitalsigns", "student", "a\0b", []),
    ],
)
def test_autocomplete_finds_by_prefix_and_tells_rows_apart(source, field, term, expected, nurse):
    john = StudentFactory.create(first_name="John", last_name="Smith", student_number="1042")
    gone = StudentFactory.create(first_name="Joan", last_name="Smith")
    gone.delete()
    SchoolFactory.create(name="Lincoln Middle", district=nurse.user.school.district)
    UserFactory.create(first_name="Nora", last_name="Flores", school=nurse.user.school)
    albuterol = MedicationFactory.create(name="Albuterol", strength="90 mcg")
    StudentMedicationFactory.create(student=john, medication=albuterol)
    HealthRecordFactory.create(student=john)
    app, model = source.split(".")

    response = nurse.get(
        "/admin/autocomplete/", {"app_label": app, "model_name": model, "field_name": field, "term": term}
    )

    assert [result["text"] for result in response.json()["results"]] == expected


def test_autocomplete_is_refused_to_whom_may_not_see_the_rows(client_as):
    viewer = client_as("VIEWER")

    response = viewer.get(
        "/admin/autocomplete/",
        {"app_label": "health", "model_name": "vitalsigns", "field_name": "health_record", "term": "a"},
    )

    assert response.status_code == 403


@pytest.mark.parametrize("query", [{"no_such_column": "1"}, {"school__id__exact": "bogus"}, {"p": "99"}], ids=str)
def test_a_filter_that_was_not_understood_is_said_to_be_left_out(query, administrator):
    StudentFactory.create_batch(51)

    response = administrator.get(page(Student, "changelist"), query, follow=True)

    assert messages_of(response) == ["The filter in the address was not understood; it was left out."]
    assert response.context["cl"].result_count == 51


def test_a_search_says_what_it_searches():
    silent = [
        model.__name__
        for model in OUR_MODELS
        if admin.site._registry[model].search_fields and not admin.site._registry[model].search_help_text
    ]

    assert silent == []


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ({}, False),
        ({"o": "1"}, False),
        ({"q": "smith"}, True),
        ({"grade__exact": "5"}, True),
        ({"deleted": "yes"}, True),
    ],
    ids=str,
)
def test_showing_all_rows_is_offered_only_where_it_shows_more(query, offered, administrator):
    StudentFactory.create()

    response = administrator.get(page(Student, "changelist"), query)

    assert ("Show all" in response.content.decode()) is offered


def test_the_page_of_a_student_links_to_all_lists_of_records_and_each_shows_the_student_s(nurse):
    dose = MedicationLogFactory.create()
    MedicationLogFactory.create()
    student = dose.student_medication.student

    links = nurse.get(page(Student, "change", student.pk)).context["records_of_student"]
    pages = {link["title"]: nurse.get(link["url"]) for link in links}

    assert set(pages) == {
        "contacts",
        "health records",
        "allergies",
        "chronic conditions",
        "appointments",
        "vaccinations",
        "screenings",
        "growth measurements",
        "vital signs",
        "student medications",
        "medication logs",
        "incident reports",
        "emergency contacts",
    }
    assert {response.status_code for response in pages.values()} == {200}
    assert rows(pages["medication logs"]) == [dose]
    assert rows(pages["student medications"]) == [dose.student_medication]
