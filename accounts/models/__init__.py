"""Tables about how people log in."""

from accounts.models.authenticator_app import AuthenticatorApp
from accounts.models.login_attempt import LoginAttempt, LoginFailure
from accounts.models.passkey import Passkey
from accounts.models.recovery_code import RecoveryCode
from accounts.models.user_session import UserSession

__all__ = ["AuthenticatorApp", "LoginAttempt", "LoginFailure", "Passkey", "RecoveryCode", "UserSession"]
