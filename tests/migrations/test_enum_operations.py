"""Enum types are made, extended, renamed and shortened by migrations, forwards and backwards."""

from typing import Any

import pytest
from django.db import DataError, connection, migrations
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter

from core.database.operations import AddEnumValue, CreateEnum, RemoveEnumValue, RenameEnumValue
from core.database.operations.enums import EnumValueInUseError

pytestmark = pytest.mark.django_db


def forwards(operation: Any) -> None:
    with connection.schema_editor(atomic=True) as editor:
        operation.database_forwards("core", editor, ProjectState(), ProjectState())


def backwards(operation: Any) -> None:
    with connection.schema_editor(atomic=True) as editor:
        operation.database_backwards("core", editor, ProjectState(), ProjectState())


def sql(operation: Any, direction: str = "forwards") -> list[str]:
    """What sqlmigrate would show."""
    with connection.schema_editor(collect_sql=True) as editor:
        getattr(operation, f"database_{direction}")("core", editor, ProjectState(), ProjectState())
    return list(editor.collected_sql)


def run(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def values(name: str = "Mood") -> list[str]:
    return [
        label
        for (label,) in run(
            "SELECT enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid "
            f"WHERE typname = '{name}' ORDER BY enumsortorder"
        )
    ]


@pytest.fixture
def mood() -> None:
    """An enum type in all the places one can stand: column, default, array, check, indexes, and a second table."""
    forwards(CreateEnum("Mood", ("GOOD", "FAIR", "BAD", "UGLY")))
    run(
        """
        CREATE TABLE moods (
            id serial PRIMARY KEY,
            mood "Mood" NOT NULL DEFAULT 'FAIR',
            before "Mood",
            moods "Mood"[] NOT NULL DEFAULT '{GOOD,BAD}',
            note text,
            CONSTRAINT moods_bad_noted CHECK (mood <> 'BAD' OR note IS NOT NULL),
            CONSTRAINT moods_noted CHECK (note <> '')
        );
        CREATE INDEX moods_plain ON moods (mood);
        CREATE INDEX moods_bad ON moods (id) WHERE mood = 'BAD';
        CREATE UNIQUE INDEX moods_pair ON moods (mood, before) WHERE before IN ('GOOD', 'BAD');
        COMMENT ON INDEX moods_bad IS 'the bad ones';
        COMMENT ON TYPE "Mood" IS 'How it goes';
        CREATE TABLE other_moods (mood "Mood" DEFAULT 'GOOD');
        INSERT INTO moods (mood, before, note) VALUES ('GOOD', NULL, NULL), ('BAD', 'GOOD', 'why');
        INSERT INTO other_moods VALUES ('GOOD'), ('FAIR');
        """
    )


def definitions() -> list[Any]:
    """All that the tables consist of, as PostgreSQL tells it."""
    return run(
        """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid IN ('moods'::regclass, 'other_moods'::regclass) AND attnum > 0
        UNION ALL
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '' FROM pg_constraint
        WHERE conrelid = 'moods'::regclass AND contype <> 'n'
        UNION ALL
        SELECT tablename, indexname, indexdef, obj_description(indexname::regclass, 'pg_class')
        FROM pg_indexes WHERE tablename = 'moods'
        UNION ALL
        SELECT 'type', typname, obj_description(oid, 'pg_type'), '' FROM pg_type WHERE typname LIKE 'Mood%'
        ORDER BY 1, 2, 3
        """
    )


OPERATIONS = [
    CreateEnum("Mood", ("GOOD", "BAD")),
    AddEnumValue("Mood", "FAIR", before="BAD"),
    AddEnumValue("Mood", "FAIR", after="GOOD"),
    AddEnumValue("Mood", "FAIR"),
    RenameEnumValue("Mood", "BAD", "POOR"),
    RemoveEnumValue("Mood", "BAD", before="UGLY"),
    RemoveEnumValue("Mood", "BAD"),
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.describe())
def test_it_survives_being_written_into_a_migration(operation):
    name, args, kwargs = operation.deconstruct()
    copy = type(operation)(*args, **kwargs)

    source, imports = OperationWriter(operation, indentation=0).serialize()

    assert copy.deconstruct() == operation.deconstruct()
    assert name in source
    assert imports == {"import core.database.operations.enums"}
    assert operation.describe()
    assert operation.migration_name_fragment.isidentifier()


def test_a_type_is_created_with_its_values_in_order_and_dropped():
    operation = CreateEnum("Mood", ("GOOD", "it's bad", "50 %"))

    assert sql(operation) == ["""CREATE TYPE "Mood" AS ENUM ('GOOD', 'it''s bad', '50 %');"""]
    assert sql(operation, "backwards") == ['DROP TYPE "Mood";']
    forwards(operation)
    assert values() == ["GOOD", "it's bad", "50 %"]
    backwards(operation)
    assert values() == []


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"before": "FAIR"}, ["GOOD", "FINE", "FAIR", "BAD", "UGLY"]),
        ({"after": "BAD"}, ["GOOD", "FAIR", "BAD", "FINE", "UGLY"]),
        ({}, ["GOOD", "FAIR", "BAD", "UGLY", "FINE"]),
    ],
)
def test_a_value_is_added_where_it_belongs_and_removed_again(mood, place, expected):
    before = definitions()
    operation = AddEnumValue("Mood", "FINE", **place)

    forwards(operation)
    assert values() == expected

    backwards(operation)
    assert values() == ["GOOD", "FAIR", "BAD", "UGLY"]
    assert definitions() == before


