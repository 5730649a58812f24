"""Functions, triggers, foreign key rules, index builds and statistics, forwards and backwards."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import OperationWriter
from django.db.models import Index
from django.db.transaction import TransactionManagementError

from core.database.operations import (
    AddPolicy,
    AnalyzeTables,
    BuildIndexes,
    CreateFunction,
    CreateTrigger,
    CreateUuidV7,
    DeleteTrees,
    DropIndexes,
    KnowOldSigners,
    KnowOldStaff,
    KnowSigners,
    LockTables,
    MarkDeletions,
    NameSeen,
    Policy,
    RefuseDelete,
    RefuseTruncate,
    ReplacePolicies,
    SetForeignKeyRule,
    StampNewRows,
    StampRows,
)
from tests.factories.core import StudentFactory, UserFactory

TWICE = "CREATE OR REPLACE FUNCTION twice(integer) RETURNS integer LANGUAGE sql AS $$ SELECT 2 * $1 $$"
TWICE_BETTER = "CREATE OR REPLACE FUNCTION twice(integer) RETURNS integer LANGUAGE sql AS $$ SELECT $1 + $1 $$"


def state() -> ProjectState:
    """The models as they are."""
    project = ProjectState()
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.auto_created:
            project.add_model(ModelState.from_model(model))
    return project


def apply(operation: Any, direction: str = "forwards", *, atomic: bool = True, project: Any = None) -> None:
    project = project or ProjectState()
    with connection.schema_editor(atomic=atomic) as editor:
        getattr(operation, f"database_{direction}")("core", editor, project, project)


def sql(operation: Any, direction: str = "forwards", project: Any = None) -> list[str]:
    project = project or ProjectState()
    with connection.schema_editor(collect_sql=True, atomic=operation.atomic) as editor:
        getattr(operation, f"database_{direction}")("core", editor, project, project)
    return list(editor.collected_sql)


def rows(statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize(
    "operation",
    [
        CreateFunction(TWICE),
        CreateFunction(TWICE_BETTER, previous=TWICE),
        CreateUuidV7(),
        CreateTrigger("t", "districts", "BEFORE UPDATE", "FOR EACH ROW EXECUTE FUNCTION stamp_row()"),
        StampRows(["districts", "schools"]),
        StampNewRows(["districts", "schools"]),
        MarkDeletions(["students"]),
        DeleteTrees(["students"]),
        RefuseDelete(["students"]),
        RefuseTruncate(["students", "districts"]),
        SetForeignKeyRule("User", "school", "SET NULL"),
        KnowSigners(["students"]),
        KnowOldSigners(["students", "contacts"]),
        KnowOldStaff(),
        NameSeen("students", ["nurse_id"]),
        ReplacePolicies(
            "schools", [Policy("a", to="whitecross_app")], [Policy("b", to="whitecross_app", using="true")]
        ),
        AddPolicy("schools", Policy("a", to="whitecross_app", using="true")),
        LockTables(["users", "students"], "ACCESS EXCLUSIVE", undoing=["schools"]),
        BuildIndexes("District", [Index(fields=["city"], name="idx_city")]),
        DropIndexes("District", ["idx_city"]),
        AnalyzeTables(["districts"]),
    ],
    ids=lambda operation: operation.describe(),
)
def test_it_survives_being_written_into_a_migration(operation):
    name, args, kwargs = operation.deconstruct()

    source, imports = OperationWriter(operation, indentation=0).serialize()

    assert type(operation)(*args, **kwargs).deconstruct() == operation.deconstruct()
    assert name in source
    assert all("core.database.operations" in line or "django" in line for line in imports)
    assert operation.migration_name_fragment.isidentifier()


@pytest.mark.django_db
def test_a_function_is_created_and_dropped():
    operation = CreateFunction(TWICE)

    apply(operation)
    assert rows("SELECT twice(4)") == [(8,)]
    apply(operation, "backwards")

    assert rows("SELECT to_regprocedure('twice(integer)')") == [(None,)]
    assert (operation.name, operation.signature, operation.body) == ("twice", "twice(integer)", " SELECT 2 * $1 ")


@pytest.mark.django_db
def test_a_new_body_gives_way_to_the_previous_one():
    apply(CreateFunction(TWICE))
    operation = CreateFunction(TWICE_BETTER, previous=TWICE)

    apply(operation)
    assert "$1 + $1" in rows("SELECT prosrc FROM pg_proc WHERE proname = 'twice'")[0][0]
    apply(operation, "backwards")

    assert "2 * $1" in rows("SELECT prosrc FROM pg_proc WHERE proname = 'twice'")[0][0]


@pytest.mark.django_db
def test_uuidv7_for_older_servers_makes_version_7_keys_in_the_order_of_time():
    body = CreateUuidV7().definition.replace("uuidv7()", "uuidv7_of_ours()")
    rows(body)

    made = "SELECT uuidv7_of_ours() AS id, n FROM generate_series(1, 2000) AS n"
    keys = [key for (key,) in rows(f"SELECT id::text FROM ({made}) AS made ORDER BY n")]

    assert len(set(keys)) == 2000
    assert {key[14] for key in keys} == {"7"}
    assert {key[19] for key in keys} <= set("89ab")
    # Two keys may share a fraction of a millisecond (1/4096); apart from those, later is larger.
    fractions = [key[:18] for key in keys]
    assert fractions == sorted(fractions)


@pytest.mark.django_db
def test_uuidv7_leaves_the_servers_own_alone():
    apply(CreateUuidV7())

    made = rows("SELECT pronamespace::regnamespace::text FROM pg_proc WHERE proname = 'uuidv7' ORDER BY 1")

    native = connection.pg_version >= CreateUuidV7.NATIVE_SINCE
    assert ("pg_catalog",) in made if native else made == [("public",)]
    assert (("public",) in made) is not native


@pytest.mark.django_db
def test_triggers_are_created_and_dropped():
    operation = CreateTrigger("a_stamp", "auth_group", "BEFORE UPDATE", "FOR EACH ROW EXECUTE FUNCTION stamp_row()")
    count = "SELECT count(*) FROM pg_trigger WHERE tgname = 'a_stamp'"

    apply(operation)
    assert rows(count) == [(1,)]
    apply(operation, "backwards")

    assert rows(count) == [(0,)]


def test_stamping_names_the_trigger_by_its_table():
    assert sql(StampRows(["districts"])) == [
        "CREATE TRIGGER districts_stamp BEFORE UPDATE ON districts FOR EACH ROW EXECUTE FUNCTION stamp_row();"
    ]
    assert sql(StampRows(["districts", "schools"]), "backwards") == [
        "DROP TRIGGER schools_stamp ON schools;",
        "DROP TRIGGER districts_stamp ON districts;",
    ]


def test_the_guard_s_triggers_are_named_by_their_table_and_dropped_in_reverse():
    assert sql(RefuseDelete(["students"])) == [
        "CREATE TRIGGER students_guard BEFORE DELETE ON students FOR EACH ROW EXECUTE FUNCTION guard_delete();"
    ]
    assert sql(RefuseTruncate(["districts"])) == [
        "CREATE TRIGGER districts_full BEFORE TRUNCATE ON districts FOR EACH STATEMENT EXECUTE FUNCTION guard_delete();"
    ]
    assert sql(DeleteTrees(["students"])) == [
        "CREATE TRIGGER students_along AFTER UPDATE ON students REFERENCING OLD TABLE AS _old NEW TABLE AS _new "
        "FOR EACH STATEMENT EXECUTE FUNCTION soft_delete_tree();"
    ]
    assert [statement.split(" FOR ")[0] for statement in sql(MarkDeletions(["students"]))] == [
        "CREATE TRIGGER students_mark BEFORE UPDATE ON students",
        "CREATE TRIGGER students_mark_new BEFORE INSERT ON students",
    ]
    assert sql(MarkDeletions(["students"]), "backwards") == [
        "DROP TRIGGER students_mark_new ON students;",
        "DROP TRIGGER students_mark ON students;",
    ]
    assert sql(StampNewRows(["districts", "schools"]), "backwards") == [
        "DROP TRIGGER schools_stamped ON schools;",
        "DROP TRIGGER districts_stamped ON districts;",
    ]


@pytest.mark.django_db
def test_a_foreign_key_gets_its_rule_and_loses_it():
    operation, project = SetForeignKeyRule("User", "school", "SET NULL"), state()
    rule = (
        "SELECT confdeltype::text FROM pg_constraint WHERE conrelid = 'users'::regclass AND contype = 'f' "
        "AND conkey = (SELECT array_agg(attnum) FROM pg_attribute "
        "WHERE attrelid = 'users'::regclass AND attname = 'school_id')"
    )
    assert rows(rule) == [("n",)]

    apply(operation, "backwards", project=project)
    assert rows(rule) == [("a",)]
    apply(operation, project=project)

    assert rows(rule) == [("n",)]


@pytest.mark.django_db
def test_indexes_are_not_built_inside_a_transaction():
    operation = BuildIndexes("District", [Index(fields=["city"], name="idx_city")])

    with pytest.raises(TransactionManagementError, match="set `atomic = False` on the migration"):
        apply(operation, atomic=False, project=state())


@pytest.mark.django_db(transaction=True)
def test_indexes_are_built_kept_and_dropped():
    project = state()
    indexes = [Index(fields=["city"], name="idx_city"), Index(fields=["zip_code"], name="idx_zip")]
    operation = BuildIndexes("District", indexes)
    there = (
        "SELECT indexrelid::oid, indexrelid::regclass::text FROM pg_index "
        "WHERE indexrelid::regclass::text IN ('idx_city', 'idx_zip') ORDER BY 2"
    )

    apply(operation, atomic=False, project=project)
    first = rows(there)
    apply(operation, atomic=False, project=project)
    second = rows(there)
    apply(operation, "backwards", atomic=False, project=project)

    assert [name for _, name in first] == ["idx_city", "idx_zip"]
    assert second == first
    assert rows(there) == []
    assert rows("SELECT current_setting('lock_timeout')") == [("0",)]


def test_building_adds_the_indexes_to_the_state_and_reads_as_concurrent_sql():
    project = state()
    operation = BuildIndexes("District", [Index(fields=["city"], name="idx_city")])

    operation.state_forwards("core", project)

    assert "idx_city" in [index.name for index in project.models["core", "district"].options["indexes"]]


@pytest.mark.django_db
def test_sqlmigrate_shows_concurrent_builds():
    operation = BuildIndexes("District", [Index(fields=["city"], name="idx_city")])

    assert sql(operation, project=state()) == ['CREATE INDEX CONCURRENTLY "idx_city" ON "districts" ("city");']
    assert sql(operation, "backwards", project=state()) == ['DROP INDEX CONCURRENTLY IF EXISTS "idx_city";']


@pytest.mark.django_db
def test_dropping_takes_the_indexes_from_the_state_and_reads_as_concurrent_sql():
    before, after = state(), state()
    BuildIndexes("District", [Index(fields=["city"], name="idx_city")]).state_forwards("core", before)
    operation = DropIndexes("District", ["idx_city"])

    built = before.clone()
    operation.state_forwards("core", built)
    assert built.models["core", "district"].options["indexes"] == after.models["core", "district"].options["indexes"]

    def collected(direction, from_state, to_state):
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            getattr(operation, f"database_{direction}")("core", editor, from_state, to_state)
        return editor.collected_sql

    assert collected("forwards", before, after) == ['DROP INDEX CONCURRENTLY IF EXISTS "idx_city";']
    assert collected("backwards", after, before) == ['CREATE INDEX CONCURRENTLY "idx_city" ON "districts" ("city");']


@pytest.mark.django_db
def test_statistics_are_gathered():
    assert sql(AnalyzeTables(["districts", "schools"])) == ['ANALYZE "districts", "schools";']
    assert sql(AnalyzeTables(["districts"]), "backwards") == []


@pytest.mark.django_db
def test_policies_are_replaced_and_put_back():
    said = "SELECT policyname::text, qual FROM pg_policies WHERE tablename = 'districts' AND policyname ~ 'read|active'"
    before = rows(said)
    old = Policy("districts_read", to="whitecross_app, whitecross_district", using=before[0][1], command="SELECT")
    operation = ReplacePolicies("districts", [old], [Policy("active_ones", to="whitecross_app", using="is_active")])

    apply(operation)
    assert rows(said) == [("active_ones", "is_active")]
    apply(operation, "backwards")

    assert rows(said) == before


A_POLICY = AddPolicy("districts", Policy("active_ones", to="whitecross_app", using="is_active"))


@pytest.mark.django_db(transaction=True)
def test_a_policy_is_added_in_a_transaction_of_its_own_as_often_as_one_likes_and_dropped():
    said = "SELECT qual FROM pg_policies WHERE policyname = 'active_ones'"

    for _ in range(2):  # a kill may have come behind the first time
        apply(A_POLICY, atomic=False)
    assert rows(said) == [("is_active",)]
    for _ in range(2):
        apply(A_POLICY, "backwards", atomic=False)

    assert rows(said) == []


@pytest.mark.django_db
def test_a_policy_is_not_added_inside_the_transaction_of_others():
    with pytest.raises(TransactionManagementError, match="set `atomic = False` on the migration"):
        apply(A_POLICY)


@pytest.mark.django_db
def test_sqlmigrate_shows_the_transaction_of_a_policy():
    drop = "DROP POLICY IF EXISTS active_ones ON districts;"

    assert sql(A_POLICY) == [
        "BEGIN;",
        drop,
        "CREATE POLICY active_ones ON districts FOR ALL TO whitecross_app USING (is_active);",
        "COMMIT;",
    ]
    assert sql(A_POLICY, "backwards") == ["BEGIN;", drop, "COMMIT;"]


HELD = (
    "SELECT relation::regclass::text, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' "
    "AND relation::regclass::text IN ('students', 'users', 'schools') ORDER BY 1"
)


@pytest.mark.django_db
def test_tables_are_locked_together_each_way():
    operation = LockTables(["students", "users"], undoing=["schools"])

    apply(operation)
    forwards = rows(HELD)
    apply(operation, "backwards")

    assert forwards == [("students", "ShareRowExclusiveLock"), ("users", "ShareRowExclusiveLock")]
    assert rows(HELD) == [("schools", "AccessExclusiveLock"), *forwards]
    assert sql(LockTables([], undoing=["schools"])) == []


def test_who_waits_for_one_of_the_tables_holds_none_of_the_others(migrated):
    """So whoever has them in another order goes on: nobody writes into the second while it holds the first in vain."""
    locking = sql(LockTables(["students", "users"]))[0]
    with psycopg.connect(migrated.url) as writer, psycopg.connect(migrated.url) as migration:
        writer.execute("LOCK TABLE users IN ROW EXCLUSIVE MODE")
        with ThreadPoolExecutor(1) as pool:
            locked = pool.submit(migration.execute, locking.encode())
            deadline = time.monotonic() + 30
            while migrated.execute("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(0,)]:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            writer.execute("SET LOCAL lock_timeout = '5s'")
            writer.execute("LOCK TABLE students IN ROW EXCLUSIVE MODE")
            writer.rollback()
            locked.result(timeout=30)
        assert migration.execute(HELD.encode()).fetchall() == [
            ("students", "ShareRowExclusiveLock"),
            ("users", "ShareRowExclusiveLock"),
        ]


@pytest.mark.parametrize("busy", ["students", "users"])
def test_tables_that_others_keep_are_given_up_in_time_and_none_is_kept(migrated, busy: str):
    locking = sql(LockTables(["students", "users"]))[0]
    with psycopg.connect(migrated.url) as writer, psycopg.connect(migrated.url, autocommit=True) as migration:
        writer.execute(f"LOCK TABLE {busy} IN ROW EXCLUSIVE MODE".encode())
        migration.execute("SET lock_timeout = '100ms'")

        with pytest.raises(psycopg.errors.LockNotAvailable):
            migration.execute(locking.encode())

        assert migration.execute(HELD.encode()).fetchall() == []


@pytest.mark.django_db
def test_a_district_comes_to_know_who_signed_before_there_was_a_trigger():
    student = StudentFactory.create(nurse=None)
    nurse = UserFactory.create()
    for trigger in KnowSigners(["students"]).triggers():
        rows(f"DROP TRIGGER {trigger.name} ON students")
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    type(student).objects.filter(pk=student.pk).update(nurse=nurse)
    nurse.refresh_from_db()
    assert nurse.known_to == []

    for _ in range(2):  # it can be run again
        apply(KnowOldSigners(["students"]))

    nurse.refresh_from_db()
    assert nurse.known_to == [student.school.district_id]
