"""Every change is written down once, by whatever way it came."""

from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.utils import timezone

from core.database.enums import EnumField
from core.database.soft_delete import SoftDeleteModel
from core.models import District, School, SchoolAssignment, User
from tests.audit.entries import AUDITED, END_AUDITED, image_of, insert, renew_parent
from tests.factories.core import DistrictFactory, SchoolAssignmentFactory, SchoolFactory, StudentFactory, UserFactory
from tests.factories.health import HealthRecordFactory
from tests.schema.rows import BUSINESS_COLUMNS, execute, query

pytestmark = pytest.mark.django_db

TABLES = sorted(AUDITED)
ERASABLE = [table for table in TABLES if table != "legal_holds"] + sorted(END_AUDITED)
# Of which rows may go by a purge alone.
PURGED_ONLY = {"emergency_accesses", *(table for table in TABLES if issubclass(AUDITED[table], SoftDeleteModel))}
HELD_TO_A_FORM = {"code", "email", "password", "key", "student_number", "grade"}

TOUCHED = {
    "authenticator_apps": ("last_used_step", 7),
    "legal_holds": ("released_reason", "Changed"),
    "system_configurations": ("description", "Changed"),  # the values that are declared are held to a form
}
TOUCHED_NOW = {"emergency_accesses": "ended_at", "recovery_codes": "used_at"}


def touched(table: str) -> tuple[str, Any]:
    """A column that may hold any text, and a text; or, where no such column may be changed, another and its value."""
    if table in TOUCHED:
        return TOUCHED[table]
    if table in TOUCHED_NOW:
        return TOUCHED_NOW[table], timezone.now()
    for column in BUSINESS_COLUMNS[table]:
        field = AUDITED[table]._meta.get_field(column.removesuffix("_id"))
        is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(field, EnumField)
        if is_text and column not in HELD_TO_A_FORM:
            return column, "Changed"
    return "end_date", "2199-01-01"


@pytest.fixture(autouse=True)
def _settings_are_tables_like_others(rows: Any) -> None:
    """Without the triggers by which a setting writes its history, and by which that never changes."""
    execute("ALTER TABLE configuration_history DISABLE TRIGGER configuration_history_kept")
    execute("ALTER TABLE system_configurations DISABLE TRIGGER system_configurations_noted")


def instance(rows: Any, table: str) -> models.Model:
    """A minimal row, not saved yet."""
    renew_parent(rows, table)
    return AUDITED[table](**{name: rows._value(value) for name, value in BUSINESS_COLUMNS[table].items()})


def expected_student(table: str, key: Any) -> Any:
    if table == "students":
        return key
    has_student = any(field.column == "student_id" for field in AUDITED[table]._meta.concrete_fields)
    return query(f"SELECT student_id FROM {table} WHERE id = %s", [key])[0][0] if has_student else None


def expected_school(table: str, key: Any) -> Any:
    if table == "schools":
        return key
    has_school = any(field.column == "school_id" for field in AUDITED[table]._meta.concrete_fields)
    return query(f"SELECT school_id FROM {table} WHERE id = %s", [key])[0][0] if has_school else None


def summary(found: Any) -> list[tuple[str, Any, Any]]:
    return [(entry.action, entry.key, entry.image) for entry in found]


def test_each_of_our_tables_has_its_three_triggers_and_no_other_table_has():
    found = query(
        "SELECT tgrelid::regclass::text, array_agg(tgname::text ORDER BY tgname) FROM pg_trigger "
        "WHERE tgname LIKE '%\\_audit\\_%' AND tgenabled = 'O' GROUP BY 1"
    )

    assert dict(found) == {
        table: [f"{table}_audit_delete", f"{table}_audit_insert", f"{table}_audit_update"] for table in TABLES
    } | {table: [f"{table}_audit_delete"] for table in END_AUDITED}


def test_of_a_session_the_beginning_and_what_becomes_of_it_are_not_written(rows, entries):
    key = insert(rows, "user_sessions")
    entries.skip()
    insert(rows, "user_sessions")

    assert execute("UPDATE user_sessions SET user_agent = 'Changed' WHERE id = %s", [key]) == 1

    assert entries.new() == []


