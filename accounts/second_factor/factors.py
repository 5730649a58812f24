"""Which second factors somebody has, and whether one is asked for."""

import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.limits import needs_second_factor
from accounts.models import AuthenticatorApp, Passkey, RecoveryCode
from accounts.second_factor import authenticator, recovery
from core.models import User

# Under which the session says how the second factor was shown, and when (seconds since 1970).
SHOWN = "second_factor"
PAGE = "admin:account_second_factor"


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

    Costs no query: whoever has enrolled is asked at log-in, and the session remembers.
    """
    user: Any = request.user
    if not user.is_authenticated or SHOWN in request.session or not needs_second_factor(user):
        return None
    return PAGE


def forget_codes_without_factor(user: User) -> None:
    """Recovery codes stand in for a factor: with the last one they go."""
    if not factors_of(user):
        RecoveryCode.objects.filter(user=user).delete()
