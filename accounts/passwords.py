"""Pages on which people set their own password. Nobody sets another's."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.auth.views import (
    PasswordChangeView,
    PasswordResetCompleteView,
    PasswordResetConfirmView,
    PasswordResetDoneView,
)
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.views.generic import FormView
from unfold.forms import AdminOwnPasswordChangeForm
from unfold.widgets import INPUT_CLASSES, UnfoldAdminEmailInputWidget

import configuration
from accounts.declared_settings import RESET_MINUTES
from accounts.lockout import Attempt, LockedOutError
from accounts.models import LoginFailure
from accounts.outbox import letter_of, send_later
from accounts.requirements import forget_password_age, new_password
from accounts.tokens import invitation_tokens, key_in_link, public_link, reset_tokens
from core.acting import acting_as
from core.models import User


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """The old password, of which a wrong one counts as a failed log-in, and twice the new one, which must differ."""

    user: User

    def set_password_and_save(self, user: User, field: str = "", commit: bool = True) -> User:
        """Nothing but the password, by its owner: only then the database takes it."""
        user.set_password(self.cleaned_data[field])
        with acting_as(user):
            user.save(update_fields=["password"])
        return user

    def clean_old_password(self) -> str:
        attempt = Attempt(self.user.email)
        try:
            attempt.look_at()
        except LockedOutError as locked:
            raise ValidationError(locked.in_words) from None
        try:
            password: str = super().clean_old_password()
        except ValidationError:
            attempt.fail(LoginFailure.PASSWORD)
            raise
        return password

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        new, old = cleaned.get("new_password1"), cleaned.get("old_password")
        if new and new == old:
            self.add_error("new_password1", "The new password should differ from the old one.")
        return cleaned


class LinkIsSpentError(Exception):
    """Somebody else has used the link while it was looked at."""


class FirstPasswordForm(SetPasswordForm):
    """Twice the new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = " ".join(INPUT_CLASSES)

    def set_password_and_save(self, user: User, field: str = "", commit: bool = True) -> User:
        """By its owner, and of the account as it was when the link was looked at: of two at once, one uses it.

        Raises:
            LinkIsSpentError: the account is another by now.
        """
        # What a link dies with.
        as_it_was = User.objects.filter(
            pk=user.pk, password=user.password, email=user.email, invited_at=user.invited_at
        )
        user.set_password(self.cleaned_data[field])
        with acting_as(user):
            saved = as_it_was.update(password=user.password)
        if not saved:
            raise LinkIsSpentError
        return user


class ForgottenPasswordForm(forms.Form):
    """Whose password was forgotten."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=255,
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "email", "autofocus": True}),
    )


class AdminPage:
    """A page in the look of the admin, for somebody who is not logged in."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return admin.site.each_context(self.request) | super().get_context_data(**kwargs)  # type: ignore[misc]  # a view beside it has it


class ChangePassword(PasswordChangeView):
    """One's own password; all other log-ins end by it."""

    form_class = OwnPasswordForm
    success_url = reverse_lazy("admin:password_change_done")
    template_name = "accounts/password_change.html"
    title = "Change password"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = admin.site.each_context(self.request) | super().get_context_data(**kwargs)
        return context | {"is_asked": new_password(self.request) is not None}

    def form_valid(self, form: Any) -> HttpResponse:
        forget_password_age(self.request)
        return super().form_valid(form)


class ForgottenPassword(AdminPage, FormView):
    """Send a link to whoever says who they are. The answer is the same for an address that nobody has.

    It is the same, too, where so many were asked for lately that none is sent: nobody floods another's mailbox.
    """

    form_class = ForgottenPasswordForm
    template_name = "accounts/forgotten_password.html"
    success_url = reverse_lazy("password_reset_done")
    extra_context: Mapping[str, Any] = {"title": "Forgotten password"}

    def form_valid(self, form: ForgottenPasswordForm) -> HttpResponse:
        email = form.cleaned_data["email"]
        with suppress(LockedOutError):
            Attempt(email, counted_as="accounts.links").look_at().count(LoginFailure.LINK)
            send_later(_reset, email)
        return super().form_valid(form)


class ForgottenPasswordSent(AdminPage, PasswordResetDoneView):
    """What to do next, whether there is such an account or not."""

    template_name = "accounts/forgotten_password_sent.html"
    title = "Look into your mail"


class ResetPassword(AdminPage, PasswordResetConfirmView):
    """Where the link of a forgotten password leads."""

    form_class = FirstPasswordForm
    success_url = reverse_lazy("password_reset_complete")
    template_name = "accounts/set_password.html"
    title = "Set a new password"
    token_generator: PasswordResetTokenGenerator = reset_tokens
    extra_context: Mapping[str, Any] = {"again": reverse_lazy("admin_password_reset")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context if self.validlink else context | {"title": "This link holds no longer"}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except LinkIsSpentError:
            self.validlink = False
            return self.render_to_response(self.get_context_data(form=None))


class PasswordIsSet(AdminPage, PasswordResetCompleteView):
    """The way to the log-in."""

    template_name = "accounts/password_is_set.html"
    title = "Your password is set"


class AcceptInvitation(ResetPassword):
    """Where the link of an invitation leads: the first password."""

    token_generator = invitation_tokens
    title = "Welcome to White Cross"
    extra_context: Mapping[str, Any] = {"is_invitation": True}


def _reset(address: str) -> EmailMultiAlternatives | None:
    """The letter with the link, if somebody with this address may log in. Whoever was invited is sent nothing."""
    email = User.objects.normalize_email(address)
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None or not user.has_usable_password():
        return None
    path = reverse("password_reset_confirm", args=[key_in_link(user), reset_tokens.make_token(user)])
    context = {"name": user.first_name, "link": public_link(path), "minutes": configuration.get(RESET_MINUTES)}
    return letter_of("reset", "A new password for White Cross", user.email, context)