@pytest.mark.parametrize("table", TABLES)
def test_a_plain_insert_names_the_row_with_its_school_and_student(rows, entries, table):
    key = insert(rows, table)

    (entry,) = [entry for entry in entries.new(table) if entry.key == key]
    assert (entry.action, entry.image, entry.row_count) == ("CREATE", None, None)
    assert entry.student_id == expected_student(table, key)
    assert entry.school_id == expected_school(table, key)


@pytest.mark.parametrize("table", TABLES)
def test_save_bulk_create_and_copy_write_one_entry_for_each_row(rows, entries, table):
    made = [instance(rows, table) for _ in range(5)]
    values = [[vars(row)[name] for name in BUSINESS_COLUMNS[table]] for row in made[3:]]
    entries.skip()

    made[0].save()
    AUDITED[table]._base_manager.bulk_create(made[1:3])
    with connection.cursor() as cursor:
        names = ", ".join(BUSINESS_COLUMNS[table])
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)

    # That a district comes to know a user is a change of the user.
    found = [entry for entry in entries.new() if table == "users" or entry.table != "users"]
    assert [(entry.table, entry.action) for entry in found] == [(table, "CREATE")] * 5
    assert [entry.key for entry in found[:3]] == [row.pk for row in made[:3]]
    assert len({entry.key for entry in found}) == 5


@pytest.mark.parametrize("table", TABLES)
def test_an_update_keeps_the_row_as_it_was(rows, entries, table):
    keys = [insert(rows, table), insert(rows, table)]
    before = {key: image_of(table, key) for key in keys}
    column, value = touched(table)
    entries.skip()

    execute(f"UPDATE {table} SET {column} = %s WHERE id = ANY (%s)", [value, keys])

    found = entries.new()
    assert sorted(entry.key for entry in found) == sorted(keys)
    assert {entry.key: entry.image for entry in found} == before
    assert {(entry.table, entry.action) for entry in found} == {(table, "UPDATE")}


@pytest.mark.parametrize("table", TABLES)
def test_save_update_and_bulk_update_are_written_as_raw_sql_is(rows, entries, table):
    keys = [insert(rows, table), insert(rows, table), insert(rows, table)]
    manager = AUDITED[table]._base_manager
    column, value = touched(table)
    changed = [manager.get(pk=key) for key in keys]
    for row in changed:
        setattr(row, column, value)
    before = [image_of(table, key) for key in keys]
    entries.skip()

    changed[0].save()
    manager.filter(pk=keys[1]).update(**{column: value})
    manager.bulk_update(changed[2:], [column])

    assert summary(entries.new(table)) == [("UPDATE", key, image) for key, image in zip(keys, before, strict=True)]


@pytest.mark.parametrize("table", TABLES)
def test_an_update_that_changes_nothing_writes_nothing(rows, entries, table):
    insert(rows, table)
    key = insert(rows, table)
    column, value = touched(table)
    execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, key])
    entries.skip()

    assert execute(f"UPDATE {table} SET {column} = {column}") >= 2
    assert entries.new() == []

    assert execute(f"UPDATE {table} SET {column} = %s", [value]) >= 2  # of which one has it already
    assert key not in [entry.key for entry in entries.new(table)]


@pytest.mark.parametrize("table", [table for table in ERASABLE if table not in PURGED_ONLY])
def test_a_deletion_keeps_the_row(rows, entries, table):
    key = insert(rows, table)
    before = image_of(table, key)
    entries.skip()

    execute(f"DELETE FROM {table} WHERE id = %s", [key])

    assert summary(entries.new(table)) == [("DELETE", key, before)]


@pytest.mark.parametrize("table", ERASABLE)
def test_a_declared_purge_is_one_entry_without_an_image(rows, entries, table):
    keys = [insert(rows, table), insert(rows, table)]
    execute("SELECT set_config('whitecross.purge', 'Kept for seven years', true)")
    entries.skip()

    execute(f"DELETE FROM {table} WHERE id = ANY (%s)", [keys])

    (entry,) = entries.new(table)
    assert (entry.action, entry.key, entry.image, entry.row_count) == ("PURGE", None, None, 2)
    assert query("SELECT reason FROM audit_logs ORDER BY created_at DESC LIMIT 1") == [("Kept for seven years",)]


