"""When a log-in is over, and what is asked of somebody who is logged in before anything else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

import configuration
from accounts.declared_settings import ABSOLUTE_HOURS, IDLE_MINUTES
from accounts.requirements import REQUIREMENTS, note_password_age
from accounts.sessions import SessionStore, clock
from core.models import User

# A request that a page makes by itself says so by this header, and keeps nobody logged in.
BACKGROUND_HEADER = "X-Background"
# How long a log-in is used until the use is written down again; a quarter of the idle time if that is shorter.
_WRITTEN_EVERY = timedelta(minutes=1)

# Pages of somebody who has yet to do what is asked, beside the page where it is done.
_ALWAYS_OPEN = {
    "admin:login",
    "admin:logout",
    "admin:jsi18n",
    "admin:account_session_keep",
    "admin:password_change_done",
}


class SessionLimitMiddleware:
    """Ends a log-in that was left alone for too long, or is too old; writes down, once a minute, that it is used.

    Stands after the authentication. The limits are read when the use is written, not for each request; the moment of
    the end stands on the session's row, where the next request, and `clearsessions`, find it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.__dict__["session_use"] = None
        response = self.get_response(request)
        session: Any = request.session
        user = getattr(request, "user", None)
        if isinstance(user, User) and response.status_code < 500:
            use: _Use | None = request.__dict__["session_use"]
            if use is None or use.user_id != session.get(SESSION_KEY):
                self._begin(request, user, session)
            elif use.ends_at is not None and session.row_id is not None:
                # At the end of the request: whoever changes an account locks its row first, and then its sessions.
                session.touch(use.ends_at)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Runs when the user has been declared."""
        user, session = request.user, request.session
        if not isinstance(user, User) or not isinstance(session, SessionStore):
            return None
        use = request.__dict__["session_use"] = _Use(str(user.pk))
        if session.last_activity_at is None or session.ends_at is None or is_background(request):
            return None
        now = clock()
        idle = session.ends_at - session.last_activity_at
        if now - session.last_activity_at < min(_WRITTEN_EVERY, idle / 4):
            return None
        idle_end, absolute_end = limits_of(user, now, session.created_at or now)
        idle_limit = idle_end - now
        if absolute_end <= now or session.last_activity_at + idle_limit <= now:
            session.end("It had lasted as long as it may." if absolute_end <= now else "Nobody used it for too long.")
            return _log_in_again(request)
        use.ends_at = session.ends_at = min(idle_end, absolute_end)
        note_password_age(request, user)
        return None

    def _begin(self, request: HttpRequest, user: User, session: Any) -> None:
        """Somebody has logged in by this request."""
        if not isinstance(session, SessionStore) or session.get(SESSION_KEY) != str(user.pk):
            return
        now = clock()
        session.end_at(min(limits_of(user, now, now)))
        note_password_age(request, user)


class _Use:
    """Who uses a session in a request, and when it is over if nothing more is done in it; None if that is not new."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self.ends_at: datetime | None = None


class RequirementMiddleware:
    """Leads to the first page where something asked of the user is done (`accounts.requirements`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Runs when the user has been declared."""
        if not request.user.is_authenticated:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in _ALWAYS_OPEN:
            return None
        for requirement in REQUIREMENTS:
            page = requirement(request)
            if page is not None:
                return None if name == page else redirect(page)
        return None


def limits_of(user: User, now: datetime, began: datetime) -> tuple[datetime, datetime]:
    """When a log-in that is used now is over: if it is left alone, and at the latest. At most one query."""
    idle = configuration.get(IDLE_MINUTES, user=user)
    absolute = configuration.get(ABSOLUTE_HOURS, user=user)
    return now + timedelta(minutes=idle), began + timedelta(hours=absolute)


def is_background(request: HttpRequest) -> bool:
    """Whether a page asks by itself, and nobody has done anything."""
    if request.headers.get(BACKGROUND_HEADER) or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return True
    match = request.resolver_match
    return match is not None and match.view_name == "admin:account_session_keep" and request.method != "POST"


def _log_in_again(request: HttpRequest) -> HttpResponse:
    """To the log-in, and from there back to this page."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else request.path
    return redirect_to_login(back, reverse("admin:login"))
