"""Health records are erased in a declared purge only."""

import pytest
from django.db import IntegrityError, connection, models

from core.admin.database_errors import explain
from core.models import Student
from core.purging import PurgeRefusedError, declared_purge
from demo.state import empty_demo_tables
from tests.core.soft_delete_rows import ONE_OF_EACH, SOFT_DELETED, live_counts, student_with_records
from tests.factories.core import DistrictFactory, LegalHoldFactory, SchoolFactory
from tests.safeguards.actors import through_the_web
from tests.schema.rows import execute, query
from tests.test_factories import FACTORIES, OUR_MODELS

pytestmark = pytest.mark.django_db

every_phi_model = pytest.mark.parametrize("model", SOFT_DELETED, ids=lambda model: model.__name__)
# The audit log has guards of its own, which heed no purge.
GUARDED = [model for model in OUR_MODELS if model._meta.app_label != "audit"]
every_model = pytest.mark.parametrize("model", GUARDED, ids=lambda model: model.__name__)
REFUSED = "cannot be erased"


def test_every_table_with_phi_columns_refuses_to_lose_a_row():
    phi = query(
        "SELECT DISTINCT d.objoid::regclass::text FROM pg_description d JOIN pg_class c ON c.oid = d.objoid "
        "WHERE d.classoid = 'pg_class'::regclass AND d.objsubid > 0 AND d.description LIKE 'PHI: %' "
        "AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    guarded = query(
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'guard_delete()'::regprocedure "
        "AND tgtype & 8 <> 0 AND tgenabled = 'O'"
    )

    assert sorted(guarded) == sorted(phi)


def test_every_table_of_ours_refuses_to_be_emptied():
    guarded = query(
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'guard_delete()'::regprocedure "
        "AND tgtype & 32 <> 0 AND tgenabled = 'O'"
    )

    assert sorted(table for (table,) in guarded) == sorted(model._meta.db_table for model in GUARDED)


@every_phi_model
def test_a_row_is_erased_on_no_path(model, refused):
    row, deleted = FACTORIES[model].create_batch(2)
    deleted.delete()
    table = model._meta.db_table

    with refused(REFUSED, IntegrityError) as caught:
        execute(f"DELETE FROM {table} WHERE id = %s", [row.pk])
    with refused(REFUSED, IntegrityError):
        execute(f"DELETE FROM {table} WHERE id = %s", [deleted.pk])
    with refused(REFUSED, IntegrityError):
        models.QuerySet(model).filter(pk=row.pk).delete()
    with refused(REFUSED, IntegrityError):
        models.Model.delete(row)
    with refused(REFUSED, IntegrityError):
        execute(f"WITH gone AS (DELETE FROM {table} RETURNING id) SELECT * FROM gone")
    with refused(REFUSED, IntegrityError):
        execute(f"MERGE INTO {table} r USING (SELECT %s::uuid k) k ON id = k WHEN MATCHED THEN DELETE", [row.pk])
    with refused(REFUSED, IntegrityError), through_the_web():
        execute(f"DELETE FROM {table}")

    assert model.all_objects.count() == 2
    assert explain(caught.value) == (
        f"Rows of {model._meta.verbose_name_plural} cannot be erased. "
        "Mark them as deleted (soft delete); what need be kept no longer, purge_records erases."
    )
    assert not hasattr(model, "hard_delete")


@every_model
def test_no_table_is_emptied(model, refused):
    execute("SET CONSTRAINTS ALL IMMEDIATE")

    with refused(REFUSED, IntegrityError):
        execute(f"TRUNCATE {model._meta.db_table} CASCADE")


def test_a_purge_without_a_reason_is_none(refused):
    student_with_records()
    execute("SELECT set_config('whitecross.purge', '', true)")

    with refused(REFUSED, IntegrityError):
        execute("DELETE FROM students")

    assert live_counts() == ONE_OF_EACH


def test_a_role_of_the_web_cannot_declare_a_purge(refused):
    student_with_records()

    with refused(REFUSED, IntegrityError), through_the_web():
        execute("SELECT set_config('whitecross.purge', 'because I can', true)")
        execute("DELETE FROM students")

    assert live_counts() == ONE_OF_EACH


def test_a_purge_declared_in_sql_erases_a_student_with_every_record():
    student, other = student_with_records(), student_with_records()

    execute("SELECT set_config('whitecross.purge', 'Ordered by the court', true)")
    execute("DELETE FROM students WHERE id = %s", [student.pk])

    assert Student.objects.get() == other
    assert live_counts() == ONE_OF_EACH


def test_a_purge_ends_with_its_block(refused):
    student_with_records()
    with declared_purge("Test"):
        pass

    with refused(REFUSED, IntegrityError):
        execute("DELETE FROM students")
    with pytest.raises(PurgeRefusedError, match="needs a reason"), declared_purge(" "):
        pass


def test_what_is_nobody_s_health_information_is_erased_as_its_keys_say():
    SchoolFactory.create()
    DistrictFactory.create()

    execute("DELETE FROM districts")

    assert query("SELECT count(*) FROM schools") == [(0,)]


def test_the_tables_of_a_demo_are_emptied_unless_a_hold_is_open(refused):
    student = student_with_records()
    hold = LegalHoldFactory.create(student=student)
    execute("SET CONSTRAINTS ALL IMMEDIATE")

    with refused("while a legal hold is open", IntegrityError):
        empty_demo_tables()
    hold.released_reason = "Settled"
    hold.save()
    empty_demo_tables()

    assert query("SELECT count(*) FROM students") == query("SELECT count(*) FROM legal_holds") == [(0,)]


def test_an_update_cannot_take_the_place_of_a_deletion(refused):
    student = student_with_records()

    with refused("violates foreign key constraint", IntegrityError):
        execute("UPDATE students SET id = gen_random_uuid()")

    assert Student.objects.get() == student
    assert connection.in_atomic_block
