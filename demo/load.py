"""Load the demo district into the database: all of it or nothing."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from psycopg import sql

from accounts.declared_settings import SECOND_FACTOR_ROLES
from configuration.bringing import bring_declared_settings
from configuration.changing import put
from core.acting import acting_as
from demo.calendar import SchoolCalendar
from demo.declared_settings import MARK
from demo.desk import first_key_millisecond
from demo.district import build_organization
from demo.emergency_rows import add_emergencies
from demo.logins import DEMO_PASSWORD
from demo.organization_rows import organization_rows
from demo.plan import DemoPlan
from demo.school_rows import Block, make_schools
from demo.setting_rows import REASON
from demo.state import BESIDE_OTHERS, DEMO_TABLES, Holds, State, empty_demo_tables

# From so many students on it pays to start other processes, each of which takes a third of a second to come up.
STUDENTS_FOR_PROCESSES = 2_000


@dataclass(frozen=True)
class Loaded:
    """What a load came to."""

    rows: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.rows:,} rows in {self.seconds:.1f} s ({self.rows / self.seconds:,.0f} rows per second)"


def load(
    plan: DemoPlan,
    state: State,
    *,
    progress: Callable[[int], object] = lambda rows: None,
    processes: int | None = None,
) -> Loaded:
    """Load the district of a plan in one transaction, then gather statistics.

    Args:
        state: what the database holds. A demo is replaced; to other data the demo is added, and says so in its mark,
            because it can't be replaced from then on.
        progress: is told of rows as they go in.
        processes: how many make rows while this one loads; by default all processors but the server's one.
    """
    began = time.perf_counter()
    if processes is None:
        processes = max(1, (os.cpu_count() or 2) - 1) if plan.students >= STUDENTS_FOR_PROCESSES else 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Checked at the end of each COPY instead of at commit: a queue of all rows of all tables would not fit.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            # The plan of a foreign key's check is made once, for the few rows of the first school. A scan of the whole
            # table, right for those, would be repeated for every row of the last: half of the speed at 200 schools.
            cursor.execute("SET LOCAL enable_seqscan = off")
        if state.holds is Holds.DEMO:
            empty_demo_tables()
        with connection.cursor() as cursor:
            # The mark stands there undecided; it is loaded with the rest, under a key that is the same each time.
            cursor.execute("DELETE FROM system_configurations WHERE key = %s AND NOT is_active", [MARK.key])
        rows = sum(map(_copy, _organization(plan, BESIDE_OTHERS if state.holds is Holds.OTHERS else "")))
        bring_declared_settings()
        progress(rows)
        for blocks in make_schools(plan, min(processes, 4)):
            count = sum(map(_copy, blocks))
            rows += count
            progress(count)
        if state.holds is not Holds.OTHERS:
            # Whoever looks at the demo has no phone at hand that knows it. Beside real data the rule stays.
            put(SECOND_FACTOR_ROLES, [], reason="The demo is for looking around.")
        rows += add_emergencies(plan.as_of, plan.time_zone)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.SQL(", ").join(map(sql.Identifier, DEMO_TABLES))))
    return Loaded(rows, time.perf_counter() - began)


def _organization(plan: DemoPlan, beside: str) -> list[Block]:
    # The salt comes from the seed, so that the hash, too, is the same each time. The password is published anyway.
    salt = hashlib.sha256(f"demo {plan.seed}".encode()).hexdigest()[:22]
    sheets = organization_rows(
        plan,
        SchoolCalendar(plan.as_of, plan.time_zone),
        build_organization(plan, first_key_millisecond(plan)),
        make_password(DEMO_PASSWORD, salt),
        f"{plan}{beside}",
    )
    return [Block.of(sheet) for sheet in sheets]


def _copy(block: Block) -> int:
    if block.table == "system_configurations":
        with acting_as(reason=REASON, ip="192.0.2.17"):  # which their history tells
            return _copy_rows(block)
    return _copy_rows(block)


def _copy_rows(block: Block) -> int:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(block.table), sql.SQL(", ").join(map(sql.Identifier, block.columns))
    )
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(block.text)
    return block.rows
