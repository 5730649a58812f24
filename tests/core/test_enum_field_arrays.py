"""Arrays of enum values are lists, not PostgreSQL's text form of an array."""

import pytest
from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.test.utils import isolate_apps

from core.database import enum_arrays
from core.database.enums import EnumField
from health.models import Allergy, AllergySeverity
from tests.factories.core import StudentFactory
from tests.factories.health import AllergyFactory

pytestmark = pytest.mark.django_db

MILD, MODERATE, SEVERE, LIFE_THREATENING = AllergySeverity


@pytest.fixture
def panel():
    """A model with an array of an enum, and its table."""
    with isolate_apps("core"):

        class Panel(models.Model):
            severities = ArrayField(EnumField(AllergySeverity), null=True)

            class Meta:
                app_label = "core"

        with connection.schema_editor(atomic=False) as editor:
            editor.create_model(Panel)
        yield Panel


def test_an_array_is_of_the_type(panel):
    assert panel._meta.get_field("severities").db_type(connection) == '"AllergySeverity"[]'


@pytest.mark.parametrize("written", [[MILD, SEVERE], ["MILD", "SEVERE"]])
def test_an_array_is_written_and_read_as_a_list_of_members(panel, written):
    panel.objects.create(severities=written)

    found = panel.objects.get().severities

    assert found == [MILD, SEVERE]
    assert [type(value) for value in found] == [AllergySeverity, AllergySeverity]


@pytest.mark.parametrize("written", [[], None, [LIFE_THREATENING]])
def test_an_array_may_be_empty_null_or_of_one(panel, written):
    panel.objects.create(severities=written)

    assert panel.objects.get().severities == written


def test_arrays_are_written_in_bulk(panel):
    panel.objects.bulk_create([panel(severities=[MILD]), panel(severities=[SEVERE, MILD])])
    first, second = panel.objects.order_by("pk")
    first.severities, second.severities = [], [LIFE_THREATENING]

    panel.objects.bulk_update([first, second], ["severities"])

    assert list(panel.objects.order_by("pk").values_list("severities", flat=True)) == [[], [LIFE_THREATENING]]


@pytest.mark.parametrize(
    ("lookup", "count"),
    [
        ({"severities__contains": [MILD]}, 2),
        ({"severities__contains": ["MILD", "SEVERE"]}, 1),
        ({"severities__overlap": [SEVERE, LIFE_THREATENING]}, 1),
        ({"severities__contained_by": [MILD, MODERATE]}, 2),
        ({"severities": [MILD]}, 1),
        ({"severities__0": MILD}, 2),
        ({"severities__len": 0}, 1),
    ],
)
def test_arrays_are_searched(panel, lookup, count):
    for severities in ([MILD], [MILD, SEVERE], []):
        panel.objects.create(severities=severities)

    assert panel.objects.filter(**lookup).count() == count


def test_values_are_gathered_into_a_list():
    student = StudentFactory.create()
    for severity in (SEVERE, MILD, SEVERE):
        AllergyFactory.create(student=student, severity=severity)

    gathered = Allergy.objects.order_by().aggregate(
        every=ArrayAgg("severity", order_by="-severity"), each=ArrayAgg("severity", distinct=True)
    )

    assert gathered == {"every": [SEVERE, SEVERE, MILD], "each": [MILD, SEVERE]}


def test_raw_sql_reads_a_list():
    with connection.cursor() as cursor:
        cursor.execute("""SELECT ARRAY['MILD', 'SEVERE']::"AllergySeverity"[], ARRAY[]::"AllergySeverity"[]""")
        found = cursor.fetchone()

    assert found == (["MILD", "SEVERE"], [])


def test_every_enum_type_of_the_database_is_known_to_the_connection():
    with connection.cursor() as cursor:
        cursor.execute("SELECT typname FROM pg_type WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace")
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            cursor.execute(f'SELECT enum_range(NULL::"{name}")')
            assert isinstance(cursor.fetchone()[0], list), name

    assert len(names) == 23


def test_a_type_made_since_the_connection_opened_is_learned():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TYPE \"Made Since\" AS ENUM ('ONE', 'TWO')")
        cursor.execute('SELECT enum_range(NULL::"Made Since")')
        assert cursor.fetchone() == ("{ONE,TWO}",)

    enum_arrays.register(connection)

    with connection.cursor() as cursor:
        cursor.execute('SELECT enum_range(NULL::"Made Since")')
        assert cursor.fetchone() == (["ONE", "TWO"],)
