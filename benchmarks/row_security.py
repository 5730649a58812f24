"""What row security costs on the pages of the admin: a nurse's, a district's and an administrator's.

    uv run python -m benchmarks.row_security [--students 1000000] [--schools 2000] [--forms] [--database NAME]

A scratch database is migrated and filled: a million students in 2,000 schools of 8 districts, five health records each.
The pages are opened once, to hear what Django asks; the same statements are then timed, in turn and warm,
- off: as the owner, who sees all;
- same: as the owner, with the reader's schools written into the statement, which gives the reader's answer;
- on: as the reader, under the policies as migrated.

The bar is on / same, two ways to the same rows: list, search and detail of a nurse of one school at most 1.2 x.
Against "off" the comparison is between different answers: a page of all students walks an index in the order of names,
one of a school's sorts that school; to count one school is a thousand times faster than to count all. Both are
printed. To plan a statement with a policy takes about 0.03 ms more; a difference below 0.1 ms is not held against a
page.
Exit status 1 if the bar is missed, or if a reader gets other rows than those of the schools in reach.

--forms compares forms of the policy instead. --database keeps what was built under that name for the next time.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors

from benchmarks.large_state import DISTRICTS, build, district_key, school_key
from benchmarks.measure import database_url, manage, median, scratch_database, server
from benchmarks.page_questions import Question, questions
from benchmarks.row_security_forms import FORMS, forms_as_roles

BAR = 1.2
FLOOR = 0.1  # ms
OFF, SAME, ON = "off", "same", "on"
REFUSED = "refused"
BARRED_KINDS = ("list", "search", "detail")
RUNS = 7
FAST, ROW = 0.2, 3  # seconds; what is faster is asked so many times in a row, and once before to warm up
QUICK_SECONDS = 2  # while a question has taken less, more than the runs are made
SECONDS_PER_QUESTION = 6

_READER = """
INSERT INTO users (email, password, first_name, last_name, role, school_id, district_id)
VALUES (%(email)s, '!', 'A', %(name)s, %(role)s::"UserRole", %(school)s::uuid, %(district)s::uuid)
ON CONFLICT (email) DO UPDATE SET is_active = true RETURNING id
"""
_COVERS = """
INSERT INTO school_assignments (user_id, school_id, start_date)
SELECT %(user)s::uuid, school, DATE '2020-01-01' FROM unnest(%(schools)s::uuid[]) AS school
WHERE NOT EXISTS (SELECT FROM school_assignments WHERE user_id = %(user)s::uuid AND school_id = school)
"""
# As declare_actor says it: those of the schools, and the nil key of whoever is known everywhere.
_DISTRICTS_IN_SIGHT = """
SELECT set_config('whitecross.districts', (
    SELECT ('00000000-0000-0000-0000-000000000000'::uuid || array_agg(DISTINCT district_id))::text
    FROM schools WHERE id = ANY (%s::uuid[])), true)
"""


@dataclass(frozen=True)
class Reader:
    """Somebody who opens the pages, and the schools in reach."""

    name: str
    role: str
    schools: Sequence[str]
    district: str | None = None
    barred: bool = False

    @property
    def sees_all(self) -> bool:
        return self.role == "ADMIN"

    @property
    def array(self) -> str:
        return "{" + ",".join(self.schools) + "}"

    def account(self, session: psycopg.Connection[Any]) -> Any:
        """The key of the reader's account, which covers the schools."""
        home = self.schools[0] if self.role == "NURSE" else None
        email = f"{self.name.replace(' ', '-').replace(',', '')}@state.test"
        account = {"email": email, "name": self.name, "role": self.role, "school": home, "district": self.district}
        row = session.execute(_READER, account).fetchone()
        assert row is not None
        if home is not None:
            session.execute(_COVERS, {"user": row[0], "schools": list(self.schools[1:])})
        return row[0]


@dataclass
class Way:
    """One way to ask a question: who asks what, and how long it took."""

    actor: Any  # key of a user, name of a role, or None for the owner
    sql: str
    milliseconds: list[float] = field(default_factory=list)
    answer: Any = None
    is_over: str = ""  # why it is not asked any more

    @property
    def median(self) -> float | None:
        return None if self.is_over or not self.milliseconds else median(self.milliseconds)


