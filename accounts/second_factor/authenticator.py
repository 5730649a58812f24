"""Codes of an authenticator app: six digits that change every 30 seconds (TOTP, RFC 6238)."""

import hmac
import logging
import time

import pyotp
import segno
from django.db.models import Q
from django.utils import timezone

from accounts.models import AuthenticatorApp
from accounts.second_factor.secret_box import SecretUnreadableError, seal, unseal
from core.models import User

logger = logging.getLogger(__name__)

_STEP = 30  # seconds
_LATE = 1  # steps by which a clock may be wrong, either way


def begin(user: User) -> AuthenticatorApp:
    """An app with a new secret, in the place of one that was being set up. It opens nothing until it is confirmed."""
    AuthenticatorApp.objects.filter(user=user, confirmed_at=None).delete()
    return AuthenticatorApp.objects.create(user=user, secret=seal(user, pyotp.random_base32()))


def confirm(user: User, app: AuthenticatorApp, code: str) -> bool:
    """Let the app open the log-in, in the place of an older one, if this is a code of it."""
    if not _take(user, app, code):
        return False
    AuthenticatorApp.objects.filter(user=user, confirmed_at__isnull=False).delete()
    AuthenticatorApp.objects.filter(pk=app.pk).update(confirmed_at=timezone.now())
    return True


def take_code(user: User, code: str) -> bool:
    """Whether this is a code of the user's app that has not been used, nor a later one. It is used now."""
    app = AuthenticatorApp.objects.filter(user=user, confirmed_at__isnull=False).first()
    return app is not None and _take(user, app, code)


def _take(user: User, app: AuthenticatorApp, code: str) -> bool:
    try:
        totp = pyotp.TOTP(unseal(user, app.secret))
    except SecretUnreadableError:
        logger.exception("The secret of an authenticator app cannot be read.")
        return False
    now = int(time.time()) // _STEP
    for step in range(now - _LATE, now + _LATE + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            # Of two requests with the same code the second waits for the row, and then finds the step taken.
            unused = Q(pk=app.pk, last_used_step__lt=step)
            return AuthenticatorApp.objects.filter(unused).update(last_used_step=step) == 1
    return False


def secret_of(user: User, app: AuthenticatorApp) -> str:
    """What is typed into an app that cannot read the picture, in groups of four."""
    secret = unseal(user, app.secret)
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def picture_of(user: User, app: AuthenticatorApp) -> str:
    """What an app reads with the camera: an SVG image, as an address of its own."""
    uri = pyotp.TOTP(unseal(user, app.secret)).provisioning_uri(name=user.email, issuer_name="White Cross")
    return str(segno.make(uri, error="m").svg_data_uri(scale=5, border=4, light="#fff"))
