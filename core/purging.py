"""Erase what need be kept no longer: the only way to a hard delete.

A row is erased if it was marked as deleted long enough ago, if its class of record (its table) has a retention period
and that has passed, if its student is under no legal hold, and if nothing that stays belongs to it. The periods are
settings: `retention.<table>`, in years, for the system, a district or a school; the nearest to the row holds, and one
that is set to nothing keeps it.
"""

import datetime
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from psycopg import sql

from core.database.soft_delete import SoftDeleteModel, owned_models
from core.models import Student

SOURCE = "purge_records"
# Says when somebody wrote, not when something happened to the student.
_STAMPS = {"created_at", "updated_at", "deleted_at"}


class PurgeRefusedError(Exception):
    """A purge cannot be done as asked; the message says why, without a student's name."""


@dataclass(frozen=True)
class Outcome:
    """Rows of one class that are to be erased, or are kept for one reason (`kept_because`)."""

    table: str
    rows: int
    oldest: datetime.date | None
    kept_because: str | None


@dataclass(frozen=True)
class Purge:
    """What a purge finds: outcomes per class of record, and students under a legal hold whose rows it came upon."""

    outcomes: list[Outcome]
    held_students: list[uuid.UUID]
    was_executed: bool

    @property
    def erased(self) -> int:
        """Number of rows that were erased, or would be."""
        return sum(outcome.rows for outcome in self.outcomes if outcome.kept_because is None)

    @property
    def kept(self) -> list[Outcome]:
        """The rows that stay, and why."""
        return [outcome for outcome in self.outcomes if outcome.kept_because is not None]


