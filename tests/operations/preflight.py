"""Ask `preflight` about a database, as a program does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import environ
from django.core.management import call_command
from django.db import connections

from tests.scratch import Scratch

ALIAS = "inspected"

Finding = dict[str, str]


@contextmanager
def reached(database: Scratch) -> Iterator[None]:
    """While it lasts, the alias leads to this database."""
    place = environ.Env.db_url_config(database.url)
    connections.databases[ALIAS] = connections.databases["default"] | {"OPTIONS": {}, **place}
    connections.databases[ALIAS]["ENGINE"] = "whitecross.postgresql"
    try:
        yield
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.databases[ALIAS]


def asked(database: Scratch, *arguments: str, status: int = 0) -> dict[str, Any]:
    """The whole answer. `status` is what the command must end with, which must agree with what it says."""
    out, ended = StringIO(), 0
    with reached(database):
        try:
            call_command("preflight", *arguments, database=ALIAS, format="json", stdout=out)
        except SystemExit as end:
            ended = int(str(end.code))
    answer: dict[str, Any] = json.loads(out.getvalue())
    assert (ended, answer["ok"]) == (status, status == 0), answer
    return answer


def findings(database: Scratch, check: str, *arguments: str, status: int = 0) -> list[Finding]:
    """The lines of one check, without its name."""
    found = asked(database, *arguments, status=status)["findings"]
    return [{key: line[key] for key in line if key != "check"} for line in found if line["check"] == check]


def finding(database: Scratch, check: str, *arguments: str, status: int = 0) -> Finding:
    """The one line of a check."""
    (found,) = findings(database, check, *arguments, status=status)
    return found
