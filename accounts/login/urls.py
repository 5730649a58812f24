"""The pages of a log-in beside `admin:login`."""

from django.urls import path

from accounts.login.second_step import passkey_view, second_factor_view

urlpatterns = [
    path("second-factor/", second_factor_view, name="login_second_factor"),
    path("passkey/", passkey_view, name="login_passkey"),
]
