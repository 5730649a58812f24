from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst

from core.admin.base import WhiteCrossAdmin
from core.admin.forms import WhiteCrossForm
from core.models import Student
from core.schema.expectation import our_models
from emergency.access import activity
from emergency.models import EmergencyAccess, ReviewOutcome


class StateFilter(admin.SimpleListFilter):
    """Accesses that are open, wait for a review, or were signed off."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("review", "To review"), ("open", "Open now"), ("reviewed", "Reviewed")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "review":
                return queryset.to_review(timezone.now())
            case "open":
                return queryset.open_at(timezone.now())
            case "reviewed":
                return queryset.filter(reviewed_at__isnull=False)
            case _:
                return queryset


class ReviewForm(WhiteCrossForm):
    """What the reviewer found. Who and when is filled in by the database, and by the form for the rules' sake."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "outcome" in self.fields:
            self.fields["outcome"].required = True

    def clean(self) -> dict[str, Any]:
        """The note is asked for where it is missing; the database says the same, of no field."""
        cleaned: dict[str, Any] = super().clean()
        needs_note = cleaned.get("outcome") in (ReviewOutcome.FOLLOW_UP, ReviewOutcome.NOT_JUSTIFIED)
        if needs_note and not (cleaned.get("review_note") or "").strip():
            self.add_error("review_note", "Say why it was not justified, or what is to be followed up.")
        return cleaned

    def _post_clean(self) -> None:
        is_signed = self.request is not None and "outcome" in self.fields and bool(self.cleaned_data.get("outcome"))
        if is_signed:
            self.instance.reviewed_by, self.instance.reviewed_at = self.request.user, timezone.now()
        super()._post_clean()
        if is_signed and self.errors:
            # What is not saved is not signed: the form comes back to be filled in.
            self.instance.reviewed_by = self.instance.reviewed_at = None


@admin.register(EmergencyAccess)
class EmergencyAccessAdmin(WhiteCrossAdmin):
    """The list for those who review; a nurse sees her own, and changes nothing."""

    list_display = ("granted_at", "user", "whom", "school", "state", "outcome", "reviewed_by")
    list_display_links = ("granted_at",)
    # Not the student: an inner join would hide from a nurse what she sees no longer.
    list_select_related = ("user", "school", "reviewed_by")
    list_filter = (StateFilter, "outcome")
    sortable_by = ("granted_at",)
    ordering = ("-granted_at",)
    form = ReviewForm
    actions = ()
    change_form_outer_after_template = "emergency/activity.html"
    labels = {"outcome": "Was it justified?", "review_note": "Note"}
    helps = {
        "outcome": "Once it is saved, this review stays as it is.",
        "review_note": "Required unless it was justified.",
    }
    fieldsets = (
        (None, {"fields": (("user", "whom"), ("school", "district"), "reason")}),
        ("Time", {"fields": (("granted_at", "expires_at", "ended_at"), "state")}),
        ("Review", {"fields": ("outcome", "review_note", ("reviewed_by", "reviewed_at"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        names = Student.all_objects.filter(pk=OuterRef("student_id")).order_by()
        name = Concat("last_name", Value(", "), "first_name", Value(" ("), "student_number", Value(")"))
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.annotate(student_name=Subquery(names.values(label=name)[:1]))

    @admin.display(description="student")
    def whom(self, access: Any) -> str:
        """The student's name, to those who see the student now."""
        return access.student_name or "No longer visible to you"

    @admin.display(description="state")
    def state(self, access: EmergencyAccess) -> str:
        """Open, over, or signed off."""
        if access.reviewed_at is not None:
            return "Reviewed"
        return "Open" if _is_open(access) else "To review"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = ("user", "whom", "school", "district", "reason", "granted_at", "expires_at", "ended_at", "state")
        return (*super().get_readonly_fields(request, obj), *given, "reviewed_by", "reviewed_at")

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "outcome" and field is not None:
            field.widget = forms.RadioSelect(choices=list(db_field.choices))
        return field

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Once, when it is over, and by another than the nurse; the database asks the same."""
        if obj is not None and (obj.reviewed_at is not None or obj.user_id == request.user.pk or _is_open(obj)):
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response: Any = super().changeform_view(request, object_id, form_url, extra_context)
        access = (getattr(response, "context_data", None) or {}).get("original")
        if access is not None:
            tables = {model._meta.db_table: str(model._meta.verbose_name_plural) for model in our_models()}
            response.context_data |= {
                "show_save_and_add_another": False,
                "show_save_and_continue": False,
                "deeds": [(deed, capfirst(tables.get(deed.table, deed.table))) for deed in activity(access)],
            }
        return response


def _is_open(access: EmergencyAccess) -> bool:
    return access.ended_at is None and access.expires_at > timezone.now()
