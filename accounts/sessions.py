"""Where log-ins are kept: Django's sessions, in the table `user_sessions`.

The cookie's value is never stored, only its SHA-256; what a session holds is signed for its cookie. So neither a dump
of the table nor the right to write to it gives anybody a session. The database's functions do the reading and
writing; the web's roles have no right to the keys and contents themselves.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import IntegrityError, connection, transaction
from django.utils.crypto import get_random_string

# How long a session lives in which nobody is logged in: the way to a log-in.
_BEFORE_LOG_IN = timedelta(hours=1)
_KEY_LENGTH = 32


def clock() -> datetime:
    """The moment by the machine, as the database has it: a log-in ages even where a page is told another day."""
    return datetime.now(UTC)


def stored_key(key: str) -> str:
    """What stands in the table for a cookie of this value."""
    return hashlib.sha256(key.encode()).hexdigest()


class SessionStore(DatabaseStore):
    """A session of the web. `created_at` and the like are known once it was loaded."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.row_id: UUID | None = None
        self.created_at: datetime | None = None
        self.last_activity_at: datetime | None = None
        self.ends_at: datetime | None = None
        self._previous_key: str | None = None
        self._is_moved = False

    @classmethod
    def get_model_class(cls) -> Any:
        from accounts.models import UserSession  # noqa: PLC0415  # the models need the apps, this module does not

        return UserSession

    @property
    def key_salt(self) -> str:
        """Contents are signed for one cookie: in another's row they are worth nothing."""
        return f"accounts.sessions:{self.session_key}"

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing if it is over. One query."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM load_session(%s)", [stored_key(self.session_key or "")])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        # In UTC: within one zone Python adds and subtracts by the clock on the wall, which is set twice a year.
        contents, *moments, self.row_id = row
        self.created_at, self.last_activity_at, self.ends_at = (moment.astimezone(UTC) for moment in moments)
        found: dict[str, Any] = self.decode(contents)
        return found

    def exists(self, session_key: str) -> bool:
        """Whether there is a session of this key, over or not."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM load_session(%s))", [stored_key(session_key)])
            return bool(cursor.fetchone()[0])

    def _get_new_session_key(self) -> str:
        """At random, from 190 bits: that it should be another's need not be asked; the database would refuse it."""
        return get_random_string(_KEY_LENGTH, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    def save(self, must_create: bool = False) -> None:
        """Write the session.

        Raises:
            CreateError: another has this key.
            UpdateError: it was ended meanwhile, or the user may no longer log in.
        """
        if self.session_key is None:
            self.create()
            return
        data: dict[str, Any] = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # which the stubs have not
        new = stored_key(self.session_key)
        old = None if must_create else self._previous_key or new
        ends = clock() + _BEFORE_LOG_IN if must_create else self.ends_at if self._is_moved else None
        arguments = [old, new, self.encode(data), ends, data.get(SESSION_KEY), _shown_factor(data)]
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT write_session(%s, %s, %s, %s, %s, %s)", arguments)
                is_written = cursor.fetchone()[0]
        except IntegrityError as error:
            if must_create:
                raise CreateError from error
            raise
        if not is_written:
            raise UpdateError
        self._previous_key = None

    def cycle_key(self) -> None:
        """Give the session another key, and so another cookie; it stays the same session, as old as it was."""
        data = self._session  # type: ignore[attr-defined]  # which the stubs have not
        if self.session_key is None:
            self.create()
        else:
            self._previous_key = self._previous_key or stored_key(self.session_key)
            self._session_key = self._get_new_session_key()
            self._session_cache = data
            self.save()
        self.modified = True

    def delete(self, session_key: str | None = None, *, reason: str = "") -> None:
        """End a session, this one if no key is given; `reason` is for the audit log."""
        key = session_key or self.session_key
        if key is None:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT end_session(%s, %s)", [stored_key(key), reason])

    def end(self, reason: str) -> None:
        """End this session, and forget what it held."""
        self.clear()
        self.delete(reason=reason)
        self._session_key = None

    def flush(self) -> None:
        """End this session because somebody logs out."""
        self.end("Logged out.")

    def end_at(self, moment: datetime) -> None:
        """Let the session be over at this moment, once it is saved."""
        self.ends_at, self._is_moved, self.modified = moment, True, True

    @property
    def seconds_left(self) -> int:
        """Until the session is over, if nobody does anything more."""
        left = (self.ends_at - clock()).total_seconds() if self.ends_at else 0
        return max(0, int(left))

    def touch(self, ends_at: datetime) -> None:
        """Somebody does something in it now, and if they did nothing more it would be over at `ends_at`. One query."""
        if self.session_key is None:
            return
        self.ends_at = ends_at
        with connection.cursor() as cursor:
            cursor.execute("SELECT touch_session(%s, %s)", [stored_key(self.session_key), ends_at])


def _shown_factor(data: dict[str, Any]) -> str:
    """How the second factor was shown, as the log-in keeps it: a word, or a word among other things."""
    shown = data.get("second_factor") or ""
    if isinstance(shown, dict):
        shown = shown.get("method", "")
    return str(shown)[:40]
