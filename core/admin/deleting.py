"""Deletion in the admin: what goes along is counted, and why is asked and kept in the audit log."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from core.acting import acting_as
from core.admin.actions import ActingAdmin
from core.admin.database_errors import explain
from core.admin.deletion import delete_with_constraints, owned_counts
from core.admin.questions import WhyDelete
from core.admin.shown import tell_page_shown


class DeletingAdmin(ActingAdmin):
    """An admin that deletes for a reason."""

    delete_confirmation_template = "admin/deletion.html"

    # What a deletion does, for the page that asks for confirmation.
    deletion_is_final = True

    @admin.action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Delete rows, once it was shown what goes along with them, and said why."""
        queryset = self.deletable(queryset)
        form = WhyDelete(request.POST if "post" in request.POST else None)
        if not form.is_valid():
            return self.ask(
                request,
                queryset,
                "delete_selected",
                "Delete",
                form,
                is_deletion=True,
                deletion_is_final=self.deletion_is_final,
                model_count=owned_counts(self.model, queryset.order_by().values("pk")).items(),
            )
        try:
            with transaction.atomic(), acting_as(reason=form.cleaned_data["reason"]):
                self.log_deletions(request, queryset)
                count = self.delete_queryset(request, queryset)
        except IntegrityError as error:
            self.message_user(request, f"Nothing was deleted. {explain(error)}", messages.ERROR)
        else:
            self.message_user(request, f"Deleted: {self.counted(count)}.", messages.SUCCESS)
        return None

    def deletable(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows that can be deleted."""
        return queryset

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        form = WhyDelete(request.POST if request.method == "POST" else None)
        extra_context = {
            "deletion_is_final": self.deletion_is_final,
            "form": form,
            "suggestions": form.suggestions,
            "back_url": reverse(self.url_name("change"), args=[object_id]),
            "title": "Delete",
            "whose": self._whose(request, object_id) if request.method == "GET" or not form.is_valid() else "",
            **(extra_context or {}),
        }
        if request.method == "POST" and not form.is_valid():
            request.POST = QueryDict()  # ask again: Django deletes when anything at all is posted
        request.__dict__["deletion_reason"] = form.cleaned_data.get("reason", "") if form.is_bound else ""
        try:
            response: HttpResponse = super().delete_view(request, object_id, extra_context)
        except IntegrityError as error:
            self.message_user(
                request, f"This {self.opts.verbose_name} was not deleted. {explain(error)}", messages.ERROR
            )
            return HttpResponseRedirect(reverse(self.url_name("change"), args=[object_id]))
        tell_page_shown(self.model, request, response)
        return response

    def _whose(self, request: HttpRequest, object_id: str) -> str:
        """The student whom the row is about: "Peanuts" alone does not tell."""
        row = self.get_object(request, unquote(object_id))
        student = getattr(row, "student", None)
        return f"{student} ({student.student_number})" if student is not None else ""

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        with acting_as(reason=request.__dict__["deletion_reason"]):
            delete_with_constraints(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> int:
        """Delete the rows; returns their number, without what went along."""
        _, kinds = delete_with_constraints(queryset)
        return kinds.get(self.model._meta.label, 0)

    def get_deleted_objects(self, objs: Sequence[Model], request: HttpRequest) -> tuple[Any, dict[str, int], Any, Any]:
        """What would be deleted: the rows by name, and the number of each kind that goes along with them.

        Rows go along by the foreign keys that cascade in the database, so they are counted there. Being allowed to
        delete a row is being allowed to delete what belongs to it.
        """
        return [str(obj) for obj in objs], owned_counts(self.model, [obj.pk for obj in objs]), set(), []
