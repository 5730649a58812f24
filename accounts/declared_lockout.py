"""The settings that a log-in reads."""

from configuration.declaring import Setting, declare
from configuration.models import ConfigCategory, ConfigScope, ConfigValueType
from core.models import UserRole

_LOCKOUT = "Lockout"

ACCOUNT_FAILURES = declare(
    Setting(
        "lockout.account_failures",
        ConfigValueType.NUMBER,
        "5",
        ConfigCategory.SECURITY,
        _LOCKOUT,
        name="Failures that lock an account",
        help_text="After so many failures in a row, of passwords and codes, no further guess at it is looked at.",
        minimum=3,
        maximum=20,
        whole=True,
        is_public=True,
        tags=("log-in",),
    )
)
ADDRESS_FAILURES = declare(
    Setting(
        "lockout.address_failures",
        ConfigValueType.NUMBER,
        "50",
        ConfigCategory.SECURITY,
        _LOCKOUT,
        name="Failures that lock an address",
        help_text="So many failures from one address lock it. A whole school may sit behind one.",
        minimum=10,
        maximum=1000,
        whole=True,
        is_public=True,
        tags=("log-in",),
    )
)
LOCKOUT_MINUTES = declare(
    Setting(
        "lockout.minutes",
        ConfigValueType.NUMBER,
        "15",
        ConfigCategory.SECURITY,
        _LOCKOUT,
        name="A failure counts for",
        help_text="So long a failure counts, and so long an account or an address stays locked.",
        minimum=5,
        maximum=1440,
        whole=True,
        unit="minutes",
        is_public=True,
        tags=("log-in",),
    )
)
SECOND_FACTOR_ROLES = declare(
    Setting(
        "second_factor.roles",
        ConfigValueType.ARRAY,
        '["ADMIN", "DISTRICT_ADMIN"]',
        ConfigCategory.SECURITY,
        "Second factor",
        name="Roles that must have a second factor",
        help_text="Whoever has such a role sets up an authenticator app or a passkey before anything else.",
        choices=tuple(UserRole.values),
        scopes=(ConfigScope.DISTRICT,),
        tags=("log-in",),
    )
)
