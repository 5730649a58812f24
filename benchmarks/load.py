"""A day of many nurses at once, against the server as production runs it.

    uv run python -m benchmarks.load [--users 50] [--seconds 60] [--students 3000] [--workers 2] [--threads 4]

A fresh server of PostgreSQL gets the logins of deploy/create_logins.sql; the owner migrates it and loads the demo, and
`whitecross.serve web` serves it as the web's login, with collected static files. Each user logs in as a nurse of the
demo and clicks on until the time is over: home, search, chart, a dose, vital signs, an incident, lists. A page is a
connection of its own, as from the proxy. Between clicks a user rests (--rest seconds on average; 0 is a machine).

It prints for each page how many, the median and the 95th percentile, and how many statements it asks of the database.
Those are counted in a second server, by one user, after the load: counting would be part of what is timed. Users run on
the same processors as the server, so the figures are for fewer than the machine has. Exit status 1 if a request failed.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from demo.logins import DEMO_PASSWORD
from tests.deployment.clusters import new_cluster
from tests.deployment.serving import HOST, Installation
from tests.deployment.visitor import Answer, LostError, RefusedError, Visitor

COUNTED = "x-statements"


class User:
    """One nurse at work."""

    def __init__(self, port: int, email: str, number: int) -> None:
        self.visitor = Visitor(port, HOST, address=f"203.0.113.{number % 250 + 1}")
        self.email = email
        self.number = number
        self.timed: dict[str, list[float]] = defaultdict(list)
        self.statements: dict[str, list[int]] = defaultdict(list)
        self.errors: list[str] = []
        self._random = random.Random(number)
        self._charts: list[str] = []
        self._token = ""

    def work(self, until: float, rest: float) -> None:
        """Click on until the time is over. A request that fails is noted, and the day begins anew."""
        while time.monotonic() < until:
            try:
                for step in (self._log_in, self._look_around, *[self._care] * 8):
                    for _ in step():
                        time.sleep(self._random.uniform(0, 2 * rest))
                        if time.monotonic() >= until:
                            return
            except (RefusedError, LostError, AssertionError) as error:
                self.errors.append(f"{type(error).__name__}: {error}")
                time.sleep(rest)

    def _log_in(self) -> Iterator[None]:
        self.visitor.cookies.clear()
        page = self._timed("log-in page", self.visitor.get, "/admin/login/")
        fields = page.form("username") | {"username": self.email, "password": DEMO_PASSWORD}
        yield
        self._timed("log-in", self.visitor.post, "/admin/login/", fields, expected=302)
        yield
        home = self._timed("home", self.visitor.get, "/admin/")
        self._token = str(self.visitor.cookies["__Host-csrftoken"])
        assert home.body
        yield

    def _look_around(self) -> Iterator[None]:
        students = self._timed("students", self.visitor.get, "/admin/core/student/")
        self._charts = students.links("/chart/")
        assert self._charts, "the nurse has no students"
        for name, path in (
            ("doses today", "/admin/home/doses/"),
            ("orders", "/admin/medications/studentmedication/"),
            ("incidents", "/admin/incidents/incidentreport/"),
        ):
            yield
            self._timed(name, self.visitor.get, path)
        yield

    def _care(self) -> Iterator[None]:
        term = self._random.choice("abcdefghijklmnoprstw")
        fields: dict[str, str | list[str]] = {"term": term, "csrfmiddlewaretoken": self._token}
        self._timed("search", self.visitor.post, "/admin/find/", fields)
        yield
        chart_path = self._random.choice(self._charts)
        chart = self._timed("chart", self.visitor.get, chart_path)
        yield
        for name, part, filled in (
            ("vital signs", "/vitalsigns/add/", {"heart_rate": "81", "temperature": "98.6", "temperature_unit": "F"}),
            (
                "incident",
                "/incidentreport/add/",
                {
                    "type": "INJURY",
                    "severity": "LOW",
                    "location": "Playground",
                    "description": "Fell from the swing.",
                    "action_taken": "Cleaned and dressed.",
                },
            ),
            ("dose", "/medicationlog/add/", {}),
        ):
            for link in chart.links(part)[:1]:
                holding = next(iter(filled), "status")
                page = self._timed(f"{name}: form", self.visitor.get, link)
                yield
                sent = page.form(holding) | filled | {"_save": "Save"}
                # A dose that somebody else has just given is refused in the form: that is the rule, and no error.
                allowed = (302, 200) if name == "dose" else (302,)
                answer = self._timed(f"{name}: save", self.visitor.post, link, sent, expected=allowed)
                if answer.status == 200:
                    self.timed[f"{name}: refused by rule"].append(self.timed[f"{name}: save"].pop())
                yield

    def _timed(
        self, name: str, ask: Callable[..., Answer], *arguments: object, expected: int | tuple[int, ...] = 200
    ) -> Answer:
        began = time.monotonic()
        answer = ask(*arguments)
        took = time.monotonic() - began
        wanted = expected if isinstance(expected, tuple) else (expected,)
        assert answer.status in wanted, f"{name} answers {answer.status}"
        self.timed[name].append(took * 1000)
        if COUNTED in answer.headers:
            self.statements[name].append(int(answer.headers[COUNTED]))
        return answer


@contextmanager
def installed(students: int) -> Iterator[Installation]:
    """A server of PostgreSQL with the demo, and collected static files."""
    folder = Path(tempfile.mkdtemp(prefix="wx-load-"))
    try:
        with new_cluster() as cluster:
            installation = Installation(cluster, folder / "static", {"PYTHONWARNINGS": "ignore"})
            installation.run("owner", "static", "--verbosity", "0")
            installation.run("owner", "migrate", "--verbosity", "0")
            installation.run("owner", "manage", "seed_demo", "--students", str(students), "--verbosity", "0")
            yield installation
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def nurses(installation: Installation) -> list[str]:
    """The demo's nurses, as many as it has; users share them in turn. All get the password of the one who has one."""
    installation.cluster.execute(
        "postgres",
        "UPDATE users SET password = (SELECT password FROM users WHERE email = 'nurse@demo.whitecross.example') "
        "WHERE role = 'NURSE'",
    )
    rows = installation.cluster.execute(
        "postgres",
        "SELECT email FROM users WHERE role = 'NURSE' AND school_id IS NOT NULL AND is_active ORDER BY email",
    )
    return [email for (email,) in rows]


