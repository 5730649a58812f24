from accounts.admin.login_attempt import LoginAttemptAdmin
from accounts.admin.user import AccountUserAdmin

__all__ = ["AccountUserAdmin", "LoginAttemptAdmin"]
