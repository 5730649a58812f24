"""The one enum value that is spelt unlike its member: the plan's "DTaP"."""

import pytest
from django.db import connection
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from core.database.enums import EnumField
from health.models import Vaccination, VaccineType
from tests.factories.health import VaccinationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def dose():
    return VaccinationFactory.create(vaccine_type=VaccineType.DTAP)


def test_it_is_written_and_read_by_its_value(dose):
    with connection.cursor() as cursor:
        cursor.execute("SELECT vaccine_type FROM vaccinations")
        assert cursor.fetchone() == ("DTaP",)

    assert Vaccination.objects.get().vaccine_type is VaccineType.DTAP
    assert Vaccination.objects.get(vaccine_type="DTaP") == dose
    assert not Vaccination.objects.filter(vaccine_type__contains="DTAP").exists()


def test_a_member_goes_into_raw_sql_by_its_value(dose):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM vaccinations WHERE vaccine_type = %s", [VaccineType.DTAP])
        assert cursor.fetchone() == (1,)
        cursor.execute(
            'SELECT count(*) FROM vaccinations WHERE vaccine_type = ANY (%s::"VaccineType"[])', [[VaccineType.DTAP]]
        )
        assert cursor.fetchone() == (1,)


def test_a_member_goes_into_an_expression_by_its_value(dose):
    kept = Vaccination.objects.annotate(
        plain=Value(VaccineType.DTAP), cast=Cast(Value(VaccineType.DTAP), EnumField(VaccineType))
    ).get()

    assert (kept.plain, kept.cast) == ("DTaP", VaccineType.DTAP)


def test_it_is_joined_to_other_texts_by_a_cast(dose):
    text = Concat(Cast("vaccine_type", CharField()), Value(" by "), "administered_by")

    assert Vaccination.objects.values_list(text, flat=True).get() == "DTaP by County clinic"
