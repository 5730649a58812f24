"""Whether the plan's indexes answer the questions they are for, at 100,000 students, and what each saves.

    uv run python -m benchmarks.indexes [--students 100000]

A scratch database is migrated and seeded. Each question is then planned and run with its index, and again with the
index dropped in a transaction that is rolled back. Medians of 5, as the server measures them. Exit status 1 if a
question is not answered by the index named for it. The audit log's category (8) comes with its table.
"""

import argparse
import json
import sys
from typing import Any

import psycopg

from benchmarks.index_questions import MORE_MEDICATIONS, PARAMETERS, QUESTIONS
from benchmarks.measure import RUNS, database_url, manage, median, scratch_database


def plan_of(session: psycopg.Connection[Any], statement: str) -> dict[str, Any]:
    """The plan with the times of one run."""
    row = session.execute(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement}".encode()).fetchone()
    assert row is not None
    plan: dict[str, Any] = row[0][0] if not isinstance(row[0], str) else json.loads(row[0])[0]
    return plan


def indexes_in(node: Any) -> set[str]:
    """Names of the indexes that a plan reads."""
    if isinstance(node, dict):
        own = {node["Index Name"]} if "Index Name" in node else set()
        return own.union(*(indexes_in(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(indexes_in(value) for value in node))
    return set()


def milliseconds(session: psycopg.Connection[Any], statement: str) -> float:
    return median([float(plan_of(session, statement)["Execution Time"]) for _ in range(RUNS)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=100_000)
    students = parser.parse_args().students
    missed = 0
    with scratch_database() as database:
        manage(database, "migrate", "--verbosity", "0")
        manage(database, "seed_demo", "--students", str(students), "--verbosity", "0")
        with psycopg.connect(database_url(database), autocommit=True) as session:
            session.execute(MORE_MEDICATIONS.encode())
            session.execute("VACUUM (ANALYZE)")
            parameters = {}
            for name, statement in PARAMETERS.items():
                row = session.execute(statement.encode()).fetchone()
                assert row is not None, f"the data have no {name}"
                parameters[name] = row[0]
            print(f"{'question':<66}{'index':<34}{'with':>10}{'without':>11}{'saves':>8}")
            category = None
            for question in QUESTIONS:
                if question.category != category:
                    category = question.category
                    print(f"\n{category}")
                statement = question.sql.format(**parameters)
                used = indexes_in(plan_of(session, statement))
                fast = milliseconds(session, statement)
                with session.transaction(force_rollback=True):
                    session.execute(f"DROP INDEX {question.index}".encode())
                    slow = milliseconds(session, statement)
                answer = "" if question.index in used else f"  not used: {', '.join(sorted(used)) or 'no index'}"
                missed += bool(answer)
                times = f"{fast:>7.2f} ms{slow:>8.2f} ms{slow / fast:>6.1f} x"
                print(f"  {question.text:<64}{question.index:<34}{times}{answer}")
    print(f"\n{len(QUESTIONS) - missed} of {len(QUESTIONS)} questions are answered by the index named for them.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
