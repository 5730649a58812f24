"""What is asked of somebody who is logged in before anything else is shown: a new password, a second factor."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

import configuration
from accounts.declared_settings import MAX_AGE_DAYS
from accounts.second_factor.factors import second_factor_missing
from core.models import User

# The name of the page to go to first, or None if nothing is lacking.
Requirement = Callable[[HttpRequest], str | None]

_IS_OLD = "password_is_old"


def new_password(request: HttpRequest) -> str | None:
    """A password that must be changed, or is older than the configuration allows."""
    user = request.user
    is_asked = isinstance(user, User) and (user.must_change_password or request.session.get(_IS_OLD))
    return "admin:password_change" if is_asked else None


def note_password_age(request: HttpRequest, user: User) -> None:
    """Remember in the session whether the password is too old: asked at the log-in and once a minute, not always."""
    ends_at = password_ends_at(user)
    if ends_at is not None and ends_at <= timezone.now():
        request.session[_IS_OLD] = True
    else:
        forget_password_age(request)


def forget_password_age(request: HttpRequest) -> None:
    """The password is another one, or may be older now."""
    if _IS_OLD in request.session:
        del request.session[_IS_OLD]


def password_ends_at(user: User) -> datetime | None:
    """When the password has to be changed; None for never. At most one query, shared with other settings."""
    days = configuration.get(MAX_AGE_DAYS, user=user)
    return (user.password_changed_at or user.created_at) + timedelta(days=days) if days else None


# In the order in which they are asked for.
REQUIREMENTS: list[Requirement] = [new_password, second_factor_missing]
