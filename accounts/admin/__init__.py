"""Pages about accounts."""

from accounts.admin import login_attempt, user, user_session

__all__ = ["login_attempt", "user", "user_session"]
