"""Write down who saw what. One query each, in the transaction of the page: what is rolled back was not shown.

The actor and the request are not given here; they are declared to the database (`core.acting`).
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models, transaction

from audit.models import AuditAction
from core.models import Student

_RECORD = "SELECT record_access(%s, %s, %s, %s, %s, %s)"


def record_view(row: models.Model) -> None:
    """Somebody opened this row."""
    _record_rows(AuditAction.VIEW, type(row), [row], entity_id=row.pk)


def record_list(rows: Sequence[models.Model], *, searched: bool = False) -> None:
    """Somebody was shown these rows of one table, by a list or by a search. What was searched for is not kept."""
    _record_rows(AuditAction.SEARCH if searched else AuditAction.LIST, type(rows[0]), rows)


def record_print(row: models.Model) -> None:
    """Somebody printed this row."""
    _record_rows(AuditAction.PRINT, type(row), [row], entity_id=row.pk)


def record_prints(rows: Sequence[models.Model]) -> None:
    """Somebody printed these rows of one table, or took them away as one file for printing."""
    _record_rows(AuditAction.PRINT, type(rows[0]), rows)


def record_export(rows: models.QuerySet[Any]) -> None:
    """Somebody took these rows away in a file. Say so before the file is streamed: nothing then takes it back."""
    _record_students(AuditAction.EXPORT, rows.model, students_of(rows), row_count=rows.count())


def record_import(rows: models.QuerySet[Any]) -> None:
    """Somebody brought these rows in by a file."""
    _record_students(AuditAction.IMPORT, rows.model, students_of(rows), row_count=rows.count())


def record_log_in(user: models.Model) -> None:
    """This user logged in."""
    _record(AuditAction.LOGIN, _table(user), entity_id=user.pk, school_id=getattr(user, "school_id", None))


def record_log_out(user: models.Model) -> None:
    """This user logged out."""
    _record(AuditAction.LOGOUT, _table(user), entity_id=user.pk, school_id=getattr(user, "school_id", None))


def record_failed_log_in(user: models.Model | None) -> None:
    """Somebody failed to log in as this user; None if there is no such user. What was typed is not kept."""
    _record(
        AuditAction.AUTHENTICATION_FAILED,
        "users",
        entity_id=user.pk if user else None,
        school_id=getattr(user, "school_id", None),
    )


def record_denial(entity_type: str, entity_id: UUID | None) -> None:
    """Somebody was refused a page about this table, or this row of it."""
    _record(AuditAction.AUTHORIZATION_FAILED, entity_type, entity_id=entity_id)


def names_students(model: type[models.Model]) -> bool:
    """Whether rows of this model are about students, so that a look at them is written down."""
    return _student_column(model) is not None


def student_of(row: models.Model) -> UUID | None:
    """Key of the student a row is about."""
    column = _student_column(type(row))
    return getattr(row, column) if column else None


def students_of(rows: models.QuerySet[Any]) -> list[UUID | None]:
    """Key of the student for each of the rows."""
    column = _student_column(rows.model)
    return list(rows.order_by().values_list(column, flat=True)) if column else []


def _student_column(model: type[models.Model]) -> str | None:
    if issubclass(model, Student):
        return "id"
    columns = {field.attname for field in model._meta.concrete_fields}
    return "student_id" if "student_id" in columns else None


def _table(row: models.Model) -> str:
    return row._meta.db_table


def _record_rows(
    action: AuditAction, model: type[models.Model], rows: Iterable[models.Model], *, entity_id: Any = None
) -> None:
    rows = list(rows)
    school_id = getattr(rows[0], "school_id", None) if entity_id is not None else None
    _record_students(
        action,
        model,
        [student_of(row) for row in rows],
        entity_id=entity_id,
        school_id=school_id,
        row_count=None if entity_id is not None else len(rows),
    )


def _record_students(
    action: AuditAction, model: type[models.Model], students: Sequence[UUID | None], **more: Any
) -> None:
    _record(action, model._meta.db_table, student_ids=[key for key in students if key is not None], **more)


def _record(
    action: AuditAction,
    entity_type: str,
    *,
    entity_id: Any = None,
    school_id: Any = None,
    student_ids: Sequence[UUID] = (),
    row_count: int | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> None:
    with transaction.get_connection(using).cursor() as cursor:
        cursor.execute(_RECORD, [action.value, entity_type, entity_id, school_id, list(student_ids) or None, row_count])