def test_a_statement_that_touches_no_row_writes_nothing(entries):
    execute("UPDATE students SET first_name = 'Jo' WHERE false")
    execute("DELETE FROM districts WHERE false")
    execute("INSERT INTO medications (name) SELECT 'X' WHERE false")
    execute("SELECT set_config('whitecross.purge', 'Nothing', true)")
    execute("DELETE FROM districts WHERE false")

    assert entries.new() == []


def test_what_a_cascade_erases_or_empties_is_written_too(entries):
    district = DistrictFactory.create()
    schools = [SchoolFactory.create(district=district) for _ in range(2)]
    nurse = UserFactory.create(school=schools[0])
    covers = [SchoolAssignmentFactory.create(user=nurse, school=school) for school in schools]
    entries.skip()

    execute("DELETE FROM districts WHERE id = %s", [district.pk])

    found = entries.new()
    assert sorted((entry.table, entry.action) for entry in found) == [
        ("districts", "DELETE"),
        *[("school_assignments", "DELETE")] * 2,
        *[("schools", "DELETE")] * 2,
        ("users", "UPDATE"),
    ]
    assert {entry.key for entry in found} == {row.pk for row in [district, nurse, *schools, *covers]}
    assert not District.objects.filter(pk=district.pk).exists()
    assert not School.objects.filter(district=district.pk).exists()
    assert not SchoolAssignment.objects.filter(user=nurse).exists()


def test_an_upsert_writes_what_became_of_each_row(entries):
    old = DistrictFactory.create(code="OLD1")
    entries.skip()

    execute(
        "INSERT INTO districts (name, code) VALUES ('Changed', 'OLD1'), ('Added', 'NEW1') "
        "ON CONFLICT (code) DO UPDATE SET name = excluded.name"
    )

    new = District.objects.get(code="NEW1")
    assert sorted((entry.action, entry.key) for entry in entries.new()) == [
        ("CREATE", new.pk),
        ("UPDATE", old.pk),
    ]


def test_a_merge_writes_what_became_of_each_row(entries):
    changed, gone = DistrictFactory.create(code="OLD1"), DistrictFactory.create(code="OLD2")
    entries.skip()

    execute(
        "MERGE INTO districts d USING (VALUES ('OLD1'), ('OLD2'), ('NEW1')) AS wanted (code) ON d.code = wanted.code "
        "WHEN MATCHED AND d.code = 'OLD2' THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'Changed' "
        "WHEN NOT MATCHED THEN INSERT (name, code) VALUES ('Added', wanted.code)"
    )

    new = District.objects.get(code="NEW1")
    assert sorted((entry.action, entry.key) for entry in entries.new()) == [
        ("CREATE", new.pk),
        ("DELETE", gone.pk),
        ("UPDATE", changed.pk),
    ]


def test_a_row_that_changes_its_key_is_written_under_the_old_one(entries):
    district = DistrictFactory.create()
    entries.skip()

    execute("UPDATE districts SET id = uuidv7() WHERE id = %s", [district.pk])

    assert [(entry.action, entry.key) for entry in entries.new()] == [("UPDATE", district.pk)]


def test_a_record_that_moves_is_written_at_the_school_it_leaves(entries):
    old, new = SchoolFactory.create(), SchoolFactory.create()
    student = StudentFactory.create(school=old)
    record = HealthRecordFactory.create(student=student)
    entries.skip()

    student.school = new
    student.save()

    assert [(entry.table, entry.action, entry.school_id, entry.student_id) for entry in entries.new()] == [
        ("students", "UPDATE", old.pk, student.pk),
        ("health_records", "UPDATE", old.pk, student.pk),
    ]
    assert image_of("health_records", record.pk)["school_id"] == str(new.pk)


def test_no_image_holds_a_secret_or_a_generated_column(entries):
    user = UserFactory.create()
    entries.skip()

    user.set_password("another horse")
    user.save()
    execute("DELETE FROM users WHERE id = %s", [user.pk])

    found = entries.new("users")
    assert [entry.action for entry in found] == ["UPDATE", "DELETE"]
    for entry in found:
        assert not {"password", "search_vector"} & set(entry.image)
        assert entry.image["email"] == user.email


