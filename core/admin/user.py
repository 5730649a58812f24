from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Field, QuerySet
from django.http import HttpRequest

from core.admin.badges import badge
from core.admin.base import WhiteCrossAdmin
from core.admin.filters import AutocompleteSelectFilter
from core.admin.forms import WhiteCrossForm
from core.admin.full_text_search import FullTextSearch
from core.models import User, UserRole

_KEPT_BY_THE_DATABASE = {"last_login", "password_changed_at", "invited_at", "email_verified"}

# Importing Django's UserAdmin registers its groups; roles are used in their place.
admin.site.unregister(Group)


class UserForm(WhiteCrossForm):
    """A user whom somebody of a district can manage has a school or a district: the database refuses others."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        is_nowhere = {"school", "district"} <= self.fields.keys() and not (
            cleaned.get("school") or cleaned.get("district") or {"school", "district"} & self.errors.keys()
        )
        if is_nowhere and not _is_administrator(self.request):
            self.add_error("school", "Choose the school, or the district for who works in all of its schools.")
        return cleaned


class NewUserForm(UserForm):
    """Who it is. The password is the user's own to set."""

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "role", "school", "district")

    def save(self, commit: bool = True) -> Any:
        self.instance.set_unusable_password()
        return super().save(commit)


@admin.register(User)
class UserAdmin(FullTextSearch, WhiteCrossAdmin, DjangoUserAdmin):  # type: ignore[misc]  # Unfold has no types
    """Users are deactivated, never deleted; who manages them cannot rise above their own role by it."""

    form = UserForm
    add_form = NewUserForm
    add_form_template = None
    filter_vertical = ()

    list_display = (
        "name",
        "email",
        badge("role", UserRole, danger=[UserRole.ADMIN], info=[UserRole.NURSE]),
        "school",
        "district",
        "is_active",
        "last_login",
    )
    list_select_related = ("school", "district")
    list_filter = ("role", "is_active", ("school", AutocompleteSelectFilter), ("district", AutocompleteSelectFilter))
    list_filter_submit = True
    search_help_text = "Name or e-mail address"
    ordering = ("last_name", "first_name")
    filter_horizontal = ()
    autocomplete_fields = ("school", "district")
    actions: tuple[str, ...] = ("deactivate", "reactivate")
    add_fieldsets = (
        (
            None,
            {
                "fields": (("first_name", "last_name"), "email", "role", ("school", "district")),
                "description": "The user is sent an e-mail with a link, and sets a password there.",
            },
        ),
    )
    fieldsets = (
        (None, {"fields": (("first_name", "last_name"), ("email", "email_verified"), "phone")}),
        ("Role and reach", {"fields": ("role", ("school", "district"), "is_superuser")}),
        (
            "Log-in",
            {"fields": ("is_active", "must_change_password", ("last_login", "password_changed_at", "invited_at"))},
        ),
    )

    @admin.display(description="name", ordering="last_name")
    def name(self, user: User) -> str:
        """The name as people say it."""
        return str(user)

    def autocomplete_label(self, user: User) -> str:
        """Users may share a name, so the role stands beside it."""
        return f"{user} ({user.get_role_display()})"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = {*super().get_readonly_fields(request, obj), *_KEPT_BY_THE_DATABASE}
        if not request.user.is_superuser:
            fields.add("is_superuser")
        if obj is not None and obj.pk == request.user.pk:
            # Nobody gives themselves another reach, locks themselves out, or spares themselves a new password.
            fields.update({"must_change_password", "role", "school", "district", "is_superuser", "is_active"})
        return tuple(sorted(fields))

    def formfield_for_choice_field(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role" and not _is_administrator(request):
            kwargs["choices"] = [choice for choice in UserRole.choices if choice[0] != UserRole.ADMIN]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or self._manageable(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        """Without Django's page that sets another's password."""
        return [pattern for pattern in super().get_urls() if pattern.name != "auth_user_password_change"]

    def manageable(self, request: HttpRequest, users: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the users whose accounts the person may change; the database has the last word."""
        if not request.user.is_superuser:
            users = users.filter(is_superuser=False)
        return users if _is_administrator(request) else users.exclude(role=UserRole.ADMIN)

    @admin.action(permissions=["change"], description="Deactivate selected users")
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Users who have left may no longer log in; what they signed stays."""
        self._set_active(request, queryset, active=False)

    @admin.action(permissions=["change"], description="Reactivate selected users")
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Users who are back may log in again."""
        self._set_active(request, queryset, active=True)

    def _set_active(self, request: HttpRequest, queryset: QuerySet[Any], *, active: bool) -> None:
        concerned = queryset.order_by().filter(is_active=not active)
        allowed = self.manageable(request, concerned.exclude(pk=request.user.pk))
        selected, wanted = queryset.count(), concerned.count()
        keys = list(allowed.values_list("pk", flat=True))
        User.objects.filter(pk__in=keys).update(is_active=active)
        done = "reactivated" if active else "deactivated"
        self.log(request, keys, CHANGE, f"{done.capitalize()}.")
        self.message_user(request, f"{len(keys)} {done}.", messages.SUCCESS if keys else messages.WARNING)
        if selected > wanted:
            self.message_user(request, f"{selected - wanted} left as they were: already {done}.", messages.INFO)
        if wanted > len(keys):
            self.message_user(
                request,
                f"{wanted - len(keys)} not {done}: your own account, or one you may not manage.",
                messages.WARNING,
            )

    def _manageable(self, request: HttpRequest, user: User) -> bool:
        """Whoever could set an administrator's password could become one."""
        if user.is_superuser:
            return bool(request.user.is_superuser)
        return user.role != UserRole.ADMIN or _is_administrator(request)


def _is_administrator(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and (user.is_superuser or user.role == UserRole.ADMIN)
