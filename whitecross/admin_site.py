from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import InvalidPage
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from accounts.login.first_step import log_in_view
from accounts.login.forms import LogInForm
from accounts.second_factor.urls import account_urls
from core.admin.shown import tell_shown
from core.database.soft_delete import SoftDeleteModel
from emergency.urls import emergency_urls
from finding.views import find_students_view
from home.views import doses_today

if TYPE_CHECKING:
    from core.admin.base import WhiteCrossAdmin


class LiveAutocompleteView(AutocompleteJsonView):
    """What a person may choose from while typing: never a deleted row."""

    model_admin: "WhiteCrossAdmin"

    def get_queryset(self) -> QuerySet[Any]:
        queryset: QuerySet[Any] = self.model_admin.with_labels(self.request, super().get_queryset())
        return queryset.filter(deleted_at=None) if issubclass(queryset.model, SoftDeleteModel) else queryset

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.shown: list[Any] = []
        response = super().get(request, *args, **kwargs)
        tell_shown(self.model_admin.model, request, "SEARCH" if self.term else "LIST", self.shown)
        return response

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        self.shown.append(obj)
        return {"id": str(getattr(obj, to_field_name)), "text": self.model_admin.autocomplete_label(obj)}


class AdminSite(UnfoldAdminSite):
    """The face of White Cross: the admin, for everyone who may log in."""

    index_title = "Home"
    login_form = LogInForm

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The apps in the order of the settings, which is that of the menu; Django's own order is the alphabet's."""
        order = {config.label: number for number, config in enumerate(apps.get_app_configs())}
        return sorted(super().get_app_list(request, app_label), key=lambda app: order[app["app_label"]])

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Unfold's, without the colours, which are a file of ours: a style in the page itself would be refused."""
        return super().each_context(request) | {"colors": None}

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The admin's pages, and those of ours that are no model's."""
        from accounts.urls import admin_urls  # noqa: PLC0415  # which asks for the admin site

        own = [
            *admin_urls(self),
            path("find/", self.admin_view(find_students_view), name="find_students"),
            path("home/doses/", self.admin_view(doses_today), name="home_doses"),
            *account_urls(self),
        ]
        return [*own, *emergency_urls(self), *super().get_urls()]

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """The first step of a log-in."""
        return log_in_view(self, request, extra_context)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """Unfold's search for pages of the admin, which does not expect a page number made up by hand."""
        try:
            response: HttpResponseBase = super().search(request, extra_context)
        except (ValueError, InvalidPage) as error:
            raise Http404 from error
        return response

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return LiveAutocompleteView.as_view(admin_site=self)(request)
