"""Whether somebody has shown who they are a short while ago: asked before what opens an account is changed."""

import time

from django.http import HttpRequest

_KEY = "shown_at"
SECONDS = 600


def note(request: HttpRequest) -> None:
    """The password, or a passkey in its place, was shown just now."""
    request.session[_KEY] = int(time.time())


def is_recent(request: HttpRequest) -> bool:
    """Whether it was shown within ten minutes."""
    return 0 <= time.time() - request.session.get(_KEY, 0) <= SECONDS
