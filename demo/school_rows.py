"""The rows of whole schools, made by processes of their own so that making and loading go on side by side.

A school's rows follow from the plan and the school's number alone, so it does not matter which process makes them.
"""

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from demo.calendar import SchoolCalendar
from demo.chronic import diagnose
from demo.copy_rows import CopyRows
from demo.desk import Desk, first_key_millisecond, medication_keys
from demo.district import build_organization
from demo.immunization import immunize
from demo.incident_log import report
from demo.plan import DemoPlan
from demo.roster import enroll
from demo.screening import measure, screen
from demo.visits import make_appointments, visit


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one table as COPY reads them."""

    table: str
    columns: tuple[str, ...]
    rows: int
    text: bytes

    @classmethod
    def of(cls, sheet: CopyRows) -> "Block":
        return cls(sheet.table, sheet.columns, len(sheet), sheet.block())


class SchoolRows:
    """Makes the rows of the schools of a plan."""

    def __init__(self, plan: DemoPlan) -> None:
        self._plan = plan
        self._calendar = SchoolCalendar(plan.as_of, plan.time_zone)
        self._schools = build_organization(plan, first_key_millisecond(plan)).schools
        self._medications = medication_keys(plan)

    def __len__(self) -> int:
        return len(self._schools)

    def of(self, number: int) -> list[Block]:
        """The rows of one school, by table in the order of loading."""
        school = self._schools[number]
        desk = Desk(self._plan, self._calendar, school, self._medications)
        for place in range(school.enrollment):
            student = enroll(desk, place)
            diagnose(desk, student)
            immunize(desk, student)
            screen(desk, student)
            measure(desk, student)
            visit(desk, student)
            make_appointments(desk, student)
            report(desk, student)
        return [Block.of(sheet) for sheet in desk.sheets.values() if len(sheet)]


def make_schools(plan: DemoPlan, processes: int) -> Iterator[list[Block]]:
    """The rows of every school in turn; `processes` make them ahead, or none (0): then they are made on demand.

    A process waits while its pipe is full, so that it is never more than a school ahead, however large the plan.
    """
    schools = SchoolRows(plan)
    if not processes:
        yield from map(schools.of, range(len(schools)))
        return
    # A forked child would share the database connection of this process, so children start afresh.
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    children = []
    try:
        for first in range(processes):
            ours, theirs = context.Pipe(duplex=False)
            pipes.append(ours)
            child = context.Process(target=_make, args=(plan, first, processes, theirs), daemon=True)
            child.start()
            theirs.close()
            children.append(child)
        for number in range(len(schools)):
            yield pipes[number % processes].recv()
    finally:
        # A child that still writes ends by itself when its pipe closes.
        for pipe in pipes:
            pipe.close()
        for child in children:
            child.join()


def _make(plan: DemoPlan, first: int, step: int, pipe: Connection) -> None:
    schools = SchoolRows(plan)
    try:
        for number in range(first, len(schools), step):
            pipe.send(schools.of(number))
    except BrokenPipeError:
        pass  # whoever wanted the rows is gone
