"""What holds for every table whose rows are marked as deleted instead of being removed."""

import uuid

import pytest
from django.db import IntegrityError
from django.utils import timezone

from core.database.soft_delete import SoftDeleteModel
from core.models import Student
from tests.core.soft_delete_rows import SOFT_DELETED
from tests.test_factories import FACTORIES, OUR_MODELS

pytestmark = pytest.mark.django_db

every_model = pytest.mark.parametrize("model", SOFT_DELETED, ids=lambda model: model.__name__)


def test_the_tables_with_phi_are_the_soft_deleted_ones():
    with_phi = {model._meta.db_table for model in OUR_MODELS if "(PHI)" in model._meta.db_table_comment}
    assert {model._meta.db_table for model in SOFT_DELETED} == with_phi - {"audit_logs"}
    assert len(SOFT_DELETED) == 14


@every_model
def test_a_deleted_row_is_marked_and_kept(model):
    row = FACTORIES[model].create()
    before = timezone.now()

    result = row.delete()

    assert result == (1, {model._meta.label: 1})
    assert before <= row.deleted_at <= timezone.now()
    assert isinstance(row.deletion_id, uuid.UUID)
    assert not model.objects.exists()
    kept = model.all_objects.get()
    assert (kept.pk, kept.deleted_at, kept.deletion_id) == (row.pk, row.deleted_at, row.deletion_id)


@every_model
def test_a_restored_row_is_live_and_bears_no_mark(model):
    row = FACTORIES[model].create()
    row.delete()

    result = row.restore()

    assert result == (1, {model._meta.label: 1})
    assert (row.deleted_at, row.deletion_id) == (None, None)
    assert model.objects.get() == row


@every_model
def test_a_queryset_deletes_and_restores_its_rows_under_one_mark(model):
    rows = FACTORIES[model].create_batch(3)
    chosen = model.objects.filter(pk__in=[rows[0].pk, rows[1].pk])

    deleted = chosen.delete()

    assert deleted == (2, {model._meta.label: 2})
    assert list(model.objects.all()) == [rows[2]]
    assert len(set(model.all_objects.deleted().values_list("deletion_id", "deleted_at"))) == 1

    restored = model.all_objects.all().restore()

    assert restored == (2, {model._meta.label: 2})
    assert model.objects.count() == 3


@every_model
def test_deleting_or_restoring_twice_does_nothing_the_second_time(model):
    row = FACTORIES[model].create()
    row.delete()
    mark = row.deletion_id

    assert row.delete() == (0, {})
    assert row.deletion_id == mark
    assert model.all_objects.all().delete() == (0, {})
    row.restore()
    assert row.restore() == (0, {})
    assert model.objects.none().delete() == (0, {})


@every_model
def test_a_deleted_row_can_be_refreshed(model):
    row = FACTORIES[model].create()
    model.objects.filter(pk=row.pk).delete()

    row.refresh_from_db()

    assert row.deleted_at is not None


@every_model
def test_a_deleted_row_is_saved_in_place(model):
    row = FACTORIES[model].create()
    row.delete()

    row.save()

    assert model.all_objects.count() == 1
    assert not model.objects.exists()


@every_model
def test_a_live_row_cannot_bear_a_mark(model, refused):
    row = FACTORIES[model].create()

    with refused(f"{model._meta.db_table}_mark", IntegrityError):
        model.objects.filter(pk=row.pk).update(deletion_id=uuid.uuid4())


@every_model
def test_the_managers_tell_live_from_deleted(model):
    live, gone = FACTORIES[model].create_batch(2)
    gone.delete()

    assert list(model.objects.all()) == [live]
    assert list(model.all_objects.live()) == [live]
    assert list(model.all_objects.deleted()) == [gone]
    assert model.all_objects.count() == 2
    assert model._default_manager.count() == 1
    assert model._base_manager.count() == 2


@every_model
def test_a_row_never_saved_cannot_be_deleted_or_restored(model):
    row = FACTORIES[model].build()

    with pytest.raises(ValueError, match="was never saved"):
        row.delete()
    with pytest.raises(ValueError, match="was never saved"):
        row.restore()


@pytest.mark.parametrize("method", ["delete", "restore"])
def test_a_manager_has_no_method_that_touches_all_rows_at_once(method):
    assert not hasattr(Student.objects, method)
    assert not hasattr(Student.all_objects, method)


@pytest.mark.parametrize("method", ["delete", "restore"])
def test_templates_and_admin_know_that_these_methods_change_rows(method):
    assert getattr(SoftDeleteModel, method).alters_data
    assert getattr(Student.objects.all(), method).alters_data
