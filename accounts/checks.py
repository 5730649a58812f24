"""What must be right in the settings for second factors to work."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.http.request import validate_host


@register(Tags.security)
def check_second_factor_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """E020: no key outside development. E021: something that is no key."""
    found = list(settings.SECOND_FACTOR_KEYS)
    if not found and not settings.DEBUG:
        return [
            Error(
                "SECOND_FACTOR_KEYS is not set.",
                hint="Outside DEBUG it must be: one key, or the new one and then the old ones. To make one: "
                'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"',
                id="whitecross.E020",
            )
        ]
    return [
        Error(
            f"Key {number} of SECOND_FACTOR_KEYS is none.",
            hint="A key is 32 bytes in URL-safe base64: 44 characters.",
            id="whitecross.E021",
        )
        for number, key in enumerate(found, start=1)
        if not _is_key(key)
    ]


@register(Tags.security)
def check_relying_party(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """E022: passkeys are bound to a domain on which the site is not to be had."""
    domain = settings.WEBAUTHN_RP_ID
    if not domain:
        return []
    hosts = [host.lstrip(".") for host in settings.ALLOWED_HOSTS]
    if any(validate_host(host, [domain, f".{domain}"]) for host in hosts):
        return []
    return [
        Error(
            "WEBAUTHN_RP_ID is not a domain of this site.",
            hint="It should be one of ALLOWED_HOSTS or a domain above one, without scheme and port.",
            id="whitecross.E022",
        )
    ]


def _is_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key.encode())) == 32
    except (binascii.Error, ValueError):
        return False
