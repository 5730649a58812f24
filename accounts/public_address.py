"""Settings that accounts cannot do without."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def check_public_address(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Invitations and links to a new password need an address that people outside reach, by https."""
    address = urlsplit(settings.PUBLIC_ADDRESS)
    if address.scheme == "https" and address.netloc and address.path in ("", "/"):
        return []
    return [
        Error(
            "PUBLIC_ADDRESS should be the https address of this installation, such as https://records.example.org.",
            hint="Without it no link in an e-mail leads anywhere.",
            id="accounts.E001",
        )
    ]
