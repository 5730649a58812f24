from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.browsers import browser_in_words
from accounts.models import UserSession
from accounts.session_pages import end_sessions
from core.admin.filters import AutocompleteSelectFilter
from core.admin.questions import Questions, text
from core.admin.read_only import ReadOnlyAdmin


class WhyEnd(Questions):
    """Somebody is logged off for a reason; the audit log keeps it."""

    suggestions = {"reason": ("Device lost or stolen", "Left without logging off", "Not recognized", "Has left")}
    reason = text("Why is it ended?", help_text="It is kept in the audit log.")


class OpenFilter(admin.SimpleListFilter):
    """Sessions that are open; what is over stays in the table until `clearsessions`."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("open", "over"):
            is_open = Q(expire_date__gt=timezone.now())
            return queryset.filter(is_open if self.value() == "open" else ~is_open)
        return queryset


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    """Who is logged in. A session is never changed; whoever manages an account may end its sessions."""

    list_display = ("user", "created_at", "ip_address", "browser", "second_factor", "last_activity_at", "expire_date")
    list_select_related = ("user",)
    list_filter = (OpenFilter, ("user", AutocompleteSelectFilter))
    list_filter_submit = True
    ordering = ("-last_activity_at",)
    actions = ("end",)
    fields = list_display

    @admin.display(description="browser")
    def browser(self, session: UserSession) -> str:
        """The browser in words."""
        return browser_in_words(session.user_agent)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.about().filter(user__isnull=False)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return ((None, {"fields": self.fields}),)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Whoever may change accounts may end their sessions; the database says whose."""
        return bool(request.user.has_perm("core.change_user"))

    @admin.action(permissions=["end"], description="End selected sessions")
    def end(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Log people off, for a reason."""
        form = WhyEnd(request.POST if "post" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset, "end", "End selected sessions", form)
        own = request.session.row_id  # type: ignore[attr-defined]  # our store's
        chosen = list(queryset.order_by().values_list("pk", flat=True))
        keys = [key for key in chosen if key != own]
        ended = end_sessions(keys, form.cleaned_data["reason"])
        self.message_user(request, f"{self.counted(ended)} ended.", messages.SUCCESS if ended else messages.WARNING)
        if ended < len(keys):
            left = len(keys) - ended
            self.message_user(
                request, f"{left} not ended: over already, or of an account you may not manage.", messages.WARNING
            )
        if own in chosen:
            self.message_user(request, "Not this session, in which you are: log out to end it.", messages.WARNING)
        return None
