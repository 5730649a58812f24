"""Rows that are marked as deleted instead of being removed.

A deleted row keeps its data, frees its unique values, and can be restored. What a row owns goes and comes back with
it: ownership is the foreign keys that cascade in the database (DB_CASCADE), so the two can never disagree. All rows
that one call deletes bear the same `deletion_id`; restoring brings back exactly the rows that bear their owner's mark,
so that a record deleted on its own before its student stays deleted when the student returns.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar

from django.db import models, router, transaction
from django.db.models import DB_CASCADE, F, Q
from django.utils import timezone

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
        """Mark the live rows, and all they own, as deleted. A constant number of queries, however many the rows.

        Returns what Django's own `delete()` returns: the number of rows, and that number per model label.
        """
        self._refuse_slices("delete")
        using = router.db_for_write(self.model)
        counts: Counter[str] = Counter()
        mark = {"deleted_at": timezone.now(), "deletion_id": uuid.uuid4()}
        with transaction.atomic(using=using):
            # Locked, so that none of what goes along is restored meanwhile.
            keys = _locked_keys(self.using(using).filter(deleted_at=None), deleted_at=None)
            if not keys:
                return 0, {}
            roots = self.model._base_manager.using(using).filter(pk__in=keys, deleted_at=None)
            counts[self.model._meta.label] = roots.update(**mark)
            for model, path in owned_models(self.model):
                rows = model._base_manager.using(using).filter(**{f"{path}__in": keys}, deleted_at=None)
                counts[model._meta.label] += rows.update(**mark)
        return _summary(counts)

    @_alters_data(queryset_only=True)
    def restore(self) -> Deleted:
        """Bring deleted rows back, with exactly those that were deleted along with them.

        Returns the number of rows, and that number per model label.

        Raises:
            OwnerIsDeletedError: the owner of one of the rows is deleted; nothing is restored.
            IntegrityError: a live row has taken a unique value since; nothing is restored.
        """
        self._refuse_slices("restore")
        using = router.db_for_write(self.model)
        counts: Counter[str] = Counter()
        live = {"deleted_at": None, "deletion_id": None}
        with transaction.atomic(using=using):
            keys = _locked_keys(self.using(using).exclude(deleted_at=None), deleted_at__isnull=False)
            if not keys:
                return 0, {}
            roots = self.model._base_manager.using(using).filter(pk__in=keys)
            for owner in owner_fields(self.model):
                _lock_owners(owner, roots)
                orphans = roots.filter(owner_is_deleted([owner])).count()
                if orphans:
                    raise OwnerIsDeletedError(self.model, owner.related_model, orphans)
            # The owned rows are found by their owner's mark, so they go first.
            for model, path in owned_models(self.model):
                rows = model._base_manager.using(using).filter(
                    **{f"{path}__in": keys, "deletion_id": F(f"{path}__deletion_id")}
                )
                counts[model._meta.label] += rows.update(**live)
            counts[self.model._meta.label] = roots.update(**live)
        return _summary(counts)

    @_alters_data(queryset_only=True)
    def hard_delete(self) -> Deleted:
        """Remove the rows for good, and by cascade what they own. Returns what Django's own `delete()` returns."""
        return super().delete()

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

    @_alters_data()
    def hard_delete(self, using: str | None = None, keep_parents: bool = False) -> Deleted:
        """Remove this row for good: Django's own `delete()`, with its return value."""
        return super().delete(using=using, keep_parents=keep_parents)

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


def _locked_keys(rows: SoftDeleteQuerySet, **still: Any) -> list[Any]:
    """Keys of the rows, which nobody else deletes or restores until the transaction ends.

    Rows that were deleted or restored while the lock was waited for are left out: `still` says what must hold.
    """
    keys = list(rows.values_list("pk", flat=True))
    locked: Any = rows.model._base_manager.using(rows.db).filter(pk__in=keys, **still).order_by("pk")
    return list(locked.select_for_update().values_list("pk", flat=True))


def _lock_owners(owner: Any, rows: SoftDeleteQuerySet) -> None:
    """Keep the owners of rows from being deleted until the transaction ends; waits for a deletion under way."""
    owners: Any = owner.related_model._base_manager.using(rows.db).filter(pk__in=rows.values(owner.attname))
    list(owners.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _summary(counts: Counter[str]) -> Deleted:
    return counts.total(), {label: count for label, count in counts.items() if count}
