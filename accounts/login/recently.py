"""Whether somebody has shown who they are a short while ago: asked before what opens an account is changed."""

import time

from django.http import HttpRequest

from core.models import User

_KEY = "shown_at"
SECONDS = 600


def note(request: HttpRequest, user: User) -> None:
    """This user's password, or a passkey in its place, was shown just now.

    Whose it was is kept: somebody may show theirs in a browser in which a colleague is logged in.
    """
    request.session[_KEY] = {"user": str(user.pk), "at": int(time.time())}


def is_recent(request: HttpRequest) -> bool:
    """Whether that of the user who is logged in was shown within ten minutes."""
    shown = request.session.get(_KEY)
    return shown is not None and shown["user"] == str(request.user.pk) and 0 <= time.time() - shown["at"] <= SECONDS
