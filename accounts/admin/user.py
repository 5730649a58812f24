from django.contrib import admin

from accounts.admin.second_factor import ResettingSecondFactor
from core.admin.user import UserAdmin
from core.models import User

admin.site.unregister(User)


@admin.register(User)
class AccountUserAdmin(ResettingSecondFactor, UserAdmin):  # type: ignore[misc]  # Unfold has no types
    """The page of a user, with what is done to an account."""

    actions = (*UserAdmin.actions, *ResettingSecondFactor.actions)
