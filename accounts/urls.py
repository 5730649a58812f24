"""Addresses of the pages about accounts: those of the admin, and those for whoever is not logged in yet."""

from typing import Any

from django.urls import URLPattern, path

from accounts.passwords import (
    AcceptInvitation,
    ChangePassword,
    ForgottenPassword,
    ForgottenPasswordSent,
    PasswordIsSet,
    ResetPassword,
)
from accounts.session_pages import account, account_sessions, keep_session


def admin_urls(site: Any) -> list[URLPattern]:
    """For `AdminSite.get_urls`, before Django's own."""
    return [
        path("account/", site.admin_view(account), name="account"),
        path("account/sessions/", site.admin_view(account_sessions), name="account_sessions"),
        path("account/sessions/keep/", site.admin_view(keep_session), name="account_session_keep"),
        path("password_change/", site.admin_view(ChangePassword.as_view()), name="password_change"),
    ]


public_urls: list[URLPattern] = [
    path("forgotten/", ForgottenPassword.as_view(), name="admin_password_reset"),
    path("forgotten/sent/", ForgottenPasswordSent.as_view(), name="password_reset_done"),
    path("forgotten/<uidb64>/<token>/", ResetPassword.as_view(), name="password_reset_confirm"),
    path("password-is-set/", PasswordIsSet.as_view(), name="password_reset_complete"),
    path("invitation/<uidb64>/<token>/", AcceptInvitation.as_view(), name="account_invitation"),
]
