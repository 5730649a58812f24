"""Links that let somebody set a password: signed, good once, for a while, and for the account as it is now."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ImproperlyConfigured
from django.utils.encoding import force_bytes
from django.utils.http import base36_to_int, urlsafe_base64_encode

import configuration
from accounts.declared_settings import INVITATION_HOURS, RESET_MINUTES
from core.models import User


class _AgingTokens(PasswordResetTokenGenerator):
    """Django's, which die with the password, the log-in and the address they were made for; and at their own age."""

    def lifetime(self) -> timedelta:
        """How long a link is good."""
        raise NotImplementedError

    def check_token(self, user: User | None, token: str | None) -> bool:
        """Whether a link holds for this user."""
        if user is None or not token or not user.is_active:
            return False
        try:
            made = base36_to_int(token.split("-")[0])
        except ValueError:
            return False
        if self._num_seconds(self._now()) - made > self.lifetime().total_seconds():
            return False
        return super().check_token(user, token)


class ResetTokens(_AgingTokens):
    """Links for somebody who forgot the password."""

    key_salt = "accounts.tokens.ResetTokens"

    def lifetime(self) -> timedelta:
        return timedelta(minutes=configuration.get(RESET_MINUTES))

    def check_token(self, user: User | None, token: str | None) -> bool:
        return user is not None and user.has_usable_password() and super().check_token(user, token)


class InvitationTokens(_AgingTokens):
    """Links for somebody who has no password yet. Only the latest invitation holds."""

    key_salt = "accounts.tokens.InvitationTokens"

    def lifetime(self) -> timedelta:
        return timedelta(hours=configuration.get(INVITATION_HOURS))

    def check_token(self, user: User | None, token: str | None) -> bool:
        if user is None or user.invited_at is None or user.has_usable_password():
            return False
        return super().check_token(user, token)

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.invited_at and user.invited_at.isoformat()}"


reset_tokens = ResetTokens()
invitation_tokens = InvitationTokens()


def key_in_link(user: User) -> str:
    """The user's key as links have it."""
    return urlsafe_base64_encode(force_bytes(user.pk))


def public_link(path: str) -> str:
    """The address of a page as people outside reach it: of the settings, never of what a request claims.

    Raises:
        ImproperlyConfigured: the settings have none.
    """
    if not settings.PUBLIC_ADDRESS:
        raise ImproperlyConfigured("PUBLIC_ADDRESS is not set, and links in e-mails need it.")
    return str(settings.PUBLIC_ADDRESS).rstrip("/") + path
