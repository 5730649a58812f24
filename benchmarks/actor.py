"""What it costs that a request has an actor: declaring it, and the whole middleware.

    uv run python -m benchmarks.actor [--requests 500]

A scratch database is migrated. Declaring is one round trip, measured for a nurse with a home school and three
assignments, and for district administrators of 10 and of 2,000 schools. A page that asks one question is then requested
with and without the middleware, in turns. Medians. Exit status 1 if declaring takes a nurse 1 ms or more.
"""

import argparse
import sys
from typing import Any

from benchmarks.measure import manage, median, pages_of, scratch_database, seconds

BAR = 1.0  # milliseconds

SCHOOLS = """
WITH district AS (INSERT INTO districts (name, code) VALUES ('District of {count}', 'B{count}') RETURNING id),
     made AS (INSERT INTO schools (name, code, district_id)
              SELECT 'School ' || n, 'B{count}-' || n, district.id FROM district, generate_series(1, {count}) n)
INSERT INTO users (email, password, first_name, last_name, role, district_id)
SELECT 'district{count}@example.org', '!', 'A', 'B', 'DISTRICT_ADMIN', id FROM district
"""
NURSE = """
WITH nurse AS (
    INSERT INTO users (email, password, first_name, last_name, role, school_id)
    SELECT 'nurse@example.org', '!', 'A', 'B', 'NURSE', (SELECT min(id::text)::uuid FROM schools) RETURNING id
)
INSERT INTO school_assignments (user_id, school_id) SELECT nurse.id, s.id FROM nurse, (SELECT id FROM schools LIMIT 3) s
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=500)
    times = parser.parse_args().requests
    with scratch_database() as database:
        manage(database, "migrate", "--verbosity", "0")
        with pages_of(database):
            return measure(times)


def measure(times: int) -> int:
    import django  # noqa: PLC0415 - after the settings

    django.setup()
    from django.db import connection  # noqa: PLC0415 - after the settings

    with connection.cursor() as cursor:
        for statement in (SCHOOLS.format(count=10), SCHOOLS.format(count=2000), NURSE, "ANALYZE"):
            cursor.execute(statement)
    nurse = declaring("nurse@example.org", times)
    print(f"declaring a nurse of 4 schools             {nurse:>7.3f} ms")
    for count in (10, 2000):
        administrator = declaring(f"district{count}@example.org", times)
        print(f"declaring an administrator of {count:>4} schools {administrator:>7.3f} ms")
    without, with_actor = requests("nurse@example.org", times)
    print(f"a page without the middleware              {without:>7.3f} ms")
    print(f"the same page with it                      {with_actor:>7.3f} ms")
    print(f"what the middleware adds                   {with_actor - without:>7.3f} ms ({with_actor / without:.2f} x)")
    connection.close()
    return 1 if nurse >= BAR else 0


def declaring(email: str, times: int) -> float:
    """Median milliseconds of the round trip that declares this user, each in a transaction of its own."""
    from django.db import transaction  # noqa: PLC0415 - after the settings

    from core.acting import declare_actor  # noqa: PLC0415 - after the settings
    from core.models import User  # noqa: PLC0415 - after the settings

    user, origin = User.objects.get(email=email), {"ip": "203.0.113.7", "user_agent": "Firefox", "request_id": "r"}
    taken = []
    for _ in range(times):
        with transaction.atomic(), connection_of().cursor() as cursor:
            cursor.execute("SELECT 1")  # BEGIN is not part of it
            taken.append(seconds(lambda: declare_actor(user.pk, source="web", reason="", **origin)))
    return median(taken) * 1000


def connection_of() -> Any:
    from django.db import connection  # noqa: PLC0415 - after the settings

    return connection


def requests(email: str, times: int) -> tuple[float, float]:
    """Median milliseconds of a page for somebody logged in, without and with the middleware."""
    from django.conf import settings  # noqa: PLC0415 - after the settings
    from django.http import HttpRequest, HttpResponse  # noqa: PLC0415 - after the settings
    from django.test import Client  # noqa: PLC0415 - after the settings
    from django.test.utils import override_settings  # noqa: PLC0415 - after the settings
    from django.urls import path  # noqa: PLC0415 - after the settings

    from core.models import User  # noqa: PLC0415 - after the settings

    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.user)

    urls: Any = type(sys)("benchmarks.actor_urls")
    urls.urlpatterns = [path("page/", page)]
    ours = "core.middleware.ActorMiddleware"
    middleware = {True: settings.MIDDLEWARE, False: [name for name in settings.MIDDLEWARE if name != ours]}
    clients = {}
    with override_settings(ROOT_URLCONF=urls):
        for with_actor in (False, True):
            with override_settings(MIDDLEWARE=middleware[with_actor]):
                clients[with_actor] = client = Client()
                client.force_login(User.objects.get(email=email))
                assert client.get("/page/").status_code == 200  # the handler loads its middleware now
        taken: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(times):
            for with_actor, client in clients.items():
                taken[with_actor].append(seconds(lambda client=client: client.get("/page/")))  # type: ignore[misc]
    return median(taken[False]) * 1000, median(taken[True]) * 1000


if __name__ == "__main__":
    sys.exit(main())
