"""The second step of a log-in: a code or a passkey; and a passkey in the place of both steps."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.lockout import Attempt, LockedOutError
from accounts.login import pending, recently
from accounts.login.first_step import complete, next_page, too_many
from accounts.login.forms import CodeForm
from accounts.models import LoginFailure
from accounts.second_factor import passkeys
from accounts.second_factor.factors import factors_of, take_code
from core.acting import acting_as

_WRONG = "This code is not right, or was used before. Please enter the next one."
_REFUSED = "The passkey was not accepted. Please try again."


@sensitive_post_parameters()
@csrf_protect
@never_cache
@require_http_methods(["GET", "POST"])
def second_factor_view(request: HttpRequest) -> HttpResponse:
    """Ask whoever has shown the password for a code or a passkey. Both are read and used as that user."""
    kept = pending.read(request)
    if kept is None:
        messages.info(request, "Please log in again: the second step waits five minutes.")
        return redirect("admin:login")
    form = CodeForm(request.POST if "code" in request.POST else None)
    problem = ""
    if request.method == "POST":
        attempt = Attempt(kept.user.email)
        try:
            attempt.look_at()
        except LockedOutError as locked:
            pending.forget(request)
            return too_many(_page(request, "accounts/second_step.html", form=CodeForm()), locked)
        how = None
        if "passkey" in request.POST:
            how, problem = _signed(request, kept), _REFUSED
        elif form.is_valid():
            with acting_as(kept.user):
                how, problem = take_code(kept.user, form.cleaned_data["code"]), _WRONG
        if how is not None:
            return complete(request, kept.user, attempt, kept.next, second_factor=how)
        if problem:
            attempt.fail(LoginFailure.PASSKEY if problem == _REFUSED else LoginFailure.SECOND_FACTOR)
    with acting_as(kept.user):
        factors = factors_of(kept.user)
        options = passkeys.request_options(request, kept.user) if factors.passkeys else None
    return _page(
        request, "accounts/second_step.html", form=form, problem=problem, factors=factors, passkey_options=options
    )


def _signed(request: HttpRequest, kept: pending.Pending) -> str | None:
    try:
        passkeys.check(request, request.POST["passkey"], kept.user)
    except passkeys.PasskeyRefusedError:
        return None
    return "passkey"


@csrf_protect
@never_cache
@require_http_methods(["GET", "POST"])
def passkey_view(request: HttpRequest) -> HttpResponse:
    """Let somebody log in by a passkey alone: it says whose it is, and its owner has unlocked the device."""
    refusal = ""
    if request.method == "POST":
        # Nobody can guess a signature; but each attempt costs us one, so an address has so many.
        attempt = Attempt(f"passkey {get_random_string(22)}")
        try:
            attempt.look_at(is_guess=False)
            shown = passkeys.check(request, request.POST.get("passkey", ""))
        except LockedOutError as locked:
            return too_many(_page(request, "accounts/passkey_step.html"), locked)
        except passkeys.PasskeyRefusedError:
            attempt.fail(LoginFailure.PASSKEY)
            refusal = _REFUSED
        else:
            recently.note(request, shown.user)
            return complete(request, shown.user, Attempt(shown.user.email), next_page(request), second_factor="passkey")
    return _page(
        request, "accounts/passkey_step.html", problem=refusal, passkey_options=passkeys.request_options(request)
    )


def _page(request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
    request.current_app = admin.site.name
    each = {**admin.site.each_context(request), "title": "Log in", "app_path": request.get_full_path()}
    return TemplateResponse(request, template, each | context)
