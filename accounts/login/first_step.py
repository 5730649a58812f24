"""The first step of a log-in: e-mail address and password."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, RedirectURLMixin
from django.contrib.sessions.backends.base import UpdateError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.lockout import Attempt, LockedOutError
from accounts.login import pending, recently
from accounts.second_factor.factors import factors_of, note_shown
from core.acting import acting_as
from core.models import User

SECOND_STEP = "login_second_factor"


class FirstStep(LoginView):
    """Asks for address and password, and logs in whoever has no second factor.

    Whether there is no such account, it is not active, or the password is wrong: the answer and the work for it are
    the same. Once too many attempts have failed, no password is looked at any more, be there an account or not.
    """

    attempt: Attempt

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.attempt = Attempt(request.POST.get("username", ""))
        try:
            self.attempt.look_at()
        except LockedOutError as locked:
            # The form stays empty: to check it would be to look at the password.
            return too_many(self.render_to_response(self.get_context_data(form=self.get_form_class()(request))), locked)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        if form.cleaned_data.get("username") and form.cleaned_data.get("password"):
            self.attempt.fail()
        return super().form_invalid(form)

    def form_valid(self, form: AuthenticationForm) -> HttpResponseRedirect:
        user = form.get_user()
        assert isinstance(user, User)
        with acting_as(user):
            must_show_more = bool(factors_of(user))
        recently.note(self.request, user)
        if must_show_more:
            try:
                pending.keep(self.request, user, next_page(self.request))
            except UpdateError:
                return _overtaken(self.request)
            return redirect(SECOND_STEP)
        return complete(self.request, user, self.attempt, next_page(self.request))


def log_in_view(site: AdminSite, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
    """The page `admin:login`, as Django's own but for what follows from it."""
    if request.method == "GET" and site.has_permission(request):
        return HttpResponseRedirect(next_page(request))
    request.current_app = site.name
    context = {
        **site.each_context(request),
        "title": "Log in",
        "app_path": request.get_full_path(),
        "next": next_page(request),
        "passkey_link": f"{reverse('login_passkey')}?{urlencode({'next': next_page(request)})}",
        **(extra_context or {}),
    }
    view = FirstStep.as_view(
        extra_context=context, authentication_form=site.login_form, template_name="accounts/first_step.html"
    )
    return view(request)


def next_page(request: HttpRequest) -> str:
    """Where to go after the log-in: to a page of this site, whatever the address says."""
    return RedirectURLMixin().get_redirect_url(request) or reverse("admin:index")


def complete(
    request: HttpRequest, user: User, attempt: Attempt, next_url: str, *, second_factor: str | None = None
) -> HttpResponseRedirect:
    """Log somebody in who has shown all there is to show. The session gets another key."""
    try:
        with transaction.atomic():
            attempt.succeed(user)
            pending.forget(request)
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    except UpdateError:
        return _overtaken(request)
    if second_factor is not None:
        note_shown(request, second_factor)
    return HttpResponseRedirect(next_url)


def _overtaken(request: HttpRequest) -> HttpResponseRedirect:
    """Somebody has clicked twice, and the first click has given the session another key: by that one they go on.

    The session is left alone, and its cookie too, which is the first click's by now. Whoever was not logged in by it
    is asked anew.
    """
    request.session.modified = False
    return HttpResponseRedirect(reverse("admin:index"))


def too_many(response: Any, locked: LockedOutError) -> HttpResponse:
    """A page of a log-in, as the answer to a guess that is not looked at."""
    response.context_data["refusal"] = locked.in_words
    response.status_code = 429
    response.headers["Retry-After"] = str(locked.minutes * 60)
    return response
