"""Tables about how people log in."""

from accounts.models.user_session import UserSession

__all__ = ["UserSession"]
