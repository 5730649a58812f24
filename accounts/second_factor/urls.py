"""The pages on which people keep their own second factors."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from accounts.second_factor.pages import passkeys_page, recovery_codes_page, second_factor_page


def account_urls(site: AdminSite) -> list[URLPattern]:
    """For the admin's own URLs; whoever is logged in may open them."""
    return [
        path("account/second-factor/", site.admin_view(second_factor_page), name="account_second_factor"),
        path("account/passkeys/", site.admin_view(passkeys_page), name="account_passkeys"),
        path("account/recovery-codes/", site.admin_view(recovery_codes_page), name="account_recovery_codes"),
    ]
