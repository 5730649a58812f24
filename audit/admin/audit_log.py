from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from unfold.widgets import UnfoldAdminSingleDateWidget

from audit.access import record_view
from audit.disclosures import may_see_disclosures, student_disclosures
from audit.models import AuditLog
from core.admin.reach import seen_in_emergency
from core.admin.read_only import ReadOnlyAdmin
from core.models import Student, User, UserRole
from core.schema.expectation import our_models

REACHABLE = 1_000
DAYS_SHOWN_AT_FIRST = 90


class LatestPaginator(Paginator):
    """Pages of the latest entries only: nobody counts a log of millions, or reads its ten-thousandth page."""

    @cached_property
    def count(self) -> int:
        entries: Any = self.object_list
        return int(entries.order_by()[:REACHABLE].count())


class TableFilter(admin.SimpleListFilter):
    """Entries about one table."""

    title = "table"
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(table, capfirst(name)) for table, name in _tables().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(entity_type=self.value()) if self.value() else queryset


class PeriodForm(forms.Form):
    """From which day to which, both included."""

    since = forms.DateField(label="From", widget=UnfoldAdminSingleDateWidget)
    until = forms.DateField(label="To", widget=UnfoldAdminSingleDateWidget)

    def moments(self) -> tuple[datetime, datetime]:
        """The beginning of the first day, and the end of the last."""
        return _midnight(self.cleaned_data["since"]), _midnight(self.cleaned_data["until"] + timedelta(days=1))


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnlyAdmin):
    """The log is read, never written; the latest first."""

    paginator = LatestPaginator
    list_display = ("created_at", "user", "action", "entity_type", "student", "school", "source", "ip_address")
    list_display_links = ("created_at",)
    list_select_related = ("user", "student", "school")
    list_filter = ("action", TableFilter, ("created_at", admin.DateFieldListFilter))
    search_fields = ("user__email",)
    search_help_text = "Beginning of a user's name or e-mail address"
    ordering = ("-created_at",)
    autocomplete_fields = ("user", "student", "school")
    sortable_by = ("created_at",)
    fieldsets = (
        (None, {"fields": (("created_at", "action"), "user", ("entity_type", "entity_id"))}),
        ("About", {"fields": (("student", "school"), "student_ids", "row_count")}),
        ("By", {"fields": (("source", "reason"), ("ip_address", "user_agent"), ("request_id", "transaction_id"))}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Entries of the users whose name or address begins so; the users are looked up first, so an index serves."""
        term = search_term.replace("\0", " ").strip()
        if not term:
            return queryset, False
        named = Q(email__istartswith=term) | Q(last_name__istartswith=term) | Q(first_name__istartswith=term)
        users = User.objects.filter(named).order_by().values_list("pk", flat=True)[:REACHABLE]
        return queryset.filter(user__in=list(users)), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> AuditLog | None:
        """The entry of this key. The key tells its time, by which only one partition is looked into."""
        try:
            key = UUID(object_id)
            near = datetime.fromtimestamp((key.int >> 80) / 1000, UTC)
            window = (near - timedelta(minutes=1), near + timedelta(minutes=1))
        except (ValueError, OverflowError):
            return None
        entries = self.get_queryset(request).filter(pk=key, created_at__range=window)
        return (entries.defer(None) if _may_see_images(request) else entries).first()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The row before the change only for those who see every row anyway."""
        fieldsets = super().get_fieldsets(request, obj)
        if _may_see_images(request):
            fieldsets = (*fieldsets, ("Row before", {"fields": ("old_row",), "classes": ("collapse",)}))
        return fieldsets

    # --- Who saw a student ----------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.disclosures_view)
        page = path("students/<uuid:student_id>/", view, name="audit_auditlog_disclosures")
        return [page, *super().get_urls()]

    def disclosures_view(self, request: HttpRequest, student_id: UUID) -> HttpResponse:
        """Who saw this student between two days, and where."""
        if not may_see_disclosures(request.user):
            raise PermissionDenied
        student = Student.all_objects.filter(pk=student_id).first()
        # In an emergency one sees the student, and not the school's register: it would look as if nobody had.
        if student is None or seen_in_emergency(request, student.pk):
            raise Http404
        form = PeriodForm(request.GET or _latest_days())
        found = student_disclosures(student.pk, *form.moments(), limit=REACHABLE) if form.is_valid() else []
        record_view(student)
        tables = _tables()
        context = {
            **self.admin_site.each_context(request),
            # Not the name: titles stay in the browser's history.
            "title": "Who saw this student",
            "opts": self.opts,
            "student": student,
            "form": form,
            "disclosures": [(seen, tables.get(seen.table, seen.table)) for seen in found],
            "more": len(found) == REACHABLE,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/student_disclosures.html", context)


def _may_see_images(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and (user.is_superuser or user.role == UserRole.ADMIN)


def _tables() -> dict[str, str]:
    return {model._meta.db_table: str(model._meta.verbose_name_plural) for model in our_models()}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  # made aware here


def _latest_days() -> dict[str, str]:
    today = timezone.localdate()
    return {"since": str(today - timedelta(days=DAYS_SHOWN_AT_FIRST)), "until": str(today)}