def at_once(users: list[User], seconds: float, rest: float) -> None:
    """Let all of them work. What stops one of them for good is raised here."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(len(users)) as pool:
        for work in [pool.submit(user.work, until, rest) for user in users]:
            work.result()


def joined(parts: list[dict[str, list[float]]]) -> dict[str, list[float]]:
    """The figures of all users by page."""
    whole: dict[str, list[float]] = defaultdict(list)
    for part in parts:
        for name, figures in part.items():
            whole[name] += figures
    return whole


def line(name: str, figures: list[float], seconds: float, statements: list[int]) -> str:
    """One page of the table."""
    p95 = quantiles(figures, n=20)[-1] if len(figures) > 1 else figures[0]
    asked = f"{median(statements):10.0f}" if statements else " " * 10
    return f"{name:28}{len(figures):8}{len(figures) / seconds:9.1f}{median(figures):9.0f}{p95:9.0f}{asked}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--students", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--rest", type=float, default=1.0)
    options = parser.parse_args()
    server = {"WEB_WORKERS": str(options.workers), "WEB_THREADS": str(options.threads)}
    server["DATABASE_POOL"] = server["WEB_THREADS"]
    with installed(options.students) as installation:
        emails = nurses(installation)
        with installation.served(descriptor=None, **server) as served:
            users = [User(served.port, emails[n % len(emails)], n) for n in range(options.users)]
            began = time.monotonic()
            at_once(users, options.seconds, options.rest)
            took = time.monotonic() - began
            log = served.written()
        counting = {"DJANGO_SETTINGS_MODULE": "benchmarks.load_settings", "WEB_WORKERS": "1", "WEB_THREADS": "1"}
        counting["DATABASE_POOL"] = "1"
        with installation.served(descriptor=None, **counting) as served:
            counter = User(served.port, emails[0], 1000)
            at_once([counter], 15, 0)
    timed = joined([user.timed for user in users])
    errors = [error for user in [*users, counter] for error in user.errors]
    total = [figure for figures in timed.values() for figure in figures]
    asked = [number for numbers in counter.statements.values() for number in numbers]
    print(
        f"{options.users} users, {len(emails)} nurses, {options.students} students, {options.seconds:.0f} s,", end=" "
    )
    print(f"{options.workers} workers of {options.threads} threads, {options.rest:g} s of rest between clicks")
    print(f"{'page':28}{'requests':>8}{'a second':>9}{'p50 ms':>9}{'p95 ms':>9}{'statements':>11}")
    for name in sorted(timed):
        print(line(name, timed[name], took, counter.statements.get(name, [])))
    print(line("all", total, took, asked))
    print(f"errors: {len(errors)}")
    for error in sorted(set(errors))[:10]:
        print(f"    {errors.count(error)} x {error}")
    if "Traceback" in log:
        print("The server's log has tracebacks.")
    return 1 if errors or "Traceback" in log else 0


if __name__ == "__main__":
    sys.exit(main())