def test_a_value_cannot_go_before_and_after():
    with pytest.raises(ValueError, match="by `before` or by `after`, not by both"):
        AddEnumValue("Mood", "FINE", before="GOOD", after="BAD")


def test_a_value_is_renamed_in_every_row_and_back(mood):
    operation = RenameEnumValue("Mood", "BAD", "POOR")

    forwards(operation)
    assert run("SELECT mood::text FROM moods ORDER BY id") == [("GOOD",), ("POOR",)]

    backwards(operation)
    assert run("SELECT mood::text FROM moods ORDER BY id") == [("GOOD",), ("BAD",)]


def test_a_value_nobody_uses_is_removed_and_all_else_stays_to_the_letter(mood):
    before = definitions()
    rows = run("SELECT * FROM moods ORDER BY id")

    forwards(RemoveEnumValue("Mood", "UGLY"))

    assert values() == ["GOOD", "FAIR", "BAD"]
    assert definitions() == before
    assert run("SELECT * FROM moods ORDER BY id") == rows
    with pytest.raises(DataError, match='invalid input value for enum "Mood": "UGLY"'):
        run("INSERT INTO moods (mood) VALUES ('UGLY')")


def test_a_removed_value_returns_to_its_place(mood):
    run("UPDATE other_moods SET mood = 'GOOD'; ALTER TABLE moods ALTER COLUMN mood SET DEFAULT 'GOOD'")
    before = definitions()
    operation = RemoveEnumValue("Mood", "FAIR", before="BAD")

    forwards(operation)
    assert values() == ["GOOD", "BAD", "UGLY"]
    backwards(operation)

    assert values() == ["GOOD", "FAIR", "BAD", "UGLY"]
    assert definitions() == before


@pytest.mark.parametrize(
    ("value", "before_value", "holder"),
    [
        ("BAD", "UGLY", "moods.mood in 1 row; moods.moods in 2 rows; the default of moods.moods"),
        ("FAIR", "BAD", "the default of moods.mood; other_moods.mood in 1 row"),
    ],
)
def test_a_value_in_use_is_not_removed_and_nothing_changes(mood, value, before_value, holder):
    before, rows = definitions(), run("SELECT * FROM moods ORDER BY id")

    with pytest.raises(EnumValueInUseError) as refusal:
        forwards(RemoveEnumValue("Mood", value, before=before_value))

    assert f"while it is held by {holder}." in str(refusal.value)
    assert "why" not in str(refusal.value)
    assert values() == ["GOOD", "FAIR", "BAD", "UGLY"]
    assert definitions() == before
    assert run("SELECT * FROM moods ORDER BY id") == rows


def test_a_value_is_removed_only_from_the_place_the_migration_names(mood):
    with pytest.raises(ValueError, match="UGLY stands before None: say so with `before`"):
        forwards(RemoveEnumValue("Mood", "UGLY", before="GOOD"))
    with pytest.raises(ValueError, match="FAIR stands before BAD"):
        forwards(RemoveEnumValue("Mood", "FAIR"))

    assert values() == ["GOOD", "FAIR", "BAD", "UGLY"]


def test_removing_what_is_not_there_says_what_is(mood):
    with pytest.raises(ValueError, match=r"has no value 'SAD'; it has GOOD, FAIR, BAD, UGLY"):
        forwards(RemoveEnumValue("Mood", "SAD"))


def test_partitioned_tables_are_refused_with_nothing_changed(mood):
    run('CREATE TABLE many_moods (mood "Mood") PARTITION BY LIST (mood)')

    with pytest.raises(EnumValueInUseError, match=r"partitioned or inherited tables .*: many_moods"):
        forwards(RemoveEnumValue("Mood", "UGLY"))

    assert values() == ["GOOD", "FAIR", "BAD", "UGLY"]


def test_a_rewrite_that_takes_too_long_is_given_up_with_nothing_changed(mood, settings):
    settings.MIGRATION_LOCK_TIMEOUT = "20ms"
    before = definitions()
    run("INSERT INTO other_moods SELECT 'GOOD' FROM generate_series(1, 400000)")

    with pytest.raises(Exception, match="canceling statement due to statement timeout"):
        forwards(RemoveEnumValue("Mood", "UGLY"))

    assert values() == ["GOOD", "FAIR", "BAD", "UGLY"]
    assert definitions() == before


def test_each_of_our_enums_loses_a_value_and_gets_it_back_on_the_real_tables():
    """On the real schema, with its indexes and checks: the status of appointments stands in all of them."""
    before = run("SELECT indexdef FROM pg_indexes WHERE tablename = 'appointments' ORDER BY 1")
    operation = RemoveEnumValue("AppointmentStatus", "NO_SHOW", before="RESCHEDULED")

    forwards(operation)
    assert values("AppointmentStatus") == ["SCHEDULED", "IN_PROGRESS", "COMPLETED", "CANCELLED", "RESCHEDULED"]
    assert run("SELECT indexdef FROM pg_indexes WHERE tablename = 'appointments' ORDER BY 1") == before
    backwards(operation)

    assert values("AppointmentStatus")[-2:] == ["NO_SHOW", "RESCHEDULED"]


def test_sqlmigrate_of_a_removal_says_what_it_would_do():
    assert sql(RemoveEnumValue("Mood", "BAD")) == ["-- Type Mood is replaced by one without BAD; see RemoveEnumValue;"]


def test_the_state_of_the_models_is_left_alone():
    state = ProjectState()

    for operation in OPERATIONS:
        operation.state_forwards("core", state)

    assert state == ProjectState()
    assert isinstance(OPERATIONS[0], migrations.operations.base.Operation)
