"""Enum columns in queries: filters, order, grouping, expressions."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Case, CharField, Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce

from core.database.enums import EnumField
from core.models import User, UserRole
from health.models import Allergy, AllergySeverity, AllergyType, ChronicCondition, VitalSigns
from health.models.vital_signs import ConsciousnessLevel
from tests.factories.core import StudentFactory, UserFactory
from tests.factories.health import AllergyFactory, ChronicConditionFactory, VitalSignsFactory

pytestmark = pytest.mark.django_db

MILD, MODERATE, SEVERE, LIFE_THREATENING = AllergySeverity


@pytest.fixture
def allergies():
    """One allergy of each severity, not in their order."""
    student = StudentFactory.create()
    return {
        severity: AllergyFactory.create(student=student, severity=severity, allergen=severity.label)
        for severity in (SEVERE, MILD, LIFE_THREATENING, MODERATE)
    }


@pytest.mark.parametrize(
    ("lookup", "severities"),
    [
        (Q(severity=SEVERE), {SEVERE}),
        (Q(severity="SEVERE"), {SEVERE}),
        (~Q(severity="SEVERE"), {MILD, MODERATE, LIFE_THREATENING}),
        (Q(severity__in=["MILD", SEVERE]), {MILD, SEVERE}),
        (Q(severity__in=[]), set()),
        (Q(severity__iexact="mild"), {MILD}),
        (Q(severity__icontains="threat"), {LIFE_THREATENING}),
        (Q(severity__contains="ER"), {MODERATE, SEVERE}),
        (Q(severity__startswith="M"), {MILD, MODERATE}),
        (Q(severity__istartswith="life_"), {LIFE_THREATENING}),
        (Q(severity__endswith="E"), {MODERATE, SEVERE}),
        (Q(severity__regex="^M.*D$"), {MILD}),
        (Q(severity__gt=MODERATE), {SEVERE, LIFE_THREATENING}),
        (Q(severity__gte=MODERATE), {MODERATE, SEVERE, LIFE_THREATENING}),
        (Q(severity__lt="SEVERE"), {MILD, MODERATE}),
        (Q(severity__lte="SEVERE"), {MILD, MODERATE, SEVERE}),
        (Q(severity__range=(MODERATE, SEVERE)), {MODERATE, SEVERE}),
        (Q(severity__isnull=True), set()),
        (Q(severity__isnull=False), set(AllergySeverity)),
    ],
)
def test_a_filter_finds_the_rows(allergies, lookup, severities):
    assert set(Allergy.objects.filter(lookup).values_list("severity", flat=True)) == severities


def test_a_null_is_found_by_isnull_and_by_none():
    silent, alert = VitalSignsFactory.create(), VitalSignsFactory.create(consciousness=ConsciousnessLevel.ALERT)

    assert VitalSigns.objects.get(consciousness=None) == silent
    assert VitalSigns.objects.get(consciousness__isnull=True) == silent
    assert VitalSigns.objects.get(consciousness__isnull=False) == alert
    assert VitalSigns.objects.get(pk=silent.pk).consciousness is None


def test_a_scale_is_ordered_by_its_declaration(allergies):
    assert list(Allergy.objects.order_by("severity").values_list("severity", flat=True)) == list(AllergySeverity)
    assert list(Allergy.objects.order_by("-severity").values_list("severity", flat=True)) == [
        LIFE_THREATENING,
        SEVERE,
        MODERATE,
        MILD,
    ]


def test_the_worst_allergy_comes_first_by_default(allergies):
    assert Allergy.objects.first().severity is LIFE_THREATENING


def test_rows_and_values_hold_members(allergies):
    assert type(Allergy.objects.get(severity="MILD").severity) is AllergySeverity
    assert Allergy.objects.filter(severity="MILD").values("severity").get() == {"severity": MILD}
    assert type(Allergy.objects.filter(severity="MILD").values_list("severity").get()[0]) is AllergySeverity


def test_distinct_values(allergies):
    AllergyFactory.create(severity=MILD)

    assert list(Allergy.objects.order_by("severity").values_list("severity", flat=True).distinct()) == list(
        AllergySeverity
    )
    assert list(Allergy.objects.order_by("severity").distinct("severity").values_list("severity", flat=True)) == list(
        AllergySeverity
    )


def test_rows_are_grouped_and_counted(allergies):
    AllergyFactory.create(severity=MILD, allergy_type=AllergyType.INSECT)

    counts = Allergy.objects.order_by("severity").values_list("severity").annotate(Count("id"))

    assert list(counts) == [(MILD, 2), (MODERATE, 1), (SEVERE, 1), (LIFE_THREATENING, 1)]
    assert Allergy.objects.aggregate(bad=Count("id", filter=Q(severity__gte=SEVERE))) == {"bad": 2}


def test_the_least_and_the_greatest_are_members(allergies):
    extremes = Allergy.objects.aggregate(least=Min("severity"), worst=Max("severity"))

    assert extremes == {"least": MILD, "worst": LIFE_THREATENING}
    assert type(extremes["worst"]) is AllergySeverity


def test_a_case_becomes_an_enum_by_a_cast(allergies):
    raised = Cast(
        Case(When(severity="MILD", then=Value("MODERATE")), default=Cast("severity", CharField())),
        EnumField(AllergySeverity),
    )

    found = Allergy.objects.annotate(raised=raised).order_by("raised").values_list("raised", flat=True)
    changed = Allergy.objects.update(severity=raised)

    assert list(found) == [MODERATE, MODERATE, SEVERE, LIFE_THREATENING]
    assert changed == 4
    assert Allergy.objects.filter(severity=MODERATE).count() == 2


def test_a_case_of_enum_columns_needs_no_cast(allergies):
    same = Case(When(allergen="Mild", then=F("severity")), default=F("severity"))

    assert Allergy.objects.annotate(same=same).filter(same=F("severity")).count() == 4


def test_a_null_is_replaced_by_coalesce():
    VitalSignsFactory.create()
    known = Coalesce("consciousness", Cast(Value("ALERT"), EnumField(ConsciousnessLevel)))

    found = VitalSigns.objects.annotate(known=known).get()

    assert found.known is ConsciousnessLevel.ALERT


def test_enum_columns_are_compared_by_f():
    student = StudentFactory.create()
    first = AllergyFactory.create(student=student, severity=MILD)
    AllergyFactory.create(student=student, severity=SEVERE)

    graver = Allergy.objects.filter(student__allergies__severity__gt=F("severity"))

    assert list(graver) == [first]


def test_types_that_share_a_spelling_are_compared_as_text():
    student = StudentFactory.create()
    AllergyFactory.create(student=student, severity="SEVERE")
    ChronicConditionFactory.create(student=student, severity="SEVERE")
    spelling = Cast("severity", CharField())

    both = Allergy.objects.annotate(spelling=spelling).filter(
        spelling__in=ChronicCondition.objects.annotate(spelling=spelling).values("spelling")
    )

    assert both.count() == 1


def test_a_subquery_brings_an_enum_along(allergies):
    StudentFactory.create()
    worst = Subquery(
        Allergy.objects.filter(student=OuterRef("pk")).order_by("-severity").values("severity")[:1],
    )
    student = next(iter(allergies.values())).student

    rows = type(student).objects.annotate(worst=worst)
    dangerous = rows.filter(Exists(Allergy.objects.filter(student=OuterRef("pk"), severity=OuterRef("worst"))))

    assert rows.get(pk=student.pk).worst is LIFE_THREATENING
    assert list(rows.filter(worst=None).values_list("worst", flat=True)) == [None]
    assert list(dangerous) == [student]
    assert list(rows.filter(worst__gte=SEVERE)) == [student]


def test_an_in_takes_a_subquery(allergies):
    severe = Allergy.objects.filter(severity__gte=SEVERE).values("severity")

    assert Allergy.objects.filter(severity__in=severe).count() == 2


def test_union_keeps_members(allergies):
    rows = Allergy.objects.order_by().values_list("severity", flat=True)

    both = rows.filter(severity=MILD).union(rows.filter(severity=SEVERE)).order_by("severity")

    assert list(both) == [MILD, SEVERE]


@pytest.mark.parametrize(
    "lookup",
    [
        {"role": "BOGUS"},
        {"role__exact": "BOGUS"},
        {"role__in": ["NURSE", "BOGUS"]},
        {"role__gt": "BOGUS"},
        {"role": ""},
    ],
)
def test_a_filter_by_a_bogus_value_is_refused_in_words(lookup):
    with pytest.raises(
        ValidationError, match=r"is not a value of role\. It should be one of: ADMIN, NURSE, SCHOOL_ADMIN"
    ):
        list(User.objects.filter(**lookup))


def test_a_partial_text_need_not_be_a_value():
    UserFactory.create(role=UserRole.SCHOOL_ADMIN)

    assert User.objects.filter(role__icontains="ool").count() == 1
    assert User.objects.filter(role__iexact="bogus").count() == 0


def test_a_server_side_cursor_reads_members(allergies):
    rows = Allergy.objects.filter(severity__in=[MILD, SEVERE]).order_by("severity").iterator(chunk_size=1)

    assert [row.severity for row in rows] == [MILD, SEVERE]


def test_parameters_bound_by_the_server_are_enums_as_well(allergies):
    copy = connection.copy(alias="default")
    copy.settings_dict = connection.settings_dict | {
        "OPTIONS": {**connection.settings_dict["OPTIONS"], "server_side_binding": True}
    }
    statements = [
        Allergy.objects.filter(severity=MILD),
        Allergy.objects.filter(severity__in=[MILD, SEVERE]),
        Allergy.objects.filter(severity__gte=SEVERE),
        Allergy.objects.filter(severity__icontains="threat"),
    ]
    try:
        with copy.cursor() as cursor:
            for statement in statements:
                cursor.execute(*statement.query.get_compiler(connection=copy).as_sql())
                assert cursor.fetchall() == []  # the rows of this test are not committed
    finally:
        copy.close()


def test_raw_sql_reads_members_into_models_and_text_into_rows(allergies):
    (row,) = Allergy.objects.raw("SELECT * FROM allergies WHERE severity = %s", ["MILD"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT severity FROM allergies WHERE severity > %s ORDER BY severity DESC", ["MODERATE"])
        found = cursor.fetchall()

    assert row.severity is MILD
    assert found == [("LIFE_THREATENING",), ("SEVERE",)]
