"""The students of the admin, with their charts. It takes the place of core's own, which does not know of charts."""

from functools import update_wrapper
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from chart.admin.emergency_cards import EmergencyCards
from chart.page import chart_context, timeline_context
from core.admin.shown import tell_shown
from core.admin.student import StudentAdmin
from core.models import Student


class _ChartLinks:
    """A list of students whose rows lead to the chart."""

    opts: Any

    def url_for_result(self, result: Any) -> str:
        return reverse("admin:core_student_chart", args=[quote(result.pk)])


admin.site.unregister(Student)


@admin.register(Student)
class StudentChartAdmin(EmergencyCards, StudentAdmin):
    """Students: the list leads to the chart, and the chart to the form."""

    change_form_outer_before_template = "chart/before_form.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        base = super().get_changelist(request, **kwargs)
        return type("ChartChangeList", (_ChartLinks, base), {})

    def get_urls(self) -> list[URLPattern]:
        def chart_view(request: HttpRequest, object_id: str) -> HttpResponse:
            response: HttpResponse = self.admin_site.admin_view(self.chart_view)(request, object_id)
            return response

        chart_view.model_admin = self  # type: ignore[attr-defined]  # a refusal is written down under the table
        view = update_wrapper(chart_view, self.chart_view)
        return [path("<path:object_id>/chart/", view, name="core_student_chart"), *super().get_urls()]

    def chart_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The chart of a student; for HTMX, which turns the pages of the timeline, the timeline alone."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            key = UUID(unquote(object_id))
        except ValueError as error:
            raise Http404 from error
        student = self.get_queryset(request).select_related("school", "nurse").filter(pk=key).first()
        if student is None:
            raise Http404
        request.current_app = self.admin_site.name
        context = {"student": student, "chart_url": request.path}
        turns_pages = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
        if turns_pages and student.deleted_at is None:
            context |= {"is_turned": True, **timeline_context(request, student)}
            return TemplateResponse(request, "chart/timeline.html", context)
        tell_shown(Student, request, "VIEW", [student])
        context |= {
            **self.admin_site.each_context(request),
            "title": "Student's chart",
            "opts": self.opts,
            "object": student,
            "original": student,
            "media": self.media,
            "form_url": reverse(self.url_name("change"), args=[object_id]),
            "may_change": self.has_change_permission(request, student),
            "restore_url": reverse(self.url_name("restore"), args=[object_id]),
            "has_restore_permission": self.has_restore_permission(request),
            **chart_context(request, student),
        }
        return TemplateResponse(request, "chart/chart.html", context)
