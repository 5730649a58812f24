"""What emergency access costs: those who have none open, and the nurse who has.

    uv run python -m benchmarks.emergency [--students 100000]

A scratch database is migrated and filled, with a thousand accesses of each of 40 nurses behind them. Timed are
- `declare_actor`, which every request asks, as it was before and as it is: of a counselor, a nurse, and a nurse with an
  access open;
- a nurse's lists and one row by key, without and with an access open.

The bar is the nurse without an access: at most 1.2 x of before, or 0.05 ms more. Exit status 1 if it is missed."""

import argparse
import importlib
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

import django
import psycopg

from benchmarks.large_state import build, school_key
from benchmarks.measure import database_url, manage, median, scratch_database

BAR, FLOOR = 1.2, 0.05
RUNS, CALLS = 9, 200
DECLARE = "SELECT set_config('role', {}(%s, 'web', NULL, NULL, NULL, NULL), true)"
LISTS = {
    "students by name, page 1": "SELECT * FROM students WHERE deleted_at IS NULL "
    "ORDER BY last_name, first_name LIMIT 51",
    "how many students": "SELECT count(*) FROM students WHERE deleted_at IS NULL",
    "records by date, page 1": "SELECT * FROM health_records WHERE deleted_at IS NULL "
    "ORDER BY record_date DESC LIMIT 51",
    "a student's records": "SELECT * FROM health_records WHERE student_id = %(own)s ORDER BY record_date DESC",
    "a student by key": "SELECT * FROM students WHERE id = %(own)s",
}


def _user(session: psycopg.Connection[Any], role: str, name: str) -> Any:
    statement = (
        "INSERT INTO users (email, password, first_name, last_name, role, school_id) VALUES (%s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (email) DO UPDATE SET is_active = true RETURNING id"
    )
    ((key,),) = session.execute(statement, [f"{name}@example.org", "!", "A", name, role, school_key(0)]).fetchall()
    return key


def _prepare(session: psycopg.Connection[Any]) -> dict[str, Any]:
    people = {"counselor": _user(session, "COUNSELOR", "counselor"), "nurse": _user(session, "NURSE", "nurse")}
    people["nurse, open"] = _user(session, "NURSE", "opened")
    old = importlib.import_module("emergency.migrations.0003_reach_in_emergency").OLD_DECLARE_ACTOR
    session.execute(old.replace("FUNCTION declare_actor", "FUNCTION declare_actor_before"))
    ((own, other),) = session.execute(
        "SELECT (SELECT id FROM students WHERE school_id = %s LIMIT 1), (SELECT s.id FROM students s JOIN schools c "
        "ON c.id = s.school_id WHERE c.id <> %s AND c.district_id = (SELECT district_id FROM schools WHERE id = %s) "
        "LIMIT 1)",
        [school_key(0)] * 3,
    ).fetchall()
    nurses = [_user(session, "NURSE", f"n{number}") for number in range(37)] + list(people.values())[1:]
    for nurse in nurses:
        session.execute(
            "INSERT INTO emergency_accesses (user_id, student_id, reason, granted_at, expires_at) "
            "SELECT %s, %s, 'Collapsed at the meet', at, at + interval '30 minutes' "
            "FROM generate_series(now() - interval '1001 days', now() - interval '2 days', interval '1 day') AS at",
            [nurse, other],
        )
    session.execute(
        "INSERT INTO emergency_accesses (user_id, student_id, reason) VALUES (%s, %s, 'Collapsed at the meet')",
        [people["nurse, open"], other],
    )
    session.commit()
    session.autocommit = True
    session.execute("VACUUM ANALYZE emergency_accesses")
    session.autocommit = False
    return people | {"own": own}


def _time(session: psycopg.Connection[Any], statement: str, parameters: Any, calls: int) -> float:
    """Milliseconds of one call, the median of several rounds."""
    rounds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        for _ in range(calls):
            session.execute(statement, parameters).fetchall()
        rounds.append((time.perf_counter() - began) / calls * 1000)
    return float(median(rounds))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=100_000)
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whitecross.settings")
    django.setup()
    with scratch_database() as name:
        manage(name, "migrate", "--verbosity", "0")
        build(database_url(name), students=options.students, schools=max(16, options.students // 500))
        with psycopg.connect(database_url(name)) as session:
            return _measure(session)


def _measure(session: psycopg.Connection[Any]) -> int:
    people = _prepare(session)
    own = people.pop("own")
    missed = False
    print(f"{'declare_actor':<28}{'before':>10}{'now':>10}{'ratio':>8}")
    for who, key in people.items():
        _time(session, DECLARE.format("declare_actor"), [key], CALLS)
        session.rollback()
        before = _time(session, DECLARE.format("declare_actor_before"), [key], CALLS)
        session.rollback()
        now = _time(session, DECLARE.format("declare_actor"), [key], CALLS)
        session.rollback()
        missed |= who == "nurse" and now > before * BAR and now > before + FLOOR
        print(f"{who:<28}{before:>7.3f} ms{now:>7.3f} ms{now / before:>8.2f}")
    print(f"\n{'a nurse asks':<28}{'none open':>10}{'open':>10}{'ratio':>8}")
    for what, statement in LISTS.items():
        took = {}
        for who in ("nurse", "nurse, open"):
            session.execute(DECLARE.format("declare_actor"), [people[who]])
            _time(session, statement, {"own": own}, 3)
            took[who] = _time(session, statement, {"own": own}, 10)
            session.rollback()
        without, open_ = took.values()
        print(f"{what:<28}{without:>7.2f} ms{open_:>7.2f} ms{open_ / without:>8.2f}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
