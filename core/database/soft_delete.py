"""Rows that are marked as deleted instead of being removed.

A deleted row keeps its data, frees its unique values, and can be restored. What a row owns goes and comes back with
it, in the database, by the trigger `<table>_along`: ownership is the foreign keys that cascade there, so the two
can never disagree. All rows that one call deletes bear the same `deletion_id`; restoring brings back exactly the rows
that bear their owner's mark, so that a record deleted on its own before its student stays deleted when the student
returns. Nothing here erases a row: only `purge_records` does.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar

from django.db import models, router, transaction
from django.db.models import DB_CASCADE, CharField, Count, F, Q, Value
from django.db.models.functions import Now

Deleted = tuple[int, dict[str, int]]
Method = TypeVar("Method", bound=Callable[..., Any])


class OwnerIsDeletedError(Exception):
    """A row cannot be restored while the row that owns it is deleted."""

    def __init__(self, model: type[models.Model], owner: type[models.Model], count: int) -> None:
        names = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
        super().__init__(
            f"{count} {names} cannot be restored while their {owner._meta.verbose_name} is deleted. "
            f"Restore the {owner._meta.verbose_name} first."
        )
        self.count = count


def _alters_data(*, queryset_only: bool = False) -> Callable[[Method], Method]:
    """Mark a method as Django marks its own: no template calls it, and no manager has it if it is a queryset's only."""

    def mark(method: Method) -> Method:
        method.__dict__.update(alters_data=True, queryset_only=queryset_only)
        return method

    return mark


class SoftDeleteQuerySet(models.QuerySet[Any]):
    def live(self) -> Self:
        """Rows that are not deleted."""
        return self.filter(deleted_at=None)

    def deleted(self) -> Self:
        """Rows that are deleted and can be restored."""
        return self.exclude(deleted_at=None)

    @_alters_data(queryset_only=True)
    def delete(self) -> Deleted:
        """Mark the live rows as deleted; the database takes along all they own. A constant number of queries.

        Returns what Django's own `delete()` returns: the number of rows, and that number per model label.
        """
        self._refuse_slices("delete")
        using = router.db_for_write(self.model)
        mark = uuid.uuid4()
        with transaction.atomic(using=using):
            rows = _lock(self.using(using).filter(deleted_at=None), deleted_at=None)
            if rows is None:
                return 0, {}
            count = rows.update(deleted_at=Now(), deletion_id=mark)
            return _summary(self.model, count, _owned_counts(self.model, rows, deletion_id=mark))

    @_alters_data(queryset_only=True)
    def restore(self) -> Deleted:
        """Bring deleted rows back; the database brings exactly those that were deleted along with them.

        Returns the number of rows, and that number per model label.

        Raises:
            OwnerIsDeletedError: the owner of one of the rows is deleted; nothing is restored.
            IntegrityError: a live row has taken a unique value since; nothing is restored.
        """
        self._refuse_slices("restore")
        using = router.db_for_write(self.model)
        deleted = self.using(using).exclude(deleted_at=None)
        owners = owner_fields(self.model)
        with transaction.atomic(using=using):
            rows = _lock(deleted, deleted_at__isnull=False)
            if rows is None:
                return 0, {}
            for owner in owners:
                if orphans := rows.filter(owner_is_deleted([owner])).count():
                    raise OwnerIsDeletedError(self.model, owner.related_model, orphans)
            # Restored rows bear no mark, so what comes along is counted before.
            owned = _owned_counts(self.model, rows, deletion_id=None)
            return _summary(self.model, rows.update(deleted_at=None, deletion_id=None), owned)

    def _refuse_slices(self, method: str) -> None:
        if self.query.is_sliced:
            raise TypeError(f"Cannot use 'limit' or 'offset' with {method}().")


class LiveManager(models.Manager.from_queryset(SoftDeleteQuerySet)):  # type: ignore[misc]  # made at run time
    """The rows that are not deleted."""

    def get_queryset(self) -> SoftDeleteQuerySet:
        return super().get_queryset().filter(deleted_at=None)


class AllManager(models.Manager.from_queryset(SoftDeleteQuerySet)):  # type: ignore[misc]  # made at run time
    """Every row, deleted or not."""


