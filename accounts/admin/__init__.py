"""Pages about accounts."""

from accounts.admin.login_attempt import LoginAttemptAdmin
from accounts.admin.user import AccountAdmin
from accounts.admin.user_session import UserSessionAdmin

__all__ = ["AccountAdmin", "LoginAttemptAdmin", "UserSessionAdmin"]
