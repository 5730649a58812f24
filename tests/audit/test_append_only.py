"""What was written stays, for the owner of the table as well."""

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from audit.models import AuditLog
from core.schema.catalogue import read_catalogue, unguarded_partitions
from tests.schema.rows import execute, query

pytestmark = pytest.mark.django_db

PARTITIONS = """
SELECT inhrelid::regclass::text, pg_get_expr(c.relpartbound, c.oid)
FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'audit_logs'::regclass ORDER BY 1
"""


@pytest.fixture
def entry(db) -> AuditLog:
    return AuditLog.objects.create(action="LIST", entity_type="students")


def partition_of(entry):
    ((name,),) = query("SELECT tableoid::regclass::text FROM audit_logs WHERE id = %s", [entry.pk])
    return name


@pytest.mark.parametrize("where", ["table", "partition"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET user_agent = 'x'",
        "UPDATE {table} SET created_at = created_at + interval '1 month'",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "TRUNCATE {table} CASCADE",
    ],
)
def test_an_entry_is_neither_changed_nor_removed(refused, entry, where, statement):
    table = "audit_logs" if where == "table" else partition_of(entry)

    with refused("The audit log is only ever added to", IntegrityError) as caught:
        execute(statement.format(table=table))

    assert caught.value.__cause__.sqlstate == "23001"
    assert AuditLog.objects.filter(pk=entry.pk, user_agent=None).count() == 1


def test_the_orm_is_refused_as_well(refused, entry):
    with refused("The audit log is only ever added to", IntegrityError):
        entry.delete()
    with refused("The audit log is only ever added to", IntegrityError):
        AuditLog.objects.update(reason="x")

    assert AuditLog.objects.filter(pk=entry.pk, reason=None).count() == 1


def test_there_are_partitions_for_this_month_and_three_more_and_one_for_the_rest():
    """The month is that in which the test's database was made, which is another if the run began before midnight."""
    names = [name for name, _ in query(PARTITIONS)]
    first = min(name for name in names if name != "audit_logs_default")
    ((months, this_month),) = query(
        "SELECT array_agg(to_char(to_date(%s, '\"audit_logs_\"YYYY_MM') + n * interval '1 month', "
        "'\"audit_logs_\"YYYY_MM') ORDER BY n), to_char(now() AT TIME ZONE 'UTC', '\"audit_logs_\"YYYY_MM') "
        "FROM generate_series(0, 3) n",
        [first],
    )

    assert this_month in months[:2]
    assert set(months) <= set(names)
    assert "audit_logs_default" in names


def test_a_month_begins_and_ends_at_midnight_utc():
    execute("SET LOCAL TimeZone = 'UTC'")
    ((name, bounds),) = [row for row in query(PARTITIONS) if row[0] != "audit_logs_default"][:1]

    year, month = name.removeprefix("audit_logs_").split("_")
    assert bounds.startswith(f"FOR VALUES FROM ('{year}-{month}-01 00:00:00+00') TO (")


def test_an_entry_lies_in_the_partition_of_its_month(entry):
    ((month,),) = query("SELECT to_char(now() AT TIME ZONE 'UTC', '\"audit_logs_\"YYYY_MM')")

    assert partition_of(entry) == month


def test_an_entry_of_a_month_without_a_partition_is_not_lost():
    entry = AuditLog.objects.create(action="LIST", entity_type="students", created_at="2150-01-01T00:00:00Z")

    assert partition_of(entry) == "audit_logs_default"


def test_the_table_has_the_columns_of_the_model_and_a_key_that_begins_with_the_time():
    columns = query(
        "SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = 'audit_logs'::regclass AND a.attnum > 0 "
        "AND NOT a.attisdropped ORDER BY a.attnum"
    )
    with connection.cursor() as cursor:
        found = read_catalogue(cursor)

    assert [column for (column,) in columns] == [field.column for field in AuditLog._meta.concrete_fields]
    assert found.constraints["audit_logs", "audit_logs_pkey"] == "PRIMARY KEY (created_at, id)"
    assert found.tables[("audit_logs",)].startswith("table")
    assert "partitioned by RANGE (created_at)" in found.tables[("audit_logs",)]
    assert [key for key in found.tables if key[0].startswith("audit_logs_")] == []


def test_an_entry_is_read_without_its_image_unless_asked_for():
    entry = AuditLog.objects.create(action="UPDATE", entity_type="students", old_row={"first_name": "John"})

    light = AuditLog.objects.get(pk=entry.pk)
    whole = AuditLog.with_images.get(pk=entry.pk)

    assert light.get_deferred_fields() == {"old_row"}
    assert whole.old_row == {"first_name": "John"}


@pytest.mark.parametrize(
    ("statement", "trigger"),
    [
        ("DROP TRIGGER audit_logs_truncate ON audit_logs_default", "audit_logs_truncate"),
        ("ALTER TABLE audit_logs_default DISABLE TRIGGER audit_logs_truncate", "audit_logs_truncate"),
        ("ALTER TABLE audit_logs_default DISABLE TRIGGER audit_logs_keep", "audit_logs_keep"),
        ("ALTER TABLE audit_logs_default ENABLE REPLICA TRIGGER audit_logs_keep", "audit_logs_keep"),
    ],
)
def test_a_partition_without_its_guard_is_found(statement, trigger):
    with connection.cursor() as cursor:
        before = unguarded_partitions(cursor)
        with transaction.atomic():
            cursor.execute(statement)
            found = unguarded_partitions(cursor)
            transaction.set_rollback(True)

    assert before == []
    assert found == [("audit_logs_default", trigger)]
