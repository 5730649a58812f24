"""Whether this process can serve: its database answers, is migrated, and lets it act as the web's roles."""

import logging
import threading
import time
from collections.abc import Callable
from functools import cache

import psycopg
from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader

from core.models.user import UserRole
from core.roles import EMERGENCY_ROLE, database_role

# What is said to anybody who asks. None of it names a server, a user or an error text.
NO_DATABASE = "The database does not answer."
NO_ROLES = "The database login may not take the roles of the web."
PENDING = "Migrations are pending."

SECONDS_KEPT = 1.0
_ROLES = ("whitecross_anonymous", *(database_role(role) for role in UserRole), EMERGENCY_ROLE)
# Any of the roles that may read which migrations were applied; the login itself may not.
_READER = database_role(UserRole.VIEWER)
# From version 16 on, whether a member may SET ROLE is a matter of its own.
_ROLES_TO_TAKE = """
SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(
    session_user, oid, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END
)
"""

logger = logging.getLogger(__name__)


class Readiness:
    """What is missing for serving, asked of the database at most once a second per process."""

    def __init__(self, ask: Callable[[], str | None] | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask or what_is_missing
        self._now = now
        self._asking = threading.Lock()
        self._asked_at = float("-inf")
        self._missing: str | None = None

    def missing(self) -> str | None:
        """One sentence that says what is missing; None if nothing is.

        While one thread asks, the others repeat what was last known: a database that hangs holds one thread, not all.
        """
        if self._now() - self._asked_at >= SECONDS_KEPT and self._asking.acquire(blocking=self._asked_at < 0):
            try:
                missing = self._ask()
                if missing != self._missing:
                    logger.warning("Readiness: %s", missing or "all is there again.")
                self._missing, self._asked_at = missing, self._now()
            finally:
                self._asking.release()
        return self._missing


def what_is_missing() -> str | None:
    """Ask the database, as the login that serves: one sentence, or None."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', '2s', true)")
            cursor.execute(_ROLES_TO_TAKE, [list(_ROLES)])
            if cursor.fetchone()[0] < len(_ROLES):
                return NO_ROLES
            cursor.execute("SELECT to_regclass('django_migrations') IS NULL")
            if cursor.fetchone()[0]:
                return PENDING
            cursor.execute("SELECT set_config('role', %s, true)", [_READER])
            cursor.execute("SELECT app, name FROM django_migrations")
            return PENDING if _known_migrations() - set(cursor.fetchall()) else None
    except Error as error:
        if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            # A database whose migrations have not come to the grants yet.
            return PENDING
        return NO_DATABASE


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations that this version of the program knows. A newer database is no hindrance: see `operations.md`."""
    return frozenset(MigrationLoader(None).disk_migrations)
