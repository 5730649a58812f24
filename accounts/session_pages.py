"""A person's own account: what is known of it, and where one is logged in."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.browsers import browser_in_words
from accounts.models import UserSession
from accounts.requirements import password_ends_at
from core.models import User

FACTOR_SUMMARY = "accounts/second_factor_summary.html"


def end_sessions(keys: Sequence[UUID], reason: str) -> int:
    """End those of these sessions that the actor may end; gives their number. The audit log keeps the reason."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT end_sessions(%s, %s)", [list(keys), reason])
        return int(cursor.fetchone()[0])


def open_sessions(user: User, current: UUID | None) -> list[dict[str, Any]]:
    """Where somebody is logged in now, the latest first; `current` is the session of the request."""
    rows = UserSession.objects.about().filter(user=user, expire_date__gt=timezone.now())
    return [
        {"row": row, "browser": browser_in_words(row.user_agent), "is_current": row.pk == current, "used": _ago(row)}
        for row in rows.order_by("-last_activity_at")
    ]


def account(request: HttpRequest) -> HttpResponse:
    """Name, address, password, second factor and sessions of whoever is logged in."""
    user = _user(request)
    sessions = open_sessions(user, request.session.row_id)  # type: ignore[attr-defined]  # our store's
    context = {
        **admin.site.each_context(request),
        "title": "Your account",
        "person": user,
        "password_ends_at": password_ends_at(user),
        "sessions": sessions,
        "others": len(sessions) - any(session["is_current"] for session in sessions),
        "factor_summary": FACTOR_SUMMARY if _exists(FACTOR_SUMMARY) else None,
    }
    return TemplateResponse(request, "accounts/account.html", context)


def account_sessions(request: HttpRequest) -> HttpResponse:
    """One's sessions; a POST ends one of them (`session`), or all but this one."""
    user = _user(request)
    sessions = open_sessions(user, request.session.row_id)  # type: ignore[attr-defined]  # our store's
    if request.method == "POST":
        asked = request.POST.get("session")
        keys = [
            session["row"].pk
            for session in sessions
            if not session["is_current"] and asked in (None, str(session["row"].pk))
        ]
        ended = end_sessions(keys, "Signed out from another session.")
        if ended:
            messages.success(request, f"{ended} session{'s' if ended > 1 else ''} ended.")
        else:
            messages.warning(request, "Nothing to end: that session is over already, or it is this one.")
        return redirect("admin:account_sessions")
    context = {
        **admin.site.each_context(request),
        "title": "Where you are logged in",
        "sessions": sessions,
        "others": sum(not session["is_current"] for session in sessions),
    }
    return TemplateResponse(request, "accounts/sessions.html", context)


def keep_session(request: HttpRequest) -> HttpResponse:
    """How many seconds are left. A POST is a sign of life, by which the middleware prolongs; a GET is none."""
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    return JsonResponse({"ends_in": request.session.seconds_left})  # type: ignore[attr-defined]  # our store's


def _ago(row: UserSession) -> str:
    """When a session was last used."""
    if timezone.now() - row.last_activity_at < timedelta(minutes=1):
        return "Now"
    return f"{timesince(row.last_activity_at)} ago"


def _user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)
    return user


def _exists(template: str) -> bool:
    try:
        get_template(template)
    except TemplateDoesNotExist:
        return False
    return True
