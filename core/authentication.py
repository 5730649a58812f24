"""Who a user is, and what the user may do."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model, Q, QuerySet

from core.models.user import User, UserRole
from core.roles import permissions_of, roles_with


class RoleBackend(ModelBackend):
    """What a user may do follows from the role alone; groups and permissions of Django's own are not asked.

    No query is made: the role stands on the user, what it may do in `core.roles`. Rows are not this backend's business,
    so `obj` changes nothing.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Whether the user may do what `perm` names, such as "core.view_student" or "core.restore_student"."""
        return perm in self.get_all_permissions(user_obj, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the user may do anything in an app; what is only looked up has no page there."""
        permissions = self.get_all_permissions(user_obj)
        return any(p.startswith(f"{app_label}.") and not p.startswith(f"{app_label}.look_up_") for p in permissions)

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """All the user may do; nothing for one who is not active or not logged in.

        A superuser may do what an administrator may, for the database lets nobody do more through the web; only
        superusers make superusers.
        """
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return set(permissions_of(UserRole.ADMIN if user_obj.is_superuser else user_obj.role))

    def get_user_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """Nothing: no user has permissions of their own beside the role's."""
        return set()

    def get_group_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        """Nothing: roles are used in place of groups."""
        return set()

    def with_perm(
        self, perm: Any, is_active: bool | None = True, include_superusers: bool = True, obj: Model | None = None
    ) -> QuerySet[User]:
        """The users who may do what `perm` names."""
        who = Q(role__in=roles_with(perm))
        if include_superusers:
            who |= Q(is_superuser=True)
        users = User.objects.filter(who)
        return users if is_active is None else users.filter(is_active=is_active)
