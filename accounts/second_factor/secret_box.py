"""Keep the secrets of authenticator apps so that a copy of the database opens nothing."""

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.models import User


class SecretUnreadableError(Exception):
    """A secret was encrypted with a key that SECOND_FACTOR_KEYS no longer has, or for somebody else."""


def seal(user: User, secret: str) -> str:
    """The secret, encrypted with the first key, and bound to its owner: in another's row it opens nothing."""
    return _box().encrypt(f"{user.pk}:{secret}".encode()).decode()


def unseal(user: User, sealed: str) -> str:
    """The secret in clear.

    Raises:
        SecretUnreadableError: it was not sealed for this user with one of the keys.
    """
    try:
        owner, _, secret = _box().decrypt(sealed.encode()).decode().partition(":")
    except InvalidToken as error:
        raise SecretUnreadableError("No key of SECOND_FACTOR_KEYS opens this secret.") from error
    if owner != str(user.pk):
        raise SecretUnreadableError("This secret belongs to somebody else.")
    return secret


def seal_again(sealed: str) -> str:
    """The same secret, encrypted with the first key.

    Raises:
        SecretUnreadableError: none of the keys opens it.
    """
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadableError("No key of SECOND_FACTOR_KEYS opens this secret.") from error


def keys() -> list[str]:
    """The keys of the settings; in development one that follows from SECRET_KEY.

    Raises:
        ImproperlyConfigured: outside development none is set.
    """
    if settings.SECOND_FACTOR_KEYS:
        return list(settings.SECOND_FACTOR_KEYS)
    if settings.DEBUG:
        digest = hashlib.sha256(b"second factor " + settings.SECRET_KEY.encode()).digest()
        return [base64.urlsafe_b64encode(digest).decode()]
    raise ImproperlyConfigured("SECOND_FACTOR_KEYS is not set. Outside DEBUG it must be.")


def _box() -> MultiFernet:
    return _box_of(tuple(keys()))


@lru_cache(maxsize=4)
def _box_of(known: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in known])
