from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.urls import public_urls


def icon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the icon of what is no page of ours: a PDF, a piece of a page."""
    return redirect(static("whitecross/icon.svg"))


urlpatterns = [
    path("favicon.ico", icon),
    path("admin/login/", include("accounts.login.urls")),
    path("account/", include(public_urls)),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="admin:index")),
]

handler400 = "whitecross.error_pages.bad_request"
handler403 = "whitecross.error_pages.permission_denied"
handler404 = "whitecross.error_pages.not_found"
handler500 = "whitecross.unavailable.error_page"
