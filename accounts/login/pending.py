"""Between the two steps of a log-in: whose password was right is in the session, and nobody is logged in."""

import time
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from core.models import User

_KEY = "pending_log_in"
SECONDS = 300  # for which the second step waits


@dataclass(frozen=True)
class Pending:
    """Somebody who has yet to show a second factor, and where to go then."""

    user: User
    next: str


def keep(request: HttpRequest, user: User, next_url: str) -> None:
    """Let the second step know who has shown the password; the session gets another key, which nobody planted."""
    request.session.cycle_key()
    request.session[_KEY] = {
        "user": str(user.pk),
        "hash": user.get_session_auth_hash(),
        "at": int(time.time()),
        "next": next_url,
    }


def read(request: HttpRequest) -> Pending | None:
    """Who is between the steps; None after five minutes, another password, or a deactivation."""
    kept = request.session.get(_KEY)
    if kept is None:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    in_time = 0 <= time.time() - kept["at"] <= SECONDS
    if user is None or not in_time or not constant_time_compare(kept["hash"], user.get_session_auth_hash()):
        forget(request)
        return None
    return Pending(user, kept["next"])


def forget(request: HttpRequest) -> None:
    """Nobody is between the steps any more."""
    request.session.pop(_KEY, None)
