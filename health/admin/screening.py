from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from core.admin.actions import row_action
from core.admin.badges import badge
from core.admin.filters import DayRange
from core.admin.student_records import StudentRecordAdmin, StudentRecordForm
from health.admin.filters import ScreeningOverdueFilter
from health.models import FollowUpStatus, Screening, ScreeningOutcome


class ScreeningForm(StudentRecordForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("follow_up_required") and self.instance.follow_up_status is None:
            self.instance.follow_up_status = FollowUpStatus.PENDING
        return cleaned


@admin.register(Screening)
class ScreeningAdmin(StudentRecordAdmin):
    list_display = (
        "screening_type",
        "student",
        "screening_date",
        badge(
            "outcome",
            ScreeningOutcome,
            success=[ScreeningOutcome.PASS],
            danger=[ScreeningOutcome.FAIL],
            warning=[ScreeningOutcome.REFER],
        ),
        "referral_required",
        "follow_up_date",
        badge(
            "follow_up_status",
            FollowUpStatus,
            danger=[FollowUpStatus.OVERDUE],
            warning=[FollowUpStatus.PENDING],
            success=[FollowUpStatus.COMPLETED],
        ),
        "screened_by",
    )
    list_filter_submit = True
    list_filter = (
        ScreeningOverdueFilter,
        ("screening_date", DayRange),
        "screening_type",
        "outcome",
        "referral_required",
        "follow_up_required",
        "follow_up_status",
    )
    ordering = ("-screening_date",)
    autocomplete_fields = ("student", "health_record")
    form = ScreeningForm
    follows = ("follow_up_status",)
    labels = {
        "screening_type": "Screened for",
        "screening_date": "On",
        "passed_criteria": "Met the state's criteria",
        "referral_required": "Refer to a provider",
        "referral_to": "To whom",
        "referral_date": "Referred on",
        "referral_reason": "Why",
        "follow_up_required": "Something is left to do",
        "follow_up_date": "Until when",
        "follow_up_status": "Where it stands",
        "screened_by_role": "Their role",
        "results": "Readings",
        "test_details": "How it was tested",
    }
    helps = {"results": "One per line, as “name: value”: 1000 Hz right: 20 dB."}
    examples = {"right_eye": "20/20", "left_eye": "20/20", "right_ear": "Pass", "left_ear": "Pass"}
    fieldsets = (
        (None, {"fields": ("student", ("screening_type", "screening_date"), ("outcome", "passed_criteria"))}),
        ("Eyes and ears", {"fields": (("right_eye", "left_eye"), ("right_ear", "left_ear"))}),
        ("Referral", {"fields": ("referral_required", ("referral_to", "referral_date"), "referral_reason")}),
        ("Follow-up", {"fields": (("follow_up_required", "follow_up_date", "follow_up_status"),)}),
        (
            "Screened by",
            {"fields": (("screened_by", "screened_by_role"), "equipment_used"), "classes": ("collapse",)},
        ),
        ("More", {"fields": ("results", "test_details", "health_record", "notes"), "classes": ("collapse",)}),
    )
    actions = ("complete_follow_up", "delete_selected", "restore_selected")

    complete_follow_up = row_action(
        "complete_follow_up",
        "Follow-up is done",
        icon="task_alt",
        when=Q(follow_up_required=True)
        & (Q(follow_up_status__isnull=True) | ~Q(follow_up_status=FollowUpStatus.COMPLETED)),
        change=lambda request, answers: {"follow_up_status": FollowUpStatus.COMPLETED},
        done="followed up",
        otherwise="there was nothing left to do",
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {
            "screening_date": timezone.localdate(),
            **self.signature(request, "screened_by"),
            **super().get_changeform_initial_data(request),
        }
