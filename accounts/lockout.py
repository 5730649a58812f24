"""Count failures to log in, and refuse to look at guesses beyond a limit.

Each request is one transaction (`core.middleware`). `look_at` takes two locks in it, one for the address and one for
the account, so that guesses made at the same moment are looked at one after the other, each counting those before.
"""

from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils.crypto import salted_hmac
from psycopg import errors

import configuration
from accounts.declared_settings import ACCOUNT_FAILURES, ADDRESS_FAILURES, LOCKOUT_MINUTES
from accounts.models import LoginFailure
from core.models import User

_MAY = "SELECT may_log_in(%s, %s, %s, %s)"
_RECORD = "SELECT record_log_in(%s, %s, %s)"


class LockedOutError(Exception):
    """The guess is not looked at: too many have failed. Whether the account exists does not matter here."""

    def __init__(self) -> None:
        super().__init__("Too many attempts to log in have failed.")
        self.minutes: int = configuration.get(LOCKOUT_MINUTES)

    @property
    def in_words(self) -> str:
        """What to tell whoever tried."""
        return f"Too many attempts have failed. Please wait {self.minutes} minutes, then try again."


class Attempt:
    """One guess at an account, which ends in a failure or a log-in; or something else that is counted beside those."""

    def __init__(self, name: str, *, counted_as: str = "accounts.lockout") -> None:
        self._name = User.objects.normalize_email(name)
        self._mark = salted_hmac(counted_as, self._name, secret=settings.SECRET_KEY, algorithm="sha256").digest()

    def look_at(self, *, is_guess: bool = True) -> "Attempt":
        """Wait for others who guess at the account or from the address, then see whether there are guesses left.

        What nobody can guess, such as the signature of a passkey, is bound by the limit of the address alone: a lock
        that others brought about does not keep its owner out.

        Raises:
            LockedOutError: too many have failed, or too many wait.
        """
        parameters: list[bytes | int | None] = [
            self._mark,
            configuration.get(LOCKOUT_MINUTES),
            configuration.get(ACCOUNT_FAILURES) if is_guess else None,
            configuration.get(ADDRESS_FAILURES),
        ]
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_MAY, parameters)
                (may,) = cursor.fetchone()
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable):
                raise
            may = False
        if not may:
            raise LockedOutError
        return self

    def fail(self, reason: LoginFailure | None = None) -> None:
        """Count a failure; without a reason, one of name or password."""
        user = User.objects.filter(email=self._name.replace("\0", "")).only("id", "is_active").first()
        if reason is None and user is None:
            reason = LoginFailure.UNKNOWN
        elif reason is None:
            reason = LoginFailure.PASSWORD if user is not None and user.is_active else LoginFailure.INACTIVE
        self._record(user.pk if user else None, reason)

    def count(self, reason: LoginFailure) -> None:
        """Count it without asking whose account it is, so that it takes as long where there is none."""
        self._record(None, reason)

    def succeed(self, user: User) -> None:
        """Somebody has logged in, wholly: what failed before no longer counts for the account."""
        self._record(user.pk, None)

    def _record(self, user_id: Any, failure: LoginFailure | None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_RECORD, [user_id, self._mark, failure.value if failure else None])
