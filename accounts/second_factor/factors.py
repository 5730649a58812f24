"""Which second factors somebody has, and whether one is asked for."""

import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

import configuration
from accounts.declared_settings import SECOND_FACTOR_ROLES
from accounts.models import AuthenticatorApp, Passkey, RecoveryCode
from accounts.second_factor import authenticator, recovery
from core.models import User, UserRole

# Under which the session says how the second factor was shown, and when (seconds since 1970).
SHOWN = "second_factor"
PAGE = "admin:account_second_factor"
# Where somebody of whom one is asked for may go all the same: to set one up, or show one.
_OPEN = {PAGE, "admin:account_passkeys", "admin:account_recovery_codes", "login_second_factor", "login_passkey"}


@dataclass(frozen=True)
class Factors:
    """What somebody can show at log-in."""

    has_authenticator: bool
    passkeys: int

    def __bool__(self) -> bool:
        return self.has_authenticator or self.passkeys > 0


def factors_of(user: User) -> Factors:
    """What this user can show. Only the user may ask: to others the database shows none."""
    return Factors(
        AuthenticatorApp.objects.filter(user=user, confirmed_at__isnull=False).exists(),
        Passkey.objects.filter(user=user).count(),
    )


def needs_second_factor(user: User) -> bool:
    """Whether somebody of this role must show a second factor; a superuser is an administrator."""
    roles = configuration.get(SECOND_FACTOR_ROLES, user=user)
    return user.role in roles or (user.is_superuser and UserRole.ADMIN in roles)


def take_code(user: User, typed: str) -> str | None:
    """How this code was shown ("authenticator", "recovery code"), and it is used now; None if it is none."""
    code = "".join(typed.split())
    if len(code) == 6 and code.isascii() and code.isdigit():
        return "authenticator" if authenticator.take_code(user, code) else None
    return "recovery code" if recovery.take_code(user, typed) else None


def note_shown(request: HttpRequest, how: str) -> None:
    """Let the session say that a second factor was shown just now."""
    request.session[SHOWN] = {"method": how, "at": int(time.time())}


def second_factor_missing(request: HttpRequest) -> str | None:
    """The page to which somebody must go who has shown no second factor though the role asks for one; else None.

    Whoever has one is asked for it at log-in, and the session remembers: that costs no query.
    """
    user: Any = request.user
    if not user.is_authenticated or SHOWN in request.session:
        return None
    if request.resolver_match is not None and request.resolver_match.view_name in _OPEN:
        return None
    return PAGE if needs_second_factor(user) else None


def forget_codes_without_factor(user: User) -> None:
    """Recovery codes stand in for a factor: with the last one they go."""
    if not factors_of(user):
        RecoveryCode.objects.filter(user=user).delete()