@contextmanager
def declared_purge(reason: str, *, source: str | None = None, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """A transaction in which the owner of the tables may erase rows; `reason` goes into the audit log.

    In SQL it is `SELECT set_config('whitecross.purge', 'the reason', true)`.
    """
    if not reason.strip():
        raise PurgeRefusedError("A purge needs a reason.")
    settings = {"whitecross.purge": reason, "whitecross.reason": reason}
    if source:
        settings["whitecross.source"] = source
    with transaction.atomic(using=using):
        before = {name: _setting(using, name) for name in settings}
        _declare(using, settings)
        yield
        if not connections[using].needs_rollback:
            _declare(using, before)


def parse_age(text: str) -> datetime.timedelta | None:
    """The time that "90d" (days) or "7y" (years of 365.25 days) says; None if it says none."""
    found = re.fullmatch(r"(\d{1,5})([dy])", text.strip().lower())
    if found is None:
        return None
    return datetime.timedelta(days=int(found[1]) * (1 if found[2] == "d" else 365.25))


def find_student(text: str, using: str = DEFAULT_DB_ALIAS) -> Student:
    """The deleted student with this key or student number.

    Raises:
        PurgeRefusedError: there is none, or more than one.
    """
    students: Any = Student.all_objects.using(using)
    try:
        found = list(students.filter(pk=uuid.UUID(text)))
    except ValueError:
        found = list(students.filter(student_number=text))
    deleted = [student for student in found if student.deleted_at is not None]
    if not found:
        raise PurgeRefusedError("There is no student with this number or key.")
    if not deleted:
        raise PurgeRefusedError("The student is not deleted: delete the student first.")
    if len(deleted) > 1:
        keys = ", ".join(str(student.pk) for student in deleted)
        raise PurgeRefusedError(f"{len(deleted)} deleted students have this number; name one by key: {keys}.")
    student: Student = deleted[0]
    return student


def purge(
    reason: str,
    *,
    older_than: datetime.timedelta = datetime.timedelta(days=30),
    student: Student | None = None,
    actor_id: uuid.UUID | None = None,
    execute: bool = False,
    using: str = DEFAULT_DB_ALIAS,
) -> Purge:
    """Find what may be erased, and erase it if `execute` says so, in one transaction.

    With `student`, all about that student goes or nothing does.

    Raises:
        PurgeRefusedError: something of the student must stay, or a retention period is no number.
    """
    with declared_purge(reason, source=SOURCE, using=using), connections[using].cursor() as cursor:
        before = _setting(using, "whitecross.actor_id")
        if actor_id is not None:
            _declare(using, {"whitecross.actor_id": str(actor_id)})
        _check_retentions(cursor)
        cursor.execute(
            "CREATE TEMPORARY TABLE purge_choice (place int, class text, id uuid, student_id uuid, last_day date, "
            "kept_because text, PRIMARY KEY (class, id)) ON COMMIT DROP"
        )
        tables = list(_classes())
        # Whoever restores one of these students, or places a hold on one, waits until we are through. A hold that is
        # placed on a student who is not deleted is seen by guard_delete(), row by row.
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM students WHERE deleted_at IS NOT NULL AND (%(only)s::uuid IS NULL OR "
            "id = %(only)s) ORDER BY id FOR SHARE) AS locked",
            {"only": student.pk if student else None},
        )
        for place, model in enumerate(tables):
            _choose(cursor, place, model, older_than, student)
        found = _outcomes(cursor, was_executed=execute)
        if execute and student is not None and found.kept:
            raise PurgeRefusedError(_in_the_way(found))
        if execute:
            erased = sum(_erase(cursor, model._meta.db_table) for model in tables)
            if erased != found.erased:
                raise PurgeRefusedError("Nothing was erased: rows were restored meanwhile. Run it again.")
        cursor.execute("DROP TABLE purge_choice")
        _declare(using, {"whitecross.actor_id": before})
    return found


def _classes() -> Iterator[type[models.Model]]:
    """The tables of health records, what belongs to a row before the row."""
    for model, _ in owned_models(Student):
        if issubclass(model, SoftDeleteModel):
            yield model
    yield Student


def _last_day(model: type[models.Model]) -> sql.Composable:
    """The last day a row speaks of; the day it was made if it speaks of none.

    A student's is the day of the deletion at the earliest: the file was in use until then.
    """
    dates = [
        str(field.column)
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateField) and field.column not in _STAMPS  # a moment is a DateField, too
    ]
    if model is Student:
        dates = ["deleted_at"]
    days: sql.Composable = sql.SQL(", ").join([sql.SQL("r.{}::date").format(sql.Identifier(name)) for name in dates])
    if not dates:
        return sql.SQL("r.created_at::date")
    return sql.SQL("coalesce(greatest({}), r.created_at::date)").format(days)


