"""What the rest of the project tells the audit log."""

from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import models
from django.http import HttpRequest

from audit.access import (
    names_students,
    record_failed_log_in,
    record_list,
    record_log_in,
    record_log_out,
    record_print,
    record_prints,
    record_view,
)
from audit.page import history_lines
from core.admin.shown import history_asked, records_shown
from core.models import User


def connect() -> None:
    """Listen."""
    records_shown.connect(_shown, dispatch_uid="audit.shown")
    history_asked.connect(_history, dispatch_uid="audit.history")
    user_logged_in.connect(_logged_in, dispatch_uid="audit.logged_in")
    user_logged_out.connect(_logged_out, dispatch_uid="audit.logged_out")
    user_login_failed.connect(_log_in_failed, dispatch_uid="audit.log_in_failed")


def _shown(sender: type[models.Model], action: str, rows: list[models.Model], **_: Any) -> None:
    if not names_students(sender):
        return
    if action == "VIEW":
        record_view(rows[0])
    elif action == "PRINT":
        record_print(rows[0]) if len(rows) == 1 else record_prints(rows)
    else:
        record_list(rows, searched=action == "SEARCH")


def _history(sender: type[models.Model], row: models.Model, request: HttpRequest, admin_site: Any, **_: Any) -> Any:
    return history_lines(row, request, admin_site)


def _logged_in(sender: Any, user: User, **_: Any) -> None:
    record_log_in(user)


def _logged_out(sender: Any, user: User | None, **_: Any) -> None:
    # A session may have ended before: then nobody logs out.
    if user is not None:
        record_log_out(user)


def _log_in_failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    typed = credentials.get("username") or credentials.get(User.USERNAME_FIELD) or ""
    email = User.objects.normalize_email(str(typed)).replace("\0", "")
    record_failed_log_in(User.objects.filter(email=email).first())


def entity_of(request: HttpRequest) -> tuple[str, UUID | None]:
    """Table and key that a page of the admin is about; for any other page its name."""
    match = request.resolver_match
    if match is None:
        return "", None
    model_admin = getattr(match.func, "model_admin", None)
    try:
        key = UUID(match.kwargs.get("object_id", ""))
    except ValueError:
        key = None
    return (model_admin.opts.db_table if model_admin else match.view_name[:63]), key
