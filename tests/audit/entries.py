"""What the log was given, read as its owner."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.schema.expectation import our_models
from tests.schema.rows import Rows, query

# The log itself, and what is counted out of rows that are audited ("Derived:" in its comment).
NOT_AUDITED = {"audit_logs", "audit_seals", "login_attempts", "school_counts"}
# What comes and goes by itself: of it the end is written down ("Transient:" in its comment).
END_AUDITED = {"user_sessions"}
AUDITED = {
    model._meta.db_table: model
    for model in our_models()
    if model._meta.db_table not in NOT_AUDITED and model._meta.db_table not in END_AUDITED
}


@dataclass(frozen=True)
class Entry:
    """The columns that tests look at."""

    action: str
    table: str
    key: UUID | None
    school_id: UUID | None
    student_id: UUID | None
    image: dict[str, Any] | None
    row_count: int | None


class Entries:
    """The entries that came since one last looked."""

    def __init__(self) -> None:
        self.skip()

    def skip(self) -> None:
        """Begin here."""
        ((self._since,),) = query("SELECT clock_timestamp()")

    def new(self, table: str | None = None) -> list[Entry]:
        """The entries since the last look, in order; only those about `table`, if given."""
        rows = query(
            "SELECT action::text, entity_type, entity_id, school_id, student_id, old_row, row_count FROM audit_logs "
            "WHERE created_at > %s AND (%s::text IS NULL OR entity_type = %s) ORDER BY created_at, id",
            [self._since, table, table],
        )
        self.skip()
        return [
            Entry(action, table_name, key, school, student, image and json.loads(image), count)
            for action, table_name, key, school, student, image, count in rows
        ]


# Secrets, and what is computed from other columns.
NOT_IN_IMAGES = {
    "users": ["password", "search_vector"],
    "growth_measurements": ["bmi"],
    "authenticator_apps": ["secret"],
    "passkeys": ["public_key"],
    "recovery_codes": ["code_hash"],
    "user_sessions": ["session_key", "session_data"],
}


def image_of(table: str, key: UUID) -> dict[str, Any]:
    """The row as an image should have it."""
    without = NOT_IN_IMAGES.get(table, ["search_vector"])
    ((image,),) = query(f"SELECT to_jsonb(r) - %s::text[] FROM {table} r WHERE id = %s", [without, key])
    return json.loads(image)


# Of which a row may have but one: it gets another such parent each time.
ONE_FOR_EACH = {"school_assignments": "schools", "legal_holds": "students", "authenticator_apps": "users"}


def insert(rows: Rows, table: str) -> UUID:
    """A minimal row, as many times as one likes."""
    renew_parent(rows, table)
    return rows.insert(table)


def renew_parent(rows: Rows, table: str) -> None:
    """Let the next row belong to another parent, where a parent may have but one."""
    if parent := ONE_FOR_EACH.get(table):
        rows._parents.pop(parent, None)
        rows.parent(parent)
