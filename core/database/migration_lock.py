"""One migration run at a time per database."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from core.database.session_settings import session_setting

# Two numbers of our own choice; PostgreSQL keeps advisory locks apart per database.
_LOCK = (0x5743, 0x4D49)
_SECONDS_BETWEEN_TRIES = 0.1


@contextmanager
def migration_lock(connection: BaseDatabaseWrapper, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the right to migrate this database, waiting while another process has it; `on_wait` is called once then.

    The wait is a loop of tries, not one blocking call: a call that blocks holds a snapshot, and the other run's
    concurrent index builds would wait for that snapshot, each for the other. The lock is the session's: a process that
    is killed gives it up. While it is held, no statement waits for a table lock longer than MIGRATION_LOCK_TIMEOUT.
    """
    waited = False
    while not _ask(connection, "SELECT pg_try_advisory_lock(%s, %s)"):
        if not waited:
            on_wait()
            waited = True
        time.sleep(_SECONDS_BETWEEN_TRIES)
    try:
        with session_setting(connection, "lock_timeout", settings.MIGRATION_LOCK_TIMEOUT):
            yield
    finally:
        if connection.is_usable():
            _ask(connection, "SELECT pg_advisory_unlock(%s, %s)")


def _ask(connection: BaseDatabaseWrapper, statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, _LOCK)
        return bool(cursor.fetchone()[0])