def _choose(
    cursor: Any, place: int, model: type[models.Model], older_than: datetime.timedelta, student: Student | None
) -> None:
    """Note each deleted row of one class: to be erased, or why it is kept. The first reason that holds is told."""
    table = model._meta.db_table
    whose = sql.Identifier("id" if model is Student else "student_id")
    # A student has the columns of a row of the class, but for whose it is.
    stays = [
        sql.SQL(
            "EXISTS (SELECT FROM {owned} AS o WHERE o.{key} = r.id AND NOT EXISTS (SELECT FROM purge_choice AS c "
            "WHERE c.class = {name} AND c.id = o.id AND c.kept_because IS NULL))"
        ).format(
            owned=sql.Identifier(relation.related_model._meta.db_table),
            key=sql.Identifier(str(relation.field.column)),
            name=sql.Literal(relation.related_model._meta.db_table),
        )
        for relation in model._meta.related_objects
        if relation.on_delete is models.DB_CASCADE
    ]
    cursor.execute(
        sql.SQL(
            """
            INSERT INTO purge_choice
            SELECT %(place)s, {name}, r.id, r.{whose}, {last_day},
                CASE
                    WHEN h.id IS NOT NULL THEN 'legal hold'
                    WHEN r.deleted_at > statement_timestamp() - %(older_than)s THEN 'deleted not long enough ago'
                    WHEN n.years IS NULL THEN 'no retention period is set (' || {key} || ')'
                    WHEN {last_day} + make_interval(months => ceil(n.years * 12)::int) > current_date
                        THEN 'retention of ' || trim_scale(n.years) || ' years has not passed'
                    WHEN {stays} THEN 'something that belongs to it is kept'
                END
            FROM {table} AS r
            LEFT JOIN legal_holds AS h ON h.student_id = r.{whose} AND h.released_at IS NULL
            LEFT JOIN schools AS s ON s.id = r.school_id
            LEFT JOIN system_configurations AS of_school ON of_school.key = {key} AND of_school.is_active
                AND of_school.scope = 'SCHOOL' AND of_school.scope_id = s.id
            LEFT JOIN system_configurations AS of_district ON of_district.key = {key} AND of_district.is_active
                AND of_district.scope = 'DISTRICT' AND of_district.scope_id = s.district_id
            LEFT JOIN system_configurations AS of_system ON of_system.key = {key} AND of_system.is_active
                AND of_system.scope = 'SYSTEM'
            CROSS JOIN LATERAL (
                SELECT nullif(coalesce(of_school.value, of_district.value, of_system.value), '')::numeric AS years
            ) AS n
            WHERE r.deleted_at IS NOT NULL AND (%(only)s::uuid IS NULL OR r.{whose} = %(only)s)
            """
        ).format(
            name=sql.Literal(table),
            key=sql.Literal(f"retention.{table}"),
            table=sql.Identifier(table),
            whose=whose,
            last_day=_last_day(model),
            stays=sql.SQL(" OR ").join(stays) if stays else sql.SQL("false"),
        ),
        {"place": place, "older_than": older_than, "only": student.pk if student else None},
    )
    cursor.execute("ANALYZE purge_choice")


def _check_retentions(cursor: Any) -> None:
    """Refuse to reckon with a period that is no number of years."""
    cursor.execute(
        r"SELECT DISTINCT key FROM system_configurations WHERE key LIKE 'retention.%%' AND is_active "
        r"AND key <> 'retention.audit_logs' AND (value_type <> 'NUMBER' OR value !~ %s OR scope = 'USER') ORDER BY key",
        [r"^(\d{1,3}(\.\d{1,6})?)?$"],
    )
    if keys := [key for (key,) in cursor.fetchall()]:
        raise PurgeRefusedError(
            f"These settings should be numbers of years, for the system, a district or a school: {', '.join(keys)}."
        )


def _outcomes(cursor: Any, *, was_executed: bool) -> Purge:
    cursor.execute(
        "SELECT class, count(*), min(last_day), kept_because FROM purge_choice "
        "GROUP BY place, class, kept_because ORDER BY place, kept_because NULLS FIRST"
    )
    outcomes = [Outcome(*row) for row in cursor.fetchall()]
    cursor.execute("SELECT DISTINCT student_id FROM purge_choice WHERE kept_because = 'legal hold' ORDER BY 1")
    return Purge(outcomes, [key for (key,) in cursor.fetchall()], was_executed)


def _erase(cursor: Any, table: str) -> int:
    """Erase the chosen rows of one table that are still deleted; their number."""
    cursor.execute(
        sql.SQL(
            "DELETE FROM {table} AS r USING purge_choice AS c "
            "WHERE c.class = {name} AND c.kept_because IS NULL AND r.id = c.id AND r.deleted_at IS NOT NULL"
        ).format(table=sql.Identifier(table), name=sql.Literal(table))
    )
    erased: int = cursor.rowcount
    return erased


def _in_the_way(found: Purge) -> str:
    reasons = "; ".join(f"{outcome.rows} {outcome.table}: {outcome.kept_because}" for outcome in found.kept)
    return f"Nothing was erased, because not all about the student may be. {reasons}."


def _setting(using: str, name: str) -> str:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        value: str = cursor.fetchone()[0]
        return value


def _declare(using: str, settings: dict[str, str]) -> None:
    with connections[using].cursor() as cursor:
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
