"""The pages on which people set up, name and remove their own second factors.

Each asks for the password again if it was shown more than ten minutes ago: whoever finds a computer unlocked opens no
door for later.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.lockout import Attempt, LockedOutError
from accounts.login import pending, recently
from accounts.login.first_step import SECOND_STEP, too_many
from accounts.login.forms import CodeForm, PasswordForm
from accounts.models import AuthenticatorApp, LoginFailure, Passkey
from accounts.second_factor import authenticator, passkeys, recovery
from accounts.second_factor.factors import (
    SHOWN,
    factors_of,
    forget_codes_without_factor,
    needs_second_factor,
    note_shown,
)
from accounts.second_factor.forms import PasskeyForm
from core.models import User

View = Callable[[HttpRequest, User], HttpResponse]

# For which the secret of an app that is being set up is shown.
_SET_UP = timedelta(minutes=15)


def _of_oneself(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """A page for the user who is logged in, who has shown who that is a short while ago."""

    @sensitive_post_parameters()
    @require_http_methods(["GET", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        user = request.user
        assert isinstance(user, User)
        if SHOWN not in request.session and factors_of(user):
            # Set up in another browser meanwhile: this one has not shown it yet.
            pending.keep(request, user, request.path)
            return redirect(SECOND_STEP)
        if not recently.is_recent(request):
            return _ask_password(request, user)
        if request.method == "POST":
            # What is sent from two windows at once is done one after the other: else both set up an app, both sets of
            # recovery codes hold, and the last two factors go, each while the other is there.
            User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)
        return view(request, user)

    return guarded


def _ask_password(request: HttpRequest, user: User) -> HttpResponse:
    form = PasswordForm(request.POST if "password" in request.POST else None)
    page = _page(request, "accounts/password_again.html", "Your password, please", form=form)
    if form.is_valid():
        attempt = Attempt(user.email)
        try:
            attempt.look_at()
        except LockedOutError as locked:
            return too_many(page, locked)
        if user.check_password(form.cleaned_data["password"]):
            recently.note(request, user)
            return redirect(request.path)
        attempt.fail(LoginFailure.PASSWORD)
        form.add_error("password", "This is not your password.")
    return page


@_of_oneself
def second_factor_page(request: HttpRequest, user: User) -> HttpResponse:
    """What somebody can show at log-in; set up an authenticator app, or remove it."""
    action = request.POST.get("action", "")
    form = CodeForm(request.POST if action == "confirm" else None, digits_only=True)
    being_set_up = AuthenticatorApp.objects.filter(
        user=user, confirmed_at=None, created_at__gt=timezone.now() - _SET_UP
    ).first()
    if action == "begin":
        authenticator.begin(user)
        return redirect("admin:account_second_factor")
    if action == "cancel":
        AuthenticatorApp.objects.filter(user=user, confirmed_at=None).delete()
        return redirect("admin:account_second_factor")
    if action == "confirm" and being_set_up is not None and form.is_valid():
        if authenticator.confirm(user, being_set_up, "".join(form.cleaned_data["code"].split())):
            return _set_up(request, user, "authenticator", "Your authenticator app is set up.")
        form.add_error("code", "This code is not right. Is the clock of the phone right?")
    if action == "remove":
        _remove(request, user, AuthenticatorApp.objects.filter(user=user, confirmed_at__isnull=False))
        return redirect("admin:account_second_factor")
    return _page(
        request,
        "accounts/second_factor.html",
        "Second factor",
        form=form,
        app=AuthenticatorApp.objects.filter(user=user, confirmed_at__isnull=False).first(),
        is_setting_up=being_set_up is not None,
        picture=authenticator.picture_of(user, being_set_up) if being_set_up else "",
        secret=authenticator.secret_of(user, being_set_up) if being_set_up else "",
        factors=factors_of(user),
        codes_left=recovery.codes_left(user),
        is_required=needs_second_factor(user),
    )


@_of_oneself
def passkeys_page(request: HttpRequest, user: User) -> HttpResponse:
    """Add, name and remove passkeys."""
    action = request.POST.get("action", "")
    form = PasskeyForm(request.POST if action == "add" else None)
    if action == "add" and form.is_valid():
        try:
            passkeys.add(request, user, form.cleaned_data["passkey"], form.cleaned_data["name"])
        except passkeys.PasskeyRefusedError as refused:
            form.add_error(None, f"{refused} Nothing was added.")
        else:
            return _set_up(request, user, "passkey", "The passkey is added.", back="admin:account_passkeys")
    elif action in ("rename", "remove"):
        _change_passkey(request, user, action)
        return redirect("admin:account_passkeys")
    return _page(
        request,
        "accounts/passkeys.html",
        "Passkeys",
        form=form,
        passkeys=Passkey.objects.filter(user=user),
        passkey_options=passkeys.creation_options(request, user),
    )


def _change_passkey(request: HttpRequest, user: User, action: str) -> None:
    try:
        own = Passkey.objects.filter(user=user, pk=uuid.UUID(request.POST.get("id", "")))
    except ValueError:
        own = Passkey.objects.none()
    name = request.POST.get("name", "").replace("\0", "").strip()[:60]
    if action == "remove":
        _remove(request, user, own)
    elif name and own.update(name=name):
        messages.success(request, "The passkey has another name.")


def _remove(request: HttpRequest, user: User, rows: Any) -> None:
    """Remove an app or a passkey, unless it is the last and the role asks for one."""
    factors = factors_of(user)
    if factors.has_authenticator + factors.passkeys <= 1 and rows.exists() and needs_second_factor(user):
        messages.error(request, "Your role asks for a second factor. Set up another one first, then remove this one.")
        return
    if rows.delete()[0]:
        forget_codes_without_factor(user)
        messages.success(request, "Removed. It no longer opens the log-in.")


def _set_up(
    request: HttpRequest, user: User, how: str, message: str, *, back: str = "admin:account_second_factor"
) -> HttpResponse:
    """A second factor is there now: whoever has none left gets recovery codes with it, shown this once."""
    note_shown(request, how)
    if recovery.codes_left(user):
        messages.success(request, message)
        return redirect(back)
    return _show_codes(request, user, f"{message} Keep these codes for the day on which you cannot use it.")


@_of_oneself
def recovery_codes_page(request: HttpRequest, user: User) -> HttpResponse:
    """How many recovery codes are left; make new ones."""
    if request.method == "POST" and factors_of(user):
        return _show_codes(request, user, "These are your new recovery codes. The old ones open nothing any more.")
    return _page(
        request,
        "accounts/recovery_codes.html",
        "Recovery codes",
        codes_left=recovery.codes_left(user),
        factors=factors_of(user),
    )


def _show_codes(request: HttpRequest, user: User, message: str) -> HttpResponse:
    codes = recovery.make_codes(user)
    return _page(request, "accounts/recovery_codes.html", "Recovery codes", codes=codes, message=message)


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
    request.current_app = admin.site.name
    return TemplateResponse(request, template, {**admin.site.each_context(request), "title": title, **context})
