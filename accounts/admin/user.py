"""The admin of users, with what belongs to log-ins: invitations in place of passwords, and the end of sessions."""

from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.contrib.admin.options import ActionLocation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.admin.second_factor import ResettingSecondFactor
from accounts.admin.user_session import WhyEnd
from accounts.invitations import invite
from accounts.models import UserSession
from accounts.session_pages import end_sessions
from core.admin.user import UserAdmin
from core.models import User

_ANYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]


class Button(NamedTuple):
    """An action on the page of a user."""

    name: str
    label: str
    icon: str


class AccountAdmin(ResettingSecondFactor, UserAdmin):  # type: ignore[misc]  # Unfold has no types
    """A new user is sent an invitation. Further actions on accounts, such as unlocking, are added to `actions`."""

    actions = (*UserAdmin.actions, "invite_again", "log_out_everywhere", *ResettingSecondFactor.actions)

    def row_actions(self, request: HttpRequest, row: Any) -> list[Any]:
        """What can be done for a colleague from the colleague's page: for whoever has called, one at a time."""
        if row.pk == request.user.pk or not self.has_change_permission(request, row):
            return []
        is_to_come = row.is_active and not row.has_usable_password()
        return [
            *([Button("invite_again", "Invite again", "mail")] if is_to_come else []),
            Button("log_out_everywhere", "Log out everywhere", "logout"),
            Button("reset_second_factor", "Reset the second factor", "phonelink_erase"),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and obj.is_active:
            invite([obj.pk])
            self.message_user(request, f"An invitation is on its way to {obj.email}.", messages.INFO)
        elif change and "email" in form.changed_data and not obj.has_usable_password() and invite([obj.pk]):
            self.message_user(request, f"A new invitation is on its way to {obj.email}.", messages.INFO)

    @admin.action(permissions=["change"], description="Invite selected users again", location=_ANYWHERE)
    def invite_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """A new link for those who have not come yet; the old one holds no longer."""
        allowed = self.manageable(request, queryset)
        invited = invite(allowed.values_list("pk", flat=True))
        self.log(request, invited, CHANGE, "Invited.")
        self.message_user(request, f"{len(invited)} invited.", messages.SUCCESS if invited else messages.WARNING)
        if left := queryset.count() - len(invited):
            self.message_user(
                request,
                f"{left} not invited: they have a password, may not log in, or you may not manage them.",
                messages.WARNING,
            )

    @admin.action(permissions=["change"], description="Log out selected users everywhere", location=_ANYWHERE)
    def log_out_everywhere(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """End all sessions of these users, for a reason."""
        form = WhyEnd(request.POST if "post" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset, "log_out_everywhere", "Log out selected users everywhere", form)
        users = list(queryset.order_by().values_list("pk", flat=True))
        current = request.session.row_id  # type: ignore[attr-defined]  # our store's
        sessions = UserSession.objects.filter(user__in=users).exclude(pk=current)
        ended = end_sessions(list(sessions.values_list("pk", flat=True)), form.cleaned_data["reason"])
        self.log(request, users, CHANGE, "Logged out everywhere.")
        self.message_user(
            request,
            f"{ended} session{'' if ended == 1 else 's'} ended.",
            messages.SUCCESS if ended else messages.WARNING,
        )
        return None


admin.site.unregister(User)
admin.site.register(User, AccountAdmin)
