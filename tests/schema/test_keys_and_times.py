"""What the database itself writes: keys, and the time of the last change."""

import datetime
import time
from uuid import UUID

import pytest

from core.models import District, Student
from tests.factories.core import DistrictFactory
from tests.schema.rows import BUSINESS_COLUMNS, execute, query

STAMPED = sorted(
    set(BUSINESS_COLUMNS)
    - {"configuration_history", "audit_logs", "audit_seals", "school_counts", "user_sessions", "login_attempts"}
)
# A text column of each table that a person changes; "notes" where nothing stands here.
CHANGED = {
    "districts": ("name", "South"),
    "schools": ("name", "Elm Street"),
    "users": ("last_name", "Nolan"),
    "school_assignments": ("end_date", "2099-01-01"),
    "students": ("last_name", "Jones"),
    "legal_holds": ("released_reason", "Settled"),
    "emergency_accesses": ("ended_at", "now"),
    "authenticator_apps": ("confirmed_at", "2026-03-02T14:30:00Z"),
    "passkeys": ("name", "Blue key"),
    "recovery_codes": ("used_at", "2026-03-02T14:30:00Z"),
    "health_records": ("title", "Fever"),
    "incident_reports": ("description", "Tripped."),
    "system_configurations": ("value", "31"),
}
LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
FAR_AHEAD = datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize("table", sorted(BUSINESS_COLUMNS))
def test_a_key_made_by_the_database_is_of_version_7_and_tells_its_time(rows, table):
    before = time.time()

    key = rows.insert(table)

    assert isinstance(key, UUID)
    assert key.version == 7
    assert key.variant == "specified in RFC 4122"
    milliseconds = key.int >> 80
    assert before - 1 <= milliseconds / 1000 <= time.time() + 1


def test_keys_grow_in_the_order_of_the_rows(rows):
    execute("INSERT INTO districts (name, code) SELECT 'District ' || n, 'D' || n FROM generate_series(1, 1000) n")

    numbers = query("SELECT substr(code, 2)::int FROM districts ORDER BY id")

    assert numbers == [(number,) for number in range(1, 1001)]


@pytest.mark.django_db
def test_the_orm_makes_the_same_keys():
    districts = [DistrictFactory.create() for _ in range(5)]

    assert [district.id.version for district in districts] == [7] * 5
    assert sorted(districts, key=lambda district: district.id) == districts
    assert list(District.objects.order_by("id")) == districts


@pytest.mark.parametrize("table", STAMPED)
def test_a_raw_update_moves_updated_at_and_nothing_else(rows, table):
    key = rows.insert(table, created_at=LONG_AGO, updated_at=LONG_AGO)
    column, text = CHANGED.get(table, ("notes", "Changed."))

    execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [text, key])

    ((created_at, updated_at),) = query(f"SELECT created_at, updated_at FROM {table} WHERE id = %s", [key])
    assert created_at == LONG_AGO
    assert updated_at > datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)


@pytest.mark.parametrize("table", STAMPED)
@pytest.mark.parametrize("moment", [LONG_AGO, FAR_AHEAD])
def test_a_caller_cannot_set_updated_at(rows, table, moment):
    key = rows.insert(table)
    (before,) = query(f"SELECT updated_at FROM {table} WHERE id = %s", [key])[0]

    execute(f"UPDATE {table} SET updated_at = %s WHERE id = %s", [moment, key])

    (after,) = query(f"SELECT updated_at FROM {table} WHERE id = %s", [key])[0]
    assert before <= after <= datetime.datetime.now(datetime.UTC)


@pytest.mark.django_db
def test_an_update_by_queryset_moves_updated_at():
    district = DistrictFactory.create()
    District.objects.filter(pk=district.pk).update(name="East")
    (first,) = District.objects.values_list("updated_at", flat=True)

    District.objects.update(name="West", updated_at=LONG_AGO)

    (second,) = District.objects.values_list("updated_at", flat=True)
    assert district.created_at < first < second


@pytest.mark.django_db
def test_a_save_leaves_the_time_of_making_and_moves_the_time_of_change():
    district = DistrictFactory.create()
    made = district.created_at

    district.name = "East"
    district.save()
    district.refresh_from_db()

    assert district.created_at == made
    assert district.updated_at > made


@pytest.mark.django_db
def test_a_row_just_made_knows_what_the_database_wrote():
    district = District.objects.create(name="North", code="N")

    assert district.id.version == 7
    assert district.is_active is True
    assert district.created_at == district.updated_at
    assert Student._meta.get_field("id").db_returning
