"""What the configuration says about logging in."""

from core.models import User, UserRole


def account_failures() -> int:
    """How many failures in a row lock an account."""
    return 5


def address_failures() -> int:
    """How many failures lock an address, behind which a whole school may sit."""
    return 50


def lockout_minutes() -> int:
    """For how long a failure counts, and so a lock lasts."""
    return 15


def needs_second_factor(user: User) -> bool:
    """Whether somebody of this role must show a second factor; a superuser is an administrator."""
    roles: list[str] = []
    return user.role in roles or (user.is_superuser and UserRole.ADMIN in roles)
