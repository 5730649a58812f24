"""By what the rows of a list may be filtered: an address must not tell what its reader may not see."""

import pytest
from django.contrib.postgres.fields import ArrayField

from core.models import Student, User, UserRole
from core.roles import PERMISSIONS
from health.models import Allergy, VitalSigns
from medications.models import MedicationLog
from tests.admin.pages import OUR_MODELS, page, perm
from tests.factories.core import SchoolFactory, StudentFactory, UserFactory
from tests.factories.health import AllergyFactory

LISTS = [
    (model, field.name)
    for model in OUR_MODELS
    for field in model._meta.concrete_fields
    if isinstance(field, ArrayField)
]
SEEN = [(role, model) for role in UserRole for model in OUR_MODELS if perm(model, "view") in PERMISSIONS[role]]


def named(value):
    return getattr(value, "__name__", str(value))


def statuses(client, model, lookups):
    return {lookup: client.get(page(model, "changelist"), {lookup: "0"}).status_code for lookup in lookups}


@pytest.mark.parametrize(("role", "model"), SEEN, ids=named)
def test_no_role_filters_rows_by_what_refers_to_them(role, model, client_as):
    client = client_as(role)
    fields = model._meta.get_fields(include_hidden=True)
    reverse = [field.name for field in fields if field.is_relation and not field.concrete]
    ends = ("__isnull", "__id__isnull", "__pk__exact")

    answers = statuses(client, model, [f"{name}{end}" for name in reverse for end in ends])

    assert set(answers.values()) <= {400}, answers


@pytest.mark.parametrize(("role", "model"), SEEN, ids=named)
def test_a_role_filters_by_a_key_if_it_may_see_what_the_key_names(role, model, client_as):
    client = client_as(role)
    references = [field for field in model._meta.concrete_fields if field.is_relation]

    answers = statuses(client, model, [f"{field.name}__isnull" for field in references])

    assert answers == {
        f"{field.name}__isnull": 200 if perm(field.related_model, "view") in PERMISSIONS[role] else 400
        for field in references
    }


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (Allergy, "student__allergies__isnull"),
        (Allergy, "student__health_records__id__isnull"),
        (Allergy, "student__last_name__startswith"),
        (Allergy, "student__nurse__id__exact"),
        (MedicationLog, "student_medication__student__last_name"),
        (MedicationLog, "student_medication__medication__name"),
        (VitalSigns, "appointment__student__id__exact"),
        (User, "password__startswith"),
        (Student, "created_by__password__startswith"),
    ],
    ids=named,
)
def test_not_even_an_administrator_filters_by_columns_of_other_rows(model, lookup, administrator):
    StudentFactory.create()

    response = administrator.get(page(model, "changelist"), {lookup: "0"})

    assert response.status_code == 400


@pytest.mark.parametrize(("model", "column"), LISTS, ids=named)
def test_rows_are_not_filtered_by_a_list_of_theirs_which_no_address_can_name(model, column, administrator):
    answers = statuses(administrator, model, [column, f"{column}__exact", f"{column}__contains", f"{column}__isnull"])

    assert list(answers.values()) == [400, 400, 400, 200]


def test_a_viewer_finds_no_student_by_an_allergy_but_by_grade_and_school(client_as):
    student = AllergyFactory.create(student__grade="5").student
    other = StudentFactory.create(grade="6")
    StudentFactory.create(grade="5", school=SchoolFactory.create())
    viewer = client_as(UserRole.VIEWER)

    leaked = viewer.get(page(Student, "changelist"), {"allergies__id__isnull": "0"})
    by_grade = viewer.get(page(Student, "changelist"), {"grade__exact": "5"})
    by_school = viewer.get(page(Student, "changelist"), {"school__id__exact": student.school_id})

    assert leaked.status_code == 400
    assert list(by_grade.context["cl"].result_list) == [student]
    assert set(by_school.context["cl"].result_list) == {student, other}


def test_rows_are_found_by_the_key_of_what_they_refer_to(administrator):
    nurse = UserFactory.create()
    student = StudentFactory.create(nurse=nurse)
    StudentFactory.create()

    found = administrator.get(page(Student, "changelist"), {"nurse__id__exact": nurse.pk})

    assert list(found.context["cl"].result_list) == [student]