def readers(schools: int) -> list[Reader]:
    keys = [school_key(number) for number in range(schools)]
    of_district = keys[: schools // DISTRICTS]
    return [
        Reader("nurse, 1 school", "NURSE", keys[:1], barred=True),
        Reader("nurse, 3 schools", "NURSE", keys[:3]),
        Reader("nurse, 10 schools", "NURSE", keys[:10]),
        Reader(f"district, {len(of_district)} schools", "DISTRICT_ADMIN", of_district, district_key(0)),
        Reader("administrator", "ADMIN", keys),
    ]


def declare(session: psycopg.Connection[Any], reader: Reader, actor: Any) -> None:
    """Act as a user, as a request does; or as a role of the comparison of forms, with the same settings."""
    if actor is None:
        return
    if not isinstance(actor, str):
        session.execute("SELECT set_config('role', declare_actor(%s, 'benchmark', '', '', '', ''), true)", [actor])
        return
    session.execute(_DISTRICTS_IN_SIGHT, [reader.array])
    for name, value in (
        ("whitecross.schools", reader.array),
        ("whitecross.district_id", reader.district or ""),
        ("whitecross.home_school", reader.schools[0]),
        ("role", actor),
    ):
        session.execute("SELECT set_config(%s, %s, true)", [name, value])


def ask(session: psycopg.Connection[Any], reader: Reader, way: Way, timeout: int) -> float:
    """Ask once, declared beforehand and rolled back; returns the seconds until the last row was here."""
    with session.transaction(force_rollback=True):
        session.execute(f"SET LOCAL statement_timeout = '{timeout}s'".encode())
        declare(session, reader, way.actor)
        session.execute("SELECT id FROM users LIMIT 1", prepare=False)  # a request has looked up its user before
        started = time.perf_counter()
        rows = session.execute(way.sql.encode(), prepare=False).fetchall()
        seconds = time.perf_counter() - started
    is_count = way.sql.startswith("SELECT COUNT(")
    way.answer = rows[0][0] if is_count else [row[0] for row in rows]
    return seconds


def compare(session: psycopg.Connection[Any], reader: Reader, ways: dict[str, Way], runs: int, timeout: int) -> None:
    """Ask in all ways in turn, so that what else the machine does falls on all of them."""
    began = time.perf_counter()
    for run in range(10 * runs):
        for way in reversed(ways.values()) if run % 2 else ways.values():
            if way.is_over:
                continue
            try:
                seconds = ask(session, reader, way, timeout)
                again = min(ROW, int(FAST / seconds))
                times = [ask(session, reader, way, timeout) for _ in range(again)] or [seconds]
                way.milliseconds += [1000 * each for each in times]
            except errors.QueryCanceled:
                way.is_over = f"> {timeout} s"
            except errors.InsufficientPrivilege:
                way.is_over = REFUSED
        if time.perf_counter() - began > (QUICK_SECONDS if run >= runs - 1 else SECONDS_PER_QUESTION):
            break


def indexes(session: psycopg.Connection[Any], reader: Reader, way: Way) -> str:
    """What the plan reads, in short."""
    if way.is_over == REFUSED:
        return ""

    def found(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if "Index Name" in node:
                yield node["Index Name"]
            elif node.get("Node Type") == "Seq Scan":
                yield f"all of {node['Relation Name']}"
            for value in node.values():
                yield from found(value)
        elif isinstance(node, list):
            for value in node:
                yield from found(value)

    with session.transaction(force_rollback=True):
        declare(session, reader, way.actor)
        row = session.execute(f"EXPLAIN (FORMAT JSON) {way.sql}".encode(), prepare=False).fetchone()
    assert row is not None
    return ", ".join(name.removeprefix("idx_") for name in dict.fromkeys(found(row[0])))


def ways_of(question: Question, reader: Reader, account: Any, *, forms: bool) -> dict[str, Way]:
    ways = {OFF: Way(None, question.sql)}
    if not reader.sees_all:
        ways[SAME] = Way(None, question.scoped(f"ANY ('{reader.array}'::uuid[])"))
    if not forms:
        return ways | {ON: Way(account, question.sql)}
    chosen = [form for form in FORMS if reader.name.startswith(form.readers)]
    return ways | {form.name: Way(form.role, question.sql) for form in chosen}


def _is_dear(way: Way, same: Way) -> bool:
    """Whether the bar is missed."""
    if way.median is None or same.median is None:
        return way.median is None
    return way.median > BAR * same.median and way.median - same.median > FLOOR


def _ratio(way: Way, to: Way) -> float | None:
    return None if way.median is None or to.median is None else way.median / to.median


def _cell(number: float | None, instead: str = "") -> str:
    return f"{instead:>9}" if number is None else f"{number:>9.2f}"


def report(question: Question, reader: Reader, ways: dict[str, Way], plans: dict[str, str]) -> int:
    """Print a question's times; returns the number of faults."""
    faults = 0
    same = ways.get(SAME, ways[OFF])
    print(f"  {question.page} [{question.kind}]")
    for name, way in ways.items():
        to_off, to_same = _ratio(way, ways[OFF]), _ratio(way, same)
        note = ""
        if way not in (ways[OFF], same):
            if not way.is_over and not same.is_over and way.answer != same.answer:
                note, faults = "  OTHER ROWS", faults + 1
            elif question.kind in BARRED_KINDS and name == ON and way.is_over != REFUSED and _is_dear(way, same):
                note = f"  above {BAR} x"
                if reader.barred:
                    note, faults = note.upper(), faults + 1
        times = f"{_cell(way.median, way.is_over)}{'' if way.is_over else ' ms':<3}{_cell(to_off)}{_cell(to_same)}"
        print(f"    {name:<18}{times}   {plans[name]}{note}", flush=True)
    return faults


@contextmanager
def filled_database(options: argparse.Namespace) -> Iterator[str]:
    """A database with the data, migrated to the latest: a scratch one, or the one that is kept."""
    if options.database is None:
        with scratch_database() as database:
            manage(database, "migrate", "--verbosity=0")
            build(database_url(database), students=options.students, schools=options.schools)
            yield database
        return
    with psycopg.connect(database_url("postgres"), autocommit=True) as session:
        exists = session.execute("SELECT FROM pg_database WHERE datname = %s", [options.database]).fetchone()
        if exists is None:
            session.execute(f"CREATE DATABASE {options.database}".encode())
    manage(options.database, "migrate", "--verbosity=0")
    if exists is None:
        build(database_url(options.database), students=options.students, schools=options.schools)
    yield options.database


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, default=1_000_000)
    parser.add_argument("--schools", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--timeout", type=int, default=10, help="seconds after which a statement is given up")
    parser.add_argument("--forms", action="store_true", help="compare forms of the policy")
    parser.add_argument("--database", help="name of a database to keep; made if missing")
    parser.add_argument("--reader", action="append", help="only readers whose name begins so")
    parser.add_argument("--page", action="append", help="only pages whose name begins so")
    options = parser.parse_args()
    server()
    faults = 0
    with filled_database(options) as database:
        asked = questions(database, options.students)
        with (
            psycopg.connect(database_url(database), autocommit=True) as session,
            forms_as_roles(session, wanted=options.forms),
        ):
            for reader in readers(options.schools):
                if options.reader and not reader.name.startswith(tuple(options.reader)):
                    continue
                account = reader.account(session)
                print(f"\n{reader.name:<22}{'median':>12}{'/ off':>9}{'/ same':>9}   reads")
                for question in asked:
                    if options.page and not question.page.startswith(tuple(options.page)):
                        continue
                    ways = ways_of(question, reader, account, forms=options.forms)
                    compare(session, reader, ways, options.runs, options.timeout)
                    plans = {name: indexes(session, reader, way) for name, way in ways.items()}
                    faults += report(question, reader, ways, plans)
    pages = "" if options.forms else f", and no page of a nurse of one school is above {BAR} x"
    print(f"\n{faults} faults." if faults else f"\nEvery answer is right{pages}.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
