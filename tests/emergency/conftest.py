"""Two districts, as in the tests of the guard, and a nurse who opens a student of another school."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.safeguards.attempts import Outcome, attempt
from tests.safeguards.conftest import built, data
from tests.safeguards.two_districts import TwoDistricts, take_role, taken_back
from tests.schema.rows import execute, query

__all__ = ["built", "data"]

REASON = "Collapsed at the swim meet"


def ask(student: uuid.UUID | None, reason: str = REASON) -> Outcome:
    """Ask for an access to a student, and keep it."""
    return attempt("SELECT open_emergency_access(%s, %s)", [student, reason], keep=True)


@contextmanager
def opened(data: TwoDistricts, place: str = "A2", name: str = "nurse") -> Iterator[uuid.UUID]:
    """The nurse has opened the student of a place, and asks for her next page. All is taken back at the end."""
    with taken_back():
        take_role(data, name)
        outcome = ask(data.students[place])
        assert outcome.sqlstate is None, outcome
        next_page(data, name)
        yield outcome.rows[0][0]


def next_page(data: TwoDistricts, name: str = "nurse") -> None:
    """Another request of the same transaction."""
    execute("RESET ROLE")
    take_role(data, name)


def move_clock(minutes: int) -> None:
    """Let all accesses have begun, and end, so many minutes earlier. The owner of the tables can, past the guard."""
    execute("RESET ROLE")
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE emergency_accesses DISABLE TRIGGER emergency_accesses_keep")
    execute(
        "UPDATE emergency_accesses SET granted_at = granted_at - make_interval(mins => %s), "
        "expires_at = expires_at - make_interval(mins => %s) WHERE ended_at IS NULL",
        [minutes, minutes],
    )
    execute("ALTER TABLE emergency_accesses ENABLE TRIGGER emergency_accesses_keep")


def role() -> str:
    """The role that is taken."""
    return str(query("SELECT current_user")[0][0])


@pytest.fixture
def everything(data: TwoDistricts) -> dict[str, dict[str, set[uuid.UUID]]]:
    """The keys of all live rows, by table and place."""
    found: dict[str, dict[str, set[uuid.UUID]]] = {}
    for table, rows in data.records.items():
        for key, place in rows.items():
            found.setdefault(table, {}).setdefault(place, set()).add(key)
    return found
