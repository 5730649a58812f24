"""How fast the pages of the admin open over a whole state, beside Django's own admin over the same tables.

    uv run python -m benchmarks.admin [--students 1000000] [--schools 2000] [--requests 40] [--database NAME]

A scratch database gets a state of 1 million students, 5 million health records, and what else the pages read, which
takes about five minutes; `--database` keeps it under a name, and finds it there the next time. Each page is then asked
for by a nurse of one school and of ten, a district administrator and an administrator of all, in turns with the stock
admin: plain ModelAdmins with the same columns, as the owner of the tables, whom no policy restricts and who counts and
joins as Django does. Server time, from the request to the rendered page, in this process; medians and 95th percentiles.
Exit status 1 if a page takes 150 ms or more at the 95th percentile, or a list is not ten times as fast as stock.
"""

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.large_state import CLASS, build, student_key
from benchmarks.large_state_pages import build_pages
from benchmarks.measure import database_url, manage, pages_of, scratch_database, seconds
from benchmarks.stock_admin import Stock
from demo.names import ASCII, BOYS, FAMILIES, GIRLS

BAR = 150.0  # milliseconds, 95th percentile
TIMES_AS_FAST = 10.0  # than stock, on lists
WARM_UP = 2
FORBIDDEN = 403
STOCK_PATIENCE = 40.0  # seconds for one page of the stock admin, all requests together

# Who asks: name of the column, and log-in. The number in a nurse's is that of her school.
READERS = {
    "nurse": "nurse7@state.test",
    "nurse of 10": "nurse10@state.test",
    "district": "district-d0@state.test",
    "ADMIN": "admin@state.test",
}
LISTS = {"student list": "/admin/core/student/", "record list": "/admin/health/healthrecord/"}
STOCK_SEARCHES = {'search "smi jo"': "/admin/core/student/?q=smi+jo", 'search "zzz"': "/admin/core/student/?q=zzz"}
SEARCHES = {
    'search "smi jo"': "smi jo",
    'search "ma"': "ma",
    'search "zzz"': "zzz",
    "search, birth": "9/14/2012",
    "search, phone": "(555) 010-2345",
    "search, 4 digits": "2345",
}
OTHER_LISTS = (
    "/admin/core/contact/",
    "/admin/health/appointment/",
    "/admin/health/allergy/",
    "/admin/health/chroniccondition/",
    "/admin/health/vaccination/",
    "/admin/health/screening/",
    "/admin/health/growthmeasurement/",
    "/admin/health/vitalsigns/",
    "/admin/medications/medicationlog/",
    "/admin/medications/studentmedication/",
    "/admin/incidents/incidentreport/",
    "/admin/incidents/emergencycontact/",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=1_000_000)
    parser.add_argument("--schools", type=int, default=2_000)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--database", help="name of a database to keep")
    options = parser.parse_args()
    with _state(options.database, options.students, options.schools) as database, pages_of(database):
        return _measure(options.requests)


@contextmanager
def _state(name: str | None, students: int, schools: int) -> Iterator[str]:
    """A migrated database with the state in it; dropped at the end if it has no name to be kept under."""
    if name is None:
        with scratch_database() as scratch:
            _fill(scratch, students, schools)
            yield scratch
        return
    with psycopg.connect(database_url("postgres"), autocommit=True) as session:
        is_there = session.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
        if not is_there:
            session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    if is_there:
        manage(name, "migrate", "--verbosity", "0")
    else:
        _fill(name, students, schools)
    yield name


def _fill(database: str, students: int, schools: int) -> None:
    given, families = [ASCII[name] for name in (*BOYS, *GIRLS)], [ASCII[name] for name in FAMILIES]
    url = database_url(database)
    manage(database, "migrate", "--verbosity", "0")
    taken = seconds(lambda: build(url, students=students, schools=schools))
    taken += seconds(lambda: build_pages(url, students=students, schools=schools, given=given, families=families))
    print(f"{students:,} students of {schools:,} schools, made in {taken:.0f} s", flush=True)


