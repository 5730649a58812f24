from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Field, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from core.admin.badges import badge
from core.admin.base import WhiteCrossAdmin
from core.admin.filters import AutocompleteSelectFilter
from core.admin.forms import WhiteCrossForm
from core.admin.full_text_search import FullTextSearch
from core.models import User, UserRole

# Importing Django's UserAdmin registers its groups; roles are used in their place.
admin.site.unregister(Group)


class NewUserForm(WhiteCrossForm, UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "role", "school", "district")


class PasswordLink(forms.Widget):
    """A link to the page that sets a password, in place of what is known about the old one."""

    read_only = True

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html(
            '<a href="../password/" class="text-primary-600 dark:text-primary-500">{}</a>', "Set another password"
        )


class UserForm(WhiteCrossForm, UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            self.fields["password"].widget = PasswordLink()
            self.fields["password"].help_text = ""


@admin.register(User)
class UserAdmin(FullTextSearch, WhiteCrossAdmin, DjangoUserAdmin):  # type: ignore[misc]  # Unfold has no types
    """Users are deactivated, never deleted; who manages them cannot rise above their own role by it."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm

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
    actions = ("deactivate", "reactivate")
    add_fieldsets = (
        (None, {"fields": (("first_name", "last_name"), "email", "role", ("school", "district"))}),
        ("Password", {"fields": ("usable_password", "password1", "password2")}),
    )
    fieldsets = (
        (None, {"fields": (("first_name", "last_name"), ("email", "email_verified"), "phone")}),
        ("Role and reach", {"fields": ("role", ("school", "district"), "is_superuser")}),
        ("Log-in", {"fields": ("password", "is_active", "must_change_password", "last_login", "password_changed_at")}),
    )

    @admin.display(description="name", ordering="last_name")
    def name(self, user: User) -> str:
        """The name as people say it."""
        return str(user)

    def autocomplete_label(self, user: User) -> str:
        """Users may share a name, so the role stands beside it."""
        return f"{user} ({user.get_role_display()})"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = {*super().get_readonly_fields(request, obj), "last_login", "password_changed_at"}
        if not request.user.is_superuser:
            fields.add("is_superuser")
        if obj is not None and obj.pk == request.user.pk:
            # Nobody gives themselves another reach, or locks themselves out.
            fields.update({"role", "school", "district", "is_superuser", "is_active"})
        return tuple(sorted(fields))

    def formfield_for_choice_field(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role" and not _is_administrator(request):
            kwargs["choices"] = [choice for choice in UserRole.choices if choice[0] != UserRole.ADMIN]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or self._manageable(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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
        allowed = concerned.exclude(pk=request.user.pk)
        if not request.user.is_superuser:
            allowed = allowed.exclude(is_superuser=True)
        if not _is_administrator(request):
            allowed = allowed.exclude(role=UserRole.ADMIN)
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
