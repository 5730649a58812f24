"""Saving a form: what was typed is never lost, whatever the database says to it and whoever else was at the row."""

from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import ValidationError
from django.db import DatabaseError, DataError, IntegrityError, ProgrammingError, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from psycopg import errors
from unfold.admin import ModelAdmin

from core.admin.database_errors import refusal
from core.admin.deletion import check_constraints_now
from core.admin.meanwhile import MARK, Meanwhile, marks_in, sign
from core.admin.shown import tell_page_shown
from core.admin.student_page import student_page
from core.database.audit_fields import AuditedModel

RETURN = "_return"
_REFUSALS, _MEANWHILE = "form_refusals", "form_meanwhile"


class SavingAdmin(ModelAdmin):
    """An admin whose form comes back with what was typed when it cannot be saved."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        status = 200
        try:
            with transaction.atomic():
                if request.method == "POST" and object_id is not None:
                    self._note_meanwhile(request, object_id)
                response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
                if request.method == "POST":
                    check_constraints_now()
        except (IntegrityError, DataError, ProgrammingError) as error:
            # The form has checked every rule before; what comes here is a race, or a rule that only a trigger knows.
            if request.method != "POST" or not _is_told(error):
                raise
            status = 403 if isinstance(error.__cause__, errors.InsufficientPrivilege) else 200
            request.__dict__[_REFUSALS] = error
            response = super().changeform_view(request, object_id, form_url, extra_context)
            response.status_code = status if response.status_code == 200 else response.status_code
        tell_page_shown(self.model, request, response)
        return response

    def _note_meanwhile(self, request: HttpRequest, object_id: str) -> None:
        """Keep the row as it is until the form is saved, and note whether somebody changed it since it was opened."""
        if not issubclass(self.model, AuditedModel) or MARK not in request.POST:
            return
        if not self.has_change_permission(request):
            return
        try:
            key = self.model._meta.pk.to_python(unquote(object_id))
        except ValidationError:
            return
        row = self.model._base_manager.filter(pk=key).select_for_update(no_key=True).first()
        version, _, marks = request.POST[MARK].partition(" ")
        if row is not None and row.updated_at.isoformat() != version:
            who = "You" if row.updated_by_id == request.user.pk else str(row.updated_by or "The system")
            request.__dict__[_MEANWHILE] = Meanwhile(who, row.updated_at, marks_in(marks))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, which knows who fills it in, and why it was refused if it was."""
        # What is only read is called as what is asked for.
        kwargs.setdefault("labels", dict(self.labels))
        form = super().get_form(request, obj, change=change, **kwargs)
        form.request, form.model_admin = request, self
        form.meanwhile = request.__dict__.get(_MEANWHILE)
        if (error := request.__dict__.get(_REFUSALS)) is not None:
            form.refusals = [refusal(error, self.model, form.base_fields)]
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        adminform = context["adminform"]
        if obj is not None and isinstance(obj, AuditedModel):
            context["opened"] = f"{obj.updated_at.isoformat()} {sign(adminform.form)}"
            context["row_actions"] = self.row_actions(request, obj)
        context["opened_name"] = MARK
        context["suggestions"] = self.suggestions
        wrong = set(adminform.form.errors)
        for _, options in adminform.fieldsets:
            # What is wrong must not be out of sight.
            if wrong.intersection(flatten_fieldsets([(None, options)])):
                options["classes"] = tuple(name for name in options.get("classes", ()) if name != "collapse")
        response: HttpResponse = super().render_change_form(request, context, *args, obj=obj, **kwargs)
        return response

    # --- Back to where one came from ------------------------------------------------------------------------------

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._returned(request, obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._returned(request, obj) or super().response_post_save_change(request, obj)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any) -> HttpResponse | None:
        """What follows an action: back to where it was asked for, once it is done."""
        response: HttpResponse | None = super().response_action(request, queryset, **kwargs)
        if RETURN in request.GET and isinstance(response, HttpResponseRedirect):
            row = queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME)[:1]).first()
            return (row and self._returned(request, row)) or response
        return response

    def _returned(self, request: HttpRequest, obj: Model) -> HttpResponse | None:
        """Back to the page that the address names by a word; no address is taken from the address."""
        if IS_POPUP_VAR in request.POST or request.GET.get(RETURN) not in ("chart", "home"):
            return None
        if request.GET[RETURN] == "home":
            return HttpResponseRedirect(reverse(f"{self.admin_site.name}:index"))
        student = student_of(obj)
        return None if student is None else HttpResponseRedirect(student_page(student))


def student_of(row: Any) -> Any:
    """Key of the student whom a row is about: the row itself, its student, or that of its order."""
    if row._meta.label == "core.Student":
        return row.pk
    order = getattr(row, "student_medication", None)
    return getattr(row, "student_id", None) or getattr(order, "student_id", None)


def _is_told(error: DatabaseError) -> bool:
    """Whether the error is about what was typed, or about who typed it; a mistake in a statement is neither."""
    return not isinstance(error, ProgrammingError) or isinstance(error.__cause__, errors.InsufficientPrivilege)
