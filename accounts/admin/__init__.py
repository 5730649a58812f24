"""Pages about accounts."""

from accounts.admin import user, user_session

__all__ = ["user", "user_session"]