def test_the_triggers_are_told_every_generated_column_and_the_password():
    generated = query(
        "SELECT a.attrelid::regclass::text, a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
        "AND (a.attgenerated <> '' OR a.attname = 'password')"
    )
    arguments = dict(
        query(
            "SELECT tgrelid::regclass::text, encode(tgargs, 'escape') FROM pg_trigger "
            "WHERE tgname LIKE '%\\_audit\\_update'"
        )
    )

    assert len(generated) == 5
    for table, column in generated:
        assert column in arguments[table].split("\\000"), (table, column)


def test_who_did_it_and_why_is_written_with_it(entries):
    nurse = UserFactory.create()
    declared = {
        "actor_id": str(nurse.pk),
        "source": "web",
        "ip": "2001:db8::7",
        "user_agent": "Firefox",
        "request_id": "r-1",
        "reason": "Asked by the family",
    }
    for name, value in declared.items():
        execute("SELECT set_config(%s, %s, true)", [f"whitecross.{name}", value])

    district = DistrictFactory.create()

    assert query(
        "SELECT user_id, source, host(ip_address), user_agent, request_id, reason, "
        "transaction_id = pg_current_xact_id()::text::bigint FROM audit_logs WHERE entity_id = %s",
        [district.pk],
    ) == [(nurse.pk, "web", "2001:db8::7", "Firefox", "r-1", "Asked by the family", True)]


def test_without_a_declaration_the_program_is_the_source():
    execute("SET LOCAL application_name = 'psql'")

    district = DistrictFactory.create()

    assert query(
        "SELECT user_id, source, ip_address, user_agent, request_id, reason FROM audit_logs WHERE entity_id = %s",
        [district.pk],
    ) == [(None, "psql", None, None, None, None)]


def test_an_address_that_is_none_stops_nothing():
    execute("SELECT set_config('whitecross.ip', 'unknown', true)")

    district = DistrictFactory.create()

    assert query("SELECT ip_address FROM audit_logs WHERE entity_id = %s", [district.pk]) == [(None,)]


def test_a_change_that_is_rolled_back_leaves_no_entry(entries):
    execute("SAVEPOINT before")
    DistrictFactory.create()
    execute("ROLLBACK TO SAVEPOINT before")

    assert entries.new() == []


def test_the_plan_for_one_row_does_not_serve_ten_thousand(rows, entries):
    """A nested loop over both images would take a minute: 10,000 times 10,000 rows."""
    setting = rows.insert("system_configurations")
    execute(
        "INSERT INTO configuration_history (configuration_id, config_key, new_value) "
        "SELECT %s, 'test.key', n::text FROM generate_series(1, 10000) AS n",
        [setting],
    )
    execute("SET LOCAL statement_timeout = '40s'")
    for _ in range(2):
        execute("UPDATE configuration_history SET new_value = new_value || 'a' WHERE new_value IN ('77', '77a')")
    entries.skip()

    # Of this setting alone: that no second factor is asked for in tests is in the history as well.
    execute(
        "UPDATE configuration_history SET new_value = CASE WHEN new_value = '5' THEN '5' ELSE 'b' END "
        "WHERE configuration_id = %s",
        [setting],
    )

    assert len(entries.new("configuration_history")) == 9_999
    execute("SET LOCAL statement_timeout = 0")


def test_arrays_and_documents_are_kept_whole(entries):
    record = HealthRecordFactory.create(metadata={"source": ["a", {"b": 1.5}]}, attachments=["x.pdf", "y.pdf"])
    assert isinstance(record._meta.get_field("attachments"), ArrayField)
    entries.skip()

    execute("UPDATE health_records SET metadata = NULL, attachments = '{}' WHERE id = %s", [record.pk])

    (entry,) = entries.new()
    assert entry.image["metadata"] == {"source": ["a", {"b": 1.5}]}
    assert entry.image["attachments"] == ["x.pdf", "y.pdf"]


def test_users_are_written_at_log_in_by_the_change_itself(entries):
    user = UserFactory.create()
    entries.skip()

    User.objects.filter(pk=user.pk).update(last_login="2026-03-02T08:00:00Z")

    (entry,) = entries.new()
    assert (entry.table, entry.action, entry.key) == ("users", "UPDATE", user.pk)
    assert entry.image["last_login"] is None
