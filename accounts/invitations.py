"""New users are invited by e-mail, and set their password themselves."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

import configuration
from accounts.declared_settings import INVITATION_HOURS
from accounts.outbox import letter_of, send_later
from accounts.tokens import invitation_tokens, key_in_link, public_link
from core.models import User


def invite(users: Iterable[UUID]) -> list[UUID]:
    """Send a new invitation to those of these users who may log in and have no password; earlier ones hold no longer.

    Gives the keys of those who are invited. Row security says whom the actor may invite.
    """
    waiting = User.objects.filter(without_password(), pk__in=list(users), is_active=True)
    keys = list(waiting.values_list("pk", flat=True))
    User.objects.filter(pk__in=keys).update(invited_at=Now())
    for key in keys:
        send_later(_invitation, key)
    return keys


def without_password() -> Q:
    """Users who cannot log in by a password yet."""
    return Q(("password__startswith", UNUSABLE_PASSWORD_PREFIX))


def _invitation(key: UUID) -> EmailMultiAlternatives | None:
    """The letter with the link, if the user is still to come."""
    user = User.objects.filter(pk=key, is_active=True, invited_at__isnull=False).first()
    if user is None or user.has_usable_password():
        return None
    path = reverse("account_invitation", args=[key_in_link(user), invitation_tokens.make_token(user)])
    context: dict[str, Any] = {
        "name": user.first_name,
        "link": public_link(path),
        "hours": configuration.get(INVITATION_HOURS),
    }
    return letter_of("invitation", "Your account at White Cross", user.email, context)
