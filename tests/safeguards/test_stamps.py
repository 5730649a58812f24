"""Who wrote a row, and when, is said by the database on every path."""

import datetime
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from core.database.audit_fields import AuditedModel
from core.models import District, Student
from health.models import Allergy
from tests.factories.core import MOMENT, DistrictFactory, StudentFactory, UserFactory
from tests.factories.health import AllergyFactory
from tests.safeguards.actors import declared, through_the_web
from tests.schema.rows import execute, query
from tests.schema.test_keys_and_times import CHANGED
from tests.test_factories import FACTORIES, OUR_MODELS

pytestmark = pytest.mark.django_db

LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
# Of a row as its factory makes it: an app that is set up already, an access that ran out.
CHANGED_HERE = CHANGED | {
    "authenticator_apps": ("confirmed_at", MOMENT + datetime.timedelta(minutes=1)),
    "emergency_accesses": ("ended_at", MOMENT + datetime.timedelta(minutes=1)),
}
AUDITED = [model for model in OUR_MODELS if issubclass(model, AuditedModel)]
every_model = pytest.mark.parametrize("model", AUDITED, ids=lambda model: model.__name__)


@pytest.fixture
def nurse():
    return UserFactory.create()


@pytest.fixture
def forger():
    return UserFactory.create()


def stamps(table, key):
    (found,) = query(f"SELECT created_at, created_by, updated_at, updated_by FROM {table} WHERE id = %s", [key])
    return found


def assert_is_new_of(nurse, table, key):
    created_at, created_by, updated_at, updated_by = stamps(table, key)
    assert (created_by, updated_by) == (nurse.pk, nurse.pk)
    assert created_at == updated_at
    assert abs(timezone.now() - created_at) < datetime.timedelta(minutes=1)


@every_model
def test_a_new_row_is_stamped_with_who_acts_whatever_the_statement_says(model, nurse, forger):
    with declared(nurse.pk):
        row = FACTORIES[model].create(created_at=LONG_AGO, updated_at=LONG_AGO, created_by=forger, updated_by=forger)

    created_at, created_by, *_ = stamps(model._meta.db_table, row.pk)
    assert created_by == nurse.pk
    assert created_at > LONG_AGO


@every_model
def test_a_changed_row_is_stamped_and_keeps_who_made_it(model, nurse, forger):
    row = FACTORIES[model].create(created_by=forger)
    before = stamps(model._meta.db_table, row.pk)
    column, value = CHANGED_HERE.get(model._meta.db_table, ("notes", "Changed."))

    with declared(nurse.pk):
        execute(
            f"UPDATE {model._meta.db_table} SET {column} = %s, created_at = %s, created_by = NULL, updated_by = %s "
            "WHERE id = %s",
            [value, LONG_AGO, forger.pk, row.pk],
        )

    after = stamps(model._meta.db_table, row.pk)
    assert after[:2] == before[:2]
    assert after[2] > before[2]
    assert after[3] == nurse.pk


@every_model
def test_an_update_that_changes_nothing_moves_no_stamp(model, nurse, forger):
    row = FACTORIES[model].create(updated_by=forger)
    before = stamps(model._meta.db_table, row.pk)

    with declared(nurse.pk):
        model._base_manager.get(pk=row.pk).save()
        execute(f"UPDATE {model._meta.db_table} SET updated_at = %s, updated_by = NULL, created_by = NULL", [LONG_AGO])

    assert stamps(model._meta.db_table, row.pk) == before


def test_every_table_with_a_generated_column_tells_no_change_from_a_change():
    generated = query(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND is_generated = 'ALWAYS'"
    )

    # stamp_row() names them: another one needs its line there.
    assert set(generated) == {
        ("students", "search_vector"),
        ("users", "search_vector"),
        ("medications", "search_vector"),
        ("growth_measurements", "bmi"),
    }


def test_bulk_operations_and_raw_sql_are_stamped(nurse):
    student = StudentFactory.create()
    with declared(nurse.pk):
        made = Allergy.objects.bulk_create(Allergy(student=student, allergen=name) for name in ("Nuts", "Milk"))
        execute("INSERT INTO districts (name, code, created_at) VALUES ('North', 'N1', '2001-01-01')")
        with connection.cursor() as cursor, cursor.copy("COPY districts (name, code, created_by) FROM STDIN") as copy:
            copy.write_row(("South", "S1", None))

    for row in made:
        assert_is_new_of(nurse, "allergies", row.pk)
    for (key,) in query("SELECT id FROM districts WHERE code IN ('N1', 'S1')"):
        assert_is_new_of(nurse, "districts", key)

    other = UserFactory.create()
    for row in made:
        row.allergen, row.created_by, row.updated_by = "Eggs", other, nurse
    with declared(other.pk):
        Allergy.objects.bulk_update(made, ["allergen", "created_by", "updated_by"])
    for row in made:
        assert stamps("allergies", row.pk)[1::2] == (nurse.pk, other.pk)


def test_the_owner_without_an_actor_keeps_what_an_import_says(forger):
    key = uuid.uuid4()

    execute(
        "INSERT INTO districts (id, name, code, created_at, updated_at, created_by, updated_by) "
        "VALUES (%s, 'North', 'N1', %s, %s, %s, %s)",
        [key, LONG_AGO, LONG_AGO, forger.pk, forger.pk],
    )

    assert stamps("districts", key) == (LONG_AGO, forger.pk, LONG_AGO, forger.pk)


def test_a_change_by_the_owner_without_an_actor_is_nobody_s(forger):
    district = DistrictFactory.create(created_by=forger, updated_by=forger)

    District.objects.update(name="East")

    assert stamps("districts", district.pk)[1::2] == (forger.pk, None)


def test_nobody_forges_a_stamp_through_the_web(nurse, forger):
    key = uuid.uuid4()
    with through_the_web(nurse.pk):
        execute(
            "INSERT INTO districts (id, name, code, created_at, created_by, updated_by) "
            "VALUES (%s, 'N', 'N1', %s, %s, %s)",
            [key, LONG_AGO, forger.pk, forger.pk],
        )
    assert_is_new_of(nurse, "districts", key)

    with through_the_web(None):
        execute("UPDATE districts SET name = 'S', created_by = %s, updated_by = %s", [forger.pk, forger.pk])
        execute("INSERT INTO districts (name, code, created_by) VALUES ('E', 'E1', %s)", [forger.pk])

    assert stamps("districts", key)[1::2] == (nurse.pk, None)
    assert query("SELECT created_by FROM districts WHERE code = 'E1'") == [(None,)]


def test_updated_at_moves_even_when_the_clock_does_not():
    ahead = timezone.now() + datetime.timedelta(days=1)
    district = DistrictFactory.create(updated_at=ahead)

    District.objects.update(name="East")

    assert stamps("districts", district.pk)[2] == ahead + datetime.timedelta(microseconds=1)


def test_a_generated_column_follows_its_sources_still(nurse):
    student = StudentFactory.create(first_name="John", last_name="Smith")

    Student.objects.update(last_name="Jones")

    assert query("SELECT search_vector @@ 'jones', search_vector @@ 'smith' FROM students") == [(True, False)]
    assert AllergyFactory.create(student=student).student == student
