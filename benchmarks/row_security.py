import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from benchmarks.large_state import DISTRICTS, build, school_key
from benchmarks.measure import database_url, manage, median
from benchmarks.page_questions import Question, questions
from benchmarks.row_security_forms import FORMS, Form, forms_as_roles

@dataclass(frozen=True)
class Reach:
    name: str
    schools: Sequence[str]
    district: str = ""

    @property
    def array(self) -> str:
        return "{" + ",".join(self.schools) + "}"


def declare(session, reach, role):
    for name, value in (
        ("whitecross.schools", reach.array),
        ("whitecross.district_id", reach.district),
        ("whitecross.home_school", reach.schools[0] if reach.schools else ""),
        ("role", role),
    ):
        session.execute("SELECT set_config(%s, %s, true)", [name, value])


def ask(session, reach, role, sql, timeout):
    with session.transaction(force_rollback=True):
        session.execute(f"SET LOCAL statement_timeout = {int(timeout * 1000)}")
        declare(session, reach, role)
        started = time.perf_counter()
        rows = session.execute(sql.encode(), prepare=False).fetchall()
        return time.perf_counter() - started, rows


def indexes(session, reach, role, sql):
    def walk(node):
        if isinstance(node, dict):
            if "Index Name" in node:
                yield node["Index Name"].removeprefix("idx_").replace("health_records","r").replace("students","s")
            elif node.get("Node Type") == "Seq Scan":
                yield "SEQ " + node["Relation Name"]
            for value in node.values():
                yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)
    with session.transaction(force_rollback=True):
        declare(session, reach, role)
        plan = session.execute(f"EXPLAIN (FORMAT JSON) {sql}".encode(), prepare=False).fetchone()[0]
    return ", ".join(dict.fromkeys(walk(plan)))


def compare(session, reach, candidates, runs, timeout):
    """candidates: name -> (role, sql). Returns name -> (ms or None, rows)."""
    times = {name: [] for name in candidates}
    rows = {}
    dead = set()
    started = time.perf_counter()
    for run in range(runs):
        for name, (role, sql) in candidates.items():
            if name in dead:
                continue
            try:
                seconds, found = ask(session, reach, role, sql, timeout)
                rows[name] = len(found) if "__count" not in sql else found[0][0]
                if seconds > 0.2:
                    times[name].append(seconds * 1000)
                    continue
                times[name] += [ask(session, reach, role, sql, timeout)[0] * 1000 for _ in range(3)]
            except psycopg.errors.QueryCanceled:
                dead.add(name)
        if time.perf_counter() - started > 8:
            break
    return {n: (median(t) if t and n not in dead else None, rows.get(n)) for n, t in times.items()}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=1_000_000)
    parser.add_argument("--schools", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--database")
    parser.add_argument("--timeout", type=float, default=20)
    parser.add_argument("--reach", action="append")
    parser.add_argument("--page", action="append")
    options = parser.parse_args()
    asked = questions(options.database, options.students)
    keys = [school_key(n) for n in range(options.schools)]
    per = options.schools // DISTRICTS
    d0 = "000000d1-0000-7000-8000-000000000000"
    reaches = [Reach("1 school", keys[:1]), Reach("3 schools", keys[:3]), Reach("10 schools", keys[:10]), Reach("250 schools", keys[:per], d0), Reach("all", keys)]
    with psycopg.connect(database_url(options.database), autocommit=True) as session, forms_as_roles(session):
        for reach in reaches:
            if options.reach and reach.name not in options.reach: continue
            print(f"\n== {reach.name}", flush=True)
            for q in asked:
                if options.page and not any(q.page.startswith(p) for p in options.page): continue
                cands = {"none": ("none", q.sql)}
                if reach.name != "all":
                    cands["explicit"] = ("none", q.scoped(f"ANY ('{reach.array}'::uuid[])"))
                    if len(reach.schools) == 1:
                        cands["explicit ="] = ("none", q.scoped(f"'{reach.schools[0]}'::uuid"))
                for form in FORMS:
                    if not form.reaches or reach.name in form.reaches:
                        cands[form.name] = (form.role, q.sql)
                result = compare(session, reach, cands, options.runs, options.timeout)
                base = result["none"][0]; same = result.get("explicit", (None,))[0] or base
                print(f"{q.page}  [{q.kind}]", flush=True)
                want = result.get("explicit", result["none"])[1]
                for name, (ms, rows) in result.items():
                    t = f"{ms:9.2f} ms" if ms is not None else f"  >{options.timeout:.0f} s    "
                    r = f"{ms/base:8.2f} {ms/same:8.2f}" if ms and base and same else " " * 17
                    bad = "" if rows == want or name == "none" or rows is None else f"  ROWS {rows} NOT {want}"
                    print(f"   {name:<16}{t} {r}  {rows if rows is not None else '-':>8}  {indexes(session, reach, *cands[name])}{bad}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
