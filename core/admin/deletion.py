"""What goes along with a row that is deleted, and a deletion that the database has agreed to when it returns."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, router, transaction
from django.db.models import Model, QuerySet

from core.database.soft_delete import SoftDeleteModel, owned_models


def owned_counts(model: type[Model], keys: Any) -> dict[str, int]:
    """Number of live rows of each kind that belong to the rows with these keys. One query per kind.

    `keys` is a list of keys or a queryset of them.
    """
    counts: dict[str, int] = {}
    for owned, path in owned_models(model):
        rows = owned._base_manager.filter(**{f"{path}__in": keys})
        if issubclass(owned, SoftDeleteModel):
            rows = rows.filter(deleted_at=None)
        if count := rows.count():
            name = owned._meta.verbose_name if count == 1 else owned._meta.verbose_name_plural
            counts[str(name)] = count
    return counts


def delete_with_constraints(target: Model | QuerySet[Any]) -> tuple[int, dict[str, int]]:
    """Delete, and have the database check its foreign keys now instead of at the end of the request.

    Raises:
        IntegrityError: other rows still refer to one of the rows; nothing is deleted.
    """
    using = router.db_for_write(target.model if isinstance(target, QuerySet) else type(target))
    with transaction.atomic(using=using):
        result = target.delete()
        check_constraints_now(using)
    return result


def check_constraints_now(using: str = DEFAULT_DB_ALIAS) -> None:
    """Have the database check its foreign keys, which would else be refused when the request has its answer.

    Raises:
        IntegrityError: a row refers to one that is not there.
    """
    with connections[using].cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
