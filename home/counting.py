"""The numbers of the measures by school: live for the few schools of a person, or from the table that a command fills.

Both come from the same querysets, so that they cannot differ but in age.
"""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import CharField, Count, DateField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from core.models import UserRole
from core.roles import PERMISSIONS
from home.measures import COUNTED, STUDENTS, Measure

# Any number, the same for all who count: one at a time.
_LOCK = 7_300_117

_COLUMNS = ("school_id", "counted_key", "counted_part", "counted_period", "number")

_INSERT = """
INSERT INTO school_counts (school_id, measure, key, part, period_date, count, counted_at, is_clinical)
SELECT school_id, %s, coalesce(key, ''), coalesce(part, ''), period, count, %s, %s
FROM ({}) AS counted (school_id, key, part, period, count)
"""


def grouped(measure: Measure, day: datetime.date) -> QuerySet[Any, tuple[Any, ...]]:
    """Number of rows of a measure by school, key, part and month: tuples in this order. Rows without a school are out.

    A school without a row is not named.
    """
    rows = measure.rows(day).order_by().filter(school__isnull=False)
    text, date = CharField(), DateField(null=True)
    return (
        rows.annotate(
            counted_key=Value("", text) if measure.key is None else Cast(measure.key, text),
            counted_part=Value("", text) if measure.part is None else Cast(measure.part, text),
            counted_period=Cast(Value(None) if measure.period is None else measure.period, date),
        )
        .values("school_id", "counted_key", "counted_part", "counted_period")
        .annotate(number=Count("pk"))
        .values_list(*_COLUMNS)
    )


def count_schools(day: datetime.date | None = None) -> int:
    """Count the measures of all schools anew; returns the number of rows of the table. To be run by its owner.

    One transaction: whoever reads sees the old figures or the new ones. A run waits for one that has begun.
    """
    day = day or timezone.localdate()
    now = timezone.now()
    total = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("DELETE FROM school_counts")
        for measure in COUNTED:
            sql, parameters = grouped(measure, day).query.sql_with_params()
            cursor.execute(_INSERT.format(sql), [measure.name, now, _is_clinical(measure), *parameters])
            total += cursor.rowcount
        # Every school has its number of students, be it 0: by these rows the page knows which schools there are.
        cursor.execute(
            "INSERT INTO school_counts (school_id, measure, count, counted_at, is_clinical) "
            "SELECT id, %s, 0, %s, false FROM schools WHERE NOT EXISTS "
            "(SELECT FROM school_counts WHERE school_id = schools.id AND measure = %s)",
            [STUDENTS.name, now, STUDENTS.name],
        )
        total += cursor.rowcount
        cursor.execute(
            "INSERT INTO school_counts (school_id, measure, key, part, period_date, count, counted_at, is_clinical) "
            "SELECT NULL, measure, key, part, period_date, sum(count), %s, is_clinical FROM school_counts "
            "GROUP BY measure, key, part, period_date, is_clinical",
            [now],
        )
        total += cursor.rowcount
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE school_counts")
    return total


def _is_clinical(measure: Measure) -> bool:
    """Whether administrators of schools and districts may not see the rows that are counted."""
    name = f"{measure.model._meta.app_label}.view_{measure.model._meta.model_name}"
    return not all(name in PERMISSIONS[role] for role in (UserRole.SCHOOL_ADMIN, UserRole.DISTRICT_ADMIN))


def live_counts(measures: Iterable[Measure], day: datetime.date) -> list[tuple[Any, ...]]:
    """Number of rows by school, measure, key, part and month. One query for each measure."""
    return [
        (school, measure.name, key or "", part or "", period, number)
        for measure in measures
        for school, key, part, period, number in grouped(measure, day)
    ]
