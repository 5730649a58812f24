"""Try a statement in raw SQL, and look at everything that comes back of it: rows, errors in every part, notices."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from tests.safeguards.two_districts import Person, TwoDistricts

DENIED = "42501"
NO_HARD_DELETE = "23001"
NO_SUCH_ROW = "23503"
Statement = str | sql.Composable


@dataclass
class Outcome:
    """What a statement answered."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    count: int = -1
    sqlstate: str | None = None
    message: str = ""
    detail: str = ""
    hint: str = ""
    context: str = ""
    notices: list[str] = field(default_factory=list)

    @property
    def keys(self) -> set[Any]:
        """The first column."""
        return {row[0] for row in self.rows}

    @property
    def error(self) -> tuple[str | None, str, str, str]:
        """All that the client is told of an error but the lines of code that raised it."""
        return self.sqlstate, self.message, self.detail, self.hint

    @property
    def is_refused_by_grants(self) -> bool:
        return self.sqlstate == DENIED and "permission denied" in self.message

    @property
    def is_refused_by_rows(self) -> bool:
        return self.sqlstate == DENIED and "row-level security" in self.message

    @property
    def text(self) -> str:
        """All of it as one text, in which secrets are looked for."""
        cells = (str(cell) for row in self.rows for cell in row)
        return "\n".join([*cells, *map(str, self.error), self.context, *self.notices])


def attempt(statement: Statement, parameters: Any = None, *, keep: bool = False) -> Outcome:
    """Run a statement; what it did is taken back unless `keep`, and an error leaves the transaction as it was."""
    return _attempt(lambda session: _execute(session, statement, parameters), keep=keep)


def copy_out(statement: Statement) -> Outcome:
    """Run a COPY TO STDOUT."""

    def read(session: Any) -> Outcome:
        with session.cursor() as cursor, cursor.copy(statement) as copy:
            return Outcome(rows=[(bytes(line).decode(),) for line in copy])

    return _attempt(read, keep=False)


def _execute(session: Any, statement: Statement, parameters: Any) -> Outcome:
    with session.cursor() as cursor:
        cursor.execute(statement, parameters)
        return Outcome(rows=cursor.fetchall() if cursor.description else [], count=cursor.rowcount)


def _attempt(run: Any, *, keep: bool) -> Outcome:
    session: Any = connection.connection
    with _heard(session) as notices:
        session.execute("SAVEPOINT attempt")
        try:
            outcome: Outcome = run(session)
        except psycopg.Error as error:
            said = error.diag
            outcome = Outcome(
                sqlstate=error.sqlstate,
                message=said.message_primary or "",
                detail=said.message_detail or "",
                hint=said.message_hint or "",
                context=said.context or "",
            )
        if outcome.sqlstate or not keep:
            session.execute("ROLLBACK TO SAVEPOINT attempt")
        session.execute("RELEASE SAVEPOINT attempt")
    outcome.notices = notices
    return outcome


@contextmanager
def _heard(session: Any) -> Iterator[list[str]]:
    notices: list[str] = []

    def hear(said: Any) -> None:
        notices.append(f"{said.message_primary} {said.message_detail}")

    session.add_notice_handler(hear)
    try:
        yield notices
    finally:
        session.remove_notice_handler(hear)


def tells_nothing(outcome: Outcome, data: TwoDistricts, person: Person) -> bool:
    """Whether no key, name, number or text of a place out of reach is anywhere in what came back."""
    return not any(secret in outcome.text for secret in data.foreign_secrets(person))


def tells_all_names(outcome: Outcome, data: TwoDistricts, person: Person) -> bool:
    """Whether the own students are there: an attack that finds nothing at all would prove nothing."""
    return all(f"Name~{place}~" in outcome.text for place in person.reach)
