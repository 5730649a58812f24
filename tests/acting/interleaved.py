"""Requests of two people who take turns on one connection of the server, run as a program by test_pooling.

Prints what each page said, as JSON: {"turns": [...], "between": [...], "at_once": [...]}.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import AnonymousUser  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from core.acting import acting_as  # noqa: E402
from core.models import User  # noqa: E402
from tests.acting.declared import declared, execute  # noqa: E402

settings.ROOT_URLCONF = "tests.acting.pages"
setup_test_environment()

# Whoever has a pool gives the connection back after each request, as close_old_connections() does in a server.
GIVES_BACK = bool(connection.settings_dict["OPTIONS"].get("pool"))


class Person:
    """A thread of its own, and so a connection of Django's of its own."""

    def __init__(self, user: User | None) -> None:
        self.user, self.thread = user, ThreadPoolExecutor(1)
        self.client = Client(raise_request_exception=False)
        if user is not None:
            self.thread.submit(self._log_in).result()

    def _log_in(self) -> None:
        assert self.user is not None
        with acting_as(AnonymousUser()):  # the login itself may own nothing
            self.client.force_login(self.user)
        if GIVES_BACK:
            connection.close()

    def _get(self, path: str) -> dict[str, Any]:
        response = self.client.get(path)
        said = response.json() if path == "/who/" else {}
        if GIVES_BACK:
            connection.close()
        return said | {"status": response.status_code, "expected": str(self.user.pk) if self.user else ""}

    def get(self, path: str) -> Any:
        return self.thread.submit(self._get, path)

    def _outside_a_request(self) -> dict[str, Any]:
        said = declared() | {"pid": execute("SELECT pg_backend_pid()")[0][0]}
        if GIVES_BACK:
            connection.close()
        return said

    def outside_a_request(self) -> dict[str, Any]:
        said: dict[str, Any] = self.thread.submit(self._outside_a_request).result()
        return said


def main() -> int:
    with acting_as(AnonymousUser()):
        nurse, counselor = User.objects.order_by("role")
    connection.close()
    people = [Person(nurse), Person(counselor), Person(None)]
    turns, between = [], []
    for path in ("/who/", "/raising/?code=A&raise=500", "/who/", "/forbidden/?code=A", "/swallowing/?code=A", "/who/"):
        for person in people:
            turns.append({"path": path} | person.get(path).result())
            between.append(person.outside_a_request())
    at_once = [future.result() for future in [person.get("/who/") for _ in range(20) for person in people]]
    json.dump({"turns": turns, "between": between, "at_once": at_once}, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # threads of a pool need no farewell


if __name__ == "__main__":
    main()
