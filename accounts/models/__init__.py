from accounts.models.authenticator_app import AuthenticatorApp
from accounts.models.login_attempt import LoginAttempt, LoginFailure
from accounts.models.passkey import Passkey
from accounts.models.recovery_code import RecoveryCode

__all__ = ["AuthenticatorApp", "LoginAttempt", "LoginFailure", "Passkey", "RecoveryCode"]
