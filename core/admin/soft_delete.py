"""Deleted rows in the admin: out of sight unless asked for, read-only, and brought back by a button."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from core.acting import acting_as
from core.admin.base import WhiteCrossAdmin
from core.admin.database_errors import explain
from core.admin.questions import WhyRestore
from core.admin.reach import seen_in_emergency
from core.admin.saving import student_of
from core.database.soft_delete import OwnerIsDeletedError, owner_fields, owner_is_deleted


class DeletedFilter(admin.SimpleListFilter):
    """Live rows unless one asks for the deleted ones."""

    title = "deleted"
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Deleted"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.exclude(deleted_at=None)
            case "all":
                return queryset
            case _:
                return queryset.filter(deleted_at=None)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for number, choice in enumerate(super().choices(changelist)):
            yield choice | {"display": "Live"} if number == 0 else choice


class SoftDeleteAdmin(WhiteCrossAdmin):
    """The admin of a model whose rows are marked as deleted."""

    actions: Sequence[str] = ("delete_selected", "restore_selected")
    change_form_outer_before_template = "admin/deleted_banner.html"
    deletion_is_final = False

    # --- Which rows -----------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All rows: the list shows the live ones by its filter, and a deleted row has its page."""
        queryset = self.model.all_objects.all()
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        return (*super().get_list_filter(request), DeletedFilter)

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        columns = super().get_list_display(request)
        return (*columns, "deleted_at") if _asks_for_deleted(request) else columns

    def get_actions(
        self, request: HttpRequest, action_location: admin.ActionLocation = admin.ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        """Deleting where live rows are listed, restoring where deleted ones are."""
        actions = super().get_actions(request, action_location=action_location)
        useless = {"yes": "delete_selected", "all": None}.get(request.GET.get("deleted", ""), "restore_selected")
        return {name: action for name, action in actions.items() if name != useless}

    # --- Who may --------------------------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_deleted(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and seen_in_emergency(request, student_of(obj)):
            return False  # as row security will
        return not _is_deleted(obj) and super().has_delete_permission(request, obj)

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.restore_{self.opts.model_name}")

    # --- Delete ---------------------------------------------------------------------------------------------------

    def deletable(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(deleted_at=None)

    # --- Restore --------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view: Callable[..., HttpResponse] = require_POST(self.admin_site.admin_view(self.restore_view))
        name = f"{self.opts.app_label}_{self.opts.model_name}_restore"
        return [path("<path:object_id>/restore/", view, name=name), *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        extra_context = {"has_restore_permission": self.has_restore_permission(request), **(extra_context or {})}
        if object_id is not None:
            extra_context["restore_url"] = reverse(self.url_name("restore"), args=[object_id])
        return super().changeform_view(request, object_id, form_url, extra_context)

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Bring one row back, with what went along with it."""
        row = self.get_object(request, unquote(object_id))
        if not self.has_restore_permission(request):
            raise PermissionDenied
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = WhyRestore(request.POST)
        if form.is_valid():
            self._restore_rows(request, self.model.all_objects.filter(pk=row.pk), form.cleaned_data["reason"])
        else:
            self.message_user(request, "Nothing was restored. The reason is too long.", messages.ERROR)
        return HttpResponseRedirect(reverse(self.url_name("change"), args=[object_id]))

    @admin.action(permissions=["restore"], description="Restore selected %(verbose_name_plural)s")
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Bring rows back, with what went along with them, and say which could not come back and why."""
        form = WhyRestore(request.POST if "post" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset.exclude(deleted_at=None), "restore_selected", "Restore", form)
        self._restore_rows(request, queryset, form.cleaned_data["reason"])
        return None

    def _restore_rows(self, request: HttpRequest, queryset: QuerySet[Any], reason: str) -> None:
        deleted = queryset.exclude(deleted_at=None)
        is_orphan = owner_is_deleted(owner_fields(self.model))
        keys = list(deleted.exclude(is_orphan).values_list("pk", flat=True))
        orphans = deleted.filter(is_orphan).count()
        if keys:
            self._restore(request, keys, reason)
        if orphans:
            owners = " or ".join(str(field.related_model._meta.verbose_name) for field in owner_fields(self.model))
            self.message_user(
                request,
                f"Not restored: {self.counted(orphans)}, whose {owners} is deleted. Restore the {owners} first.",
                messages.WARNING,
            )
        if not keys and not orphans:
            self.message_user(request, "Nothing to restore: none of them is deleted.", messages.WARNING)

    def _restore(self, request: HttpRequest, keys: list[Any], reason: str) -> None:
        try:
            with transaction.atomic(), acting_as(reason=reason) if reason else nullcontext():
                total, kinds = self.model.all_objects.filter(pk__in=keys).restore()
                self.log(request, keys, CHANGE, "Restored.")
        except OwnerIsDeletedError as error:
            self.message_user(request, f"Nothing was restored. {error}", messages.ERROR)
        except IntegrityError as error:
            self.message_user(
                request, f"Nothing was restored: what is live now stands in the way. {explain(error)}", messages.ERROR
            )
        else:
            roots = kinds.get(self.model._meta.label, 0)
            along = f", with {total - roots} of what belongs to it" if total > roots else ""
            self.message_user(request, f"Restored: {self.counted(roots)}{along}.", messages.SUCCESS)


def _is_deleted(row: Any) -> bool:
    return row is not None and row.deleted_at is not None


def _asks_for_deleted(request: HttpRequest) -> bool:
    return request.GET.get("deleted") in ("yes", "all")
