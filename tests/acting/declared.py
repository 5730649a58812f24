"""What the database knows of the actor, read back from it."""

import uuid
from typing import Any

from django.db import connection

NAMES = (
    "actor_id",
    "schools",
    "district_id",
    "districts",
    "home_school",
    "source",
    "ip",
    "user_agent",
    "request_id",
    "reason",
)


def declared() -> dict[str, str]:
    """The role and the settings of the transaction, '' for what is not declared."""
    settings = ", ".join(f"coalesce(current_setting('whitecross.{name}', true), '')" for name in NAMES)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT current_setting('role'), {settings}")
        return dict(zip(("role", *NAMES), cursor.fetchone(), strict=True))


def schools() -> set[uuid.UUID]:
    """The schools in reach."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('whitecross.schools')::uuid[]")
        return set(cursor.fetchone()[0])


def districts() -> set[uuid.UUID]:
    """The districts whose staff are seen."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('whitecross.districts')::uuid[]")
        return set(cursor.fetchone()[0])


def execute(statement: str) -> list[Any]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def grant(statement: str) -> None:
    """Grant what a test needs: which grants the roles have for good is another test's business."""
    execute(f"GRANT {statement}")