class SoftDeleteModel(models.Model):
    """A row that is marked as deleted instead of being removed."""

    deleted_at = models.DateTimeField(
        null=True, blank=True, editable=False, db_comment="When the row was deleted; null for a live row"
    )
    deletion_id = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        db_comment="Mark shared by all rows deleted in one go, by which they are restored",
    )

    objects = LiveManager()
    all_objects = AllManager()

    class Meta:
        abstract = True
        base_manager_name = "all_objects"  # a record still reads the name of its deleted student

    @_alters_data()
    def delete(self, using: str | None = None, keep_parents: bool = False) -> Deleted:
        """Mark this row, and all it owns, as deleted. Returns what Django's own `delete()` returns."""
        result = self._alone(using).delete()
        self.refresh_from_db(using=using, fields=["deleted_at", "deletion_id"])
        return result

    @_alters_data()
    def restore(self, using: str | None = None) -> Deleted:
        """Bring this row back, with exactly the rows that were deleted along with it.

        Raises:
            OwnerIsDeletedError: the row that owns this one is deleted.
            IntegrityError: a live row has taken a unique value since.
        """
        result = self._alone(using).restore()
        self.refresh_from_db(using=using, fields=["deleted_at", "deletion_id"])
        return result

    def _alone(self, using: str | None) -> SoftDeleteQuerySet:
        if self._state.adding:
            raise ValueError(f"This {self._meta.verbose_name} was never saved, so it cannot be deleted or restored.")
        rows: Any = type(self)._base_manager.using(using or self._state.db)
        result: SoftDeleteQuerySet = rows.filter(pk=self.pk)
        return result


def soft_delete_constraint(table: str) -> models.CheckConstraint:
    """A live row bears no mark: a stale one would bring the row back with an owner it did not go with."""
    return models.CheckConstraint(
        condition=models.Q(deletion_id=None) | models.Q(deleted_at__isnull=False),
        name=f"{table}_mark",
        violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
    )


def owned_models(model: type[models.Model], path: str = "") -> Iterator[tuple[type[models.Model], str]]:
    """Models whose rows belong to a row of `model`, owned rows of owned rows first, each with the path back to it."""
    for relation in model._meta.related_objects:
        if relation.on_delete is DB_CASCADE:
            step = relation.field.name + (f"__{path}" if path else "")
            yield from owned_models(relation.related_model, step)
            yield relation.related_model, step


def owner_fields(model: type[models.Model]) -> list[Any]:
    """Foreign keys of `model` to the soft-deleted models that own its rows, without which these cannot come back."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.remote_field is not None
        and field.remote_field.on_delete is DB_CASCADE
        and field.related_model is not None
        and issubclass(field.related_model, SoftDeleteModel)
    ]


def owner_is_deleted(owners: list[Any]) -> Q:
    """Rows one of whose owners, given by the foreign keys to them, is deleted."""
    condition = Q(pk__in=[])
    for owner in owners:
        condition |= Q(**{f"{owner.name}__deleted_at__isnull": False})
    return condition


def _lock(rows: SoftDeleteQuerySet, **still: Any) -> SoftDeleteQuerySet | None:
    """The same rows by their keys, which nobody else deletes or restores until the transaction ends; None for no rows.

    Rows that were deleted or restored while the lock was waited for are left out: `still` says what must hold. Locked
    in the order of their keys, so that two at once wait for one another instead of ending in a deadlock.
    """
    base: Any = rows.model._base_manager.using(rows.db)
    # Owners before rows, as the database itself locks them when it deletes or restores an owner.
    for owner in owner_fields(rows.model):
        _lock_owners(owner, rows)
    wanted = base.filter(pk__in=rows.order_by().values("pk"), **still).order_by("pk")
    keys = list(wanted.select_for_update(no_key=True).values_list("pk", flat=True))
    locked: SoftDeleteQuerySet = base.filter(pk__in=keys)
    return locked if keys else None


def _lock_owners(owner: Any, rows: SoftDeleteQuerySet) -> None:
    """Keep the owners of rows from being deleted until the transaction ends; waits for a deletion under way."""
    owners: Any = owner.related_model._base_manager.using(rows.db)
    keys = rows.order_by().exclude(**{owner.name: None}).values(owner.attname)
    list(owners.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _owned_counts(
    model: type[models.Model], rows: SoftDeleteQuerySet, *, deletion_id: uuid.UUID | None
) -> list[tuple[str, int]]:
    """How many rows of each kind bear a mark, or that of their owner, and belong to the rows. One query for all kinds.

    Never more than what the person who asks may see.
    """
    counts = []
    for owned, path in owned_models(model):
        if issubclass(owned, SoftDeleteModel):
            mark = deletion_id or F(f"{path}__deletion_id")
            counted = owned._base_manager.using(rows.db).filter(**{f"{path}__in": rows, "deletion_id": mark})
            label = Value(owned._meta.label, output_field=CharField())
            counts.append(counted.order_by().annotate(label=label).values("label").annotate(count=Count("pk")))
    if not counts:
        return []
    return list(counts[0].union(*counts[1:], all=True).order_by().values_list("label", "count"))


def _summary(model: type[models.Model], count: int, owned: list[tuple[str, int]]) -> Deleted:
    counts = {model._meta.label: count} | {label: number for label, number in owned if number}
    return sum(counts.values()), counts