def _measure(requests: int) -> int:
    import django  # noqa: PLC0415 - after the settings

    django.setup()
    from django.db import connection  # noqa: PLC0415 - after the settings
    from django.test import Client  # noqa: PLC0415 - after the settings
    from django.urls import NoReverseMatch, reverse  # noqa: PLC0415 - after the settings

    from core.models import User  # noqa: PLC0415 - after the settings

    report = Report(requests)
    for who, email in READERS.items():
        user = User.objects.get(email=email)
        browser = Client(SERVER_NAME="localhost")
        browser.force_login(user)
        student = student_key(CLASS * _first_school(user) + 1)
        try:
            page_of_student = reverse("admin:core_student_chart", args=[student])
        except NoReverseMatch:
            page_of_student = reverse("admin:core_student_change", args=[student])
        pages = {"home": "/admin/", "student page": page_of_student} | LISTS
        pages |= {path.split("/")[3]: path for path in OTHER_LISTS}
        stock = {"home": "/admin/", "student page": f"/admin/core/student/{student}/change/"} | LISTS
        for name, address in pages.items():
            if browser.get(address).status_code != FORBIDDEN:  # else it is not this role's
                report.measure(name, who, _asker(browser, address), stock.get(name), is_list=name in LISTS)
        for name, term in SEARCHES.items():
            asked = _asker(browser, reverse("admin:find_students"), {"term": term})
            report.measure(name, who, asked, STOCK_SEARCHES.get(name), is_list=False)
    report.stock.stop()
    connection.close()
    good = f"Every page is below {BAR:.0f} ms, every list {TIMES_AS_FAST:.0f} times as fast as stock."
    print("\n".join(report.failures) or good)
    return 1 if report.failures else 0


def _first_school(user: Any) -> int:
    """Number of a school that the user sees."""
    return int(user.school.code[1:]) if user.school_id else 0


def _asker(browser: Any, address: str, form: dict[str, str] | None = None) -> Callable[[], int]:
    """Asks for a page; returns the size of the answer in bytes."""

    def ask() -> int:
        response = browser.get(address) if form is None else browser.post(address, form)
        assert response.status_code == 200, f"{address} answers {response.status_code}"
        return len(response.content)

    return ask


class Report:
    """Lines of the table, and what is too slow. Stock is asked in turns with who asks first."""

    def __init__(self, requests: int) -> None:
        self.requests = requests
        self.failures: list[str] = []
        self.stock = Stock()
        self._stock_times: dict[str, list[float]] = {}
        print(f"{'page':20} {'who':12} {'median':>9} {'p95':>9} {'kB':>6}   {'stock':>9} {'p95':>9} {'times':>7}")

    def measure(self, name: str, who: str, ours: Callable[[], int], stock: str | None, *, is_list: bool) -> None:
        """Ask for a page many times; print a line."""
        size, times = 0, []
        beside = self._stock_times.setdefault(name, [])
        asks_stock = stock is not None and not beside
        for _ in range(WARM_UP):
            size = ours()
        if asks_stock and stock is not None:
            self.stock.milliseconds(stock)
        for _ in range(self.requests):
            times.append(1000 * seconds(ours))
            if asks_stock and stock is not None and sum(beside) < 1000 * STOCK_PATIENCE:
                beside.append(self.stock.milliseconds(stock))
        median, p95 = statistics.median(times), _p95(times)
        line = f"{name:20} {who:12} {median:6.1f} ms {p95:6.1f} ms {size // 1000:6}"
        if beside:
            ratio = statistics.median(beside) / median
            line += f"   {statistics.median(beside):6.0f} ms {_p95(beside):6.0f} ms {ratio:7.1f}"
            if is_list and ratio < TIMES_AS_FAST:
                self.failures.append(f"{name}, {who}: {ratio:.1f} times as fast as stock")
        print(line, flush=True)
        if p95 >= BAR:
            self.failures.append(f"{name}, {who}: {p95:.0f} ms at the 95th percentile")


def _p95(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, round(0.95 * len(times)))]


if __name__ == "__main__":
    sys.exit(main())
