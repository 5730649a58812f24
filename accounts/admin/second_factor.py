from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.contrib.admin.options import ActionLocation
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from psycopg import errors

from core.acting import acting_as
from core.admin.actions import ActingAdmin
from core.admin.questions import Questions, text

_LABEL = "Reset the second factor"


class WhyReset(Questions):
    """Why somebody's second factors are taken away."""

    reason = text(
        "Why",
        help_text="How you know that it was they who asked for it. It is kept in the audit log. Their authenticator "
        "app, passkeys and recovery codes open nothing any more, and their sessions end.",
    )


class ResettingSecondFactor(ActingAdmin):
    """An admin of users that can take away the second factors of a colleague whose phone is lost."""

    actions: Any = ("reset_second_factor",)

    @admin.action(
        permissions=["change"],
        description=_LABEL,
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )
    def reset_second_factor(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """End their sessions, and let them log in by the password alone until they set up a second factor anew.

        The database says whose: never one's own, and of nobody whose account one may not manage.
        """
        form = WhyReset(request.POST if "post" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset, "reset_second_factor", _LABEL, form)
        done, refused, without = [], 0, 0
        for user in queryset.order_by("pk"):
            try:
                removed = _reset(user.pk, form.cleaned_data["reason"])
            except DatabaseError as error:
                if not isinstance(error.__cause__, errors.InsufficientPrivilege):
                    raise
                refused += 1
            else:
                without += not removed
                done += [user.pk] if removed else []
        self.log(request, done, CHANGE, "Second factor reset.")
        if done:
            self.message_user(request, f"Second factor of {self.counted(len(done))} reset.", messages.SUCCESS)
        if without:
            self.message_user(request, f"{self.counted(without)} had none.", messages.INFO)
        if refused:
            self.message_user(
                request,
                f"{self.counted(refused)} left as before: your own account, or one you may not manage.",
                messages.WARNING,
            )
        return None


def _reset(user_id: Any, reason: str) -> int:
    with transaction.atomic(), acting_as(reason=reason), connection.cursor() as cursor:
        cursor.execute("SELECT reset_second_factor(%s)", [user_id])
        removed: int = cursor.fetchone()[0]
    return removed
