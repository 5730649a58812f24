"""What may be set about log-ins: lockout, second factor, sessions, passwords, invitations."""

from configuration.declaring import Setting, declare
from configuration.models import ConfigCategory, ConfigScope, ConfigValueType
from core.models import UserRole

_LOCKOUT = "Lockout"
_NARROWER = (ConfigScope.DISTRICT, ConfigScope.SCHOOL)

IDLE_MINUTES = declare(
    Setting(
        "session.idle_minutes",
        ConfigValueType.NUMBER,
        "15",
        ConfigCategory.SESSION,
        "Log-off",
        name="Log off when idle for",
        help_text="Whoever does nothing for so long is logged off. It holds for a session from its next page on.",
        minimum=1,
        maximum=480,
        whole=True,
        unit="minutes",
        scopes=_NARROWER,
        tags=("log-in",),
    )
)
ABSOLUTE_HOURS = declare(
    Setting(
        "session.absolute_hours",
        ConfigValueType.NUMBER,
        "12",
        ConfigCategory.SESSION,
        "Log-off",
        name="Log off after",
        help_text="So long after the log-in everybody logs in anew, however busy they are.",
        minimum=1,
        maximum=24,
        whole=True,
        unit="hours",
        scopes=_NARROWER,
        tags=("log-in",),
    )
)
MAX_AGE_DAYS = declare(
    Setting(
        "password.max_age_days",
        ConfigValueType.NUMBER,
        "0",
        ConfigCategory.SECURITY,
        "Passwords",
        name="A password is good for",
        help_text="An older password is changed before anything else. 0 is for ever, as NIST SP 800-63B advises.",
        minimum=0,
        maximum=3650,
        whole=True,
        unit="days",
        scopes=_NARROWER,
        tags=("log-in", "password"),
    )
)
RESET_MINUTES = declare(
    Setting(
        "password.reset_minutes",
        ConfigValueType.NUMBER,
        "60",
        ConfigCategory.SECURITY,
        "Passwords",
        name="A link to set a new password is good for",
        help_text="The link in the e-mail to somebody who forgot the password works once, and not longer than this.",
        minimum=5,
        maximum=1440,
        whole=True,
        unit="minutes",
        is_public=True,
        tags=("password",),
    )
)
INVITATION_HOURS = declare(
    Setting(
        "account.invitation_hours",
        ConfigValueType.NUMBER,
        "72",
        ConfigCategory.SECURITY,
        "Invitations",
        name="An invitation is good for",
        help_text="The link in the e-mail to a new user works once, and not longer than this.",
        minimum=1,
        maximum=720,
        whole=True,
        unit="hours",
        is_public=True,
        tags=("account",),
    )
)
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
