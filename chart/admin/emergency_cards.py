"""Emergency cards of students: a page that prints one card to a sheet, and the same as PDF."""

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.views.decorators.csp import csp_override

from chart.card_layout import Card, fitted
from chart.card_pdf import cards_pdf, shortened_note
from chart.emergency import emergency_facts
from chart.photographs import data_url, photograph
from core.admin.shown import tell_shown
from core.admin.soft_delete import SoftDeleteAdmin
from core.content_security import PLAIN_PAGE
from core.models import Student

MOST_CARDS = 500
CONFIDENTIAL = (
    "CONFIDENTIAL: health information of a student, protected by FERPA. Keep it with the adult in charge, show it only "
    "to those who give care, and return or shred it after use."
)


class EmergencyCards(SoftDeleteAdmin):
    """Adds the cards to the admin of students: the filters of the list choose a class, its boxes a field trip."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path("cards/", self._page(self.cards_view), name="core_student_cards"),
            path("<path:object_id>/card/", self._page(self.card_view), name="core_student_card"),
            path("<path:object_id>/card.pdf", self._page(self.card_pdf_view), name="core_student_card_pdf"),
            *super().get_urls(),
        ]

    def _page(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """A view of the admin; a refusal of it is written down as one of the table of students."""

        def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            response: HttpResponse = self.admin_site.admin_view(view)(request, **kwargs)
            return response

        page.model_admin = self  # type: ignore[attr-defined]  # views are functions, which take attributes
        return update_wrapper(page, view)

    def get_actions(
        self, request: HttpRequest, action_location: admin.ActionLocation = admin.ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        actions = super().get_actions(request, action_location=action_location)
        if request.GET.get("deleted") == "yes" or not self.has_print_card_permission(request):
            return actions
        cards = self.get_action("print_cards")
        return {"print_cards": cards, **actions} if cards else actions

    def has_print_card_permission(self, request: HttpRequest) -> bool:
        """Whoever may see the student and whom to call; of the rest a card says what the role may see."""
        return self.has_view_permission(request) and request.user.has_perm("incidents.view_emergencycontact")

    # --- Pages ----------------------------------------------------------------------------------------------------

    @admin.action(permissions=["print_card"], description="Emergency cards")
    def print_cards(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """The cards of the students who were ticked, or of all whom the list's filters choose."""
        live = queryset.filter(deleted_at=None)
        # No count: of a list of a million, one more than the limit is all one has to know.
        keys = list(live.order_by().values_list("pk", flat=True)[: MOST_CARDS + 1])
        return self._cards(request, keys, as_pdf=False)

    def cards_view(self, request: HttpRequest) -> HttpResponse:
        """The cards of the students whose keys are posted as `student`; as PDF if `format` is "pdf"."""
        if not self.has_print_card_permission(request):
            raise PermissionDenied
        keys = [key for text in request.POST.getlist("student")[: MOST_CARDS + 1] if (key := _key(text))]
        response = self._cards(request, keys, as_pdf=request.POST.get("format") == "pdf")
        return response or HttpResponseRedirect(reverse(self.url_name("changelist")))

    def card_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The card of one student."""
        student = self._student(request, object_id)
        return self._response(request, [student], pdf_url=reverse(self.url_name("card_pdf"), args=[student.pk]))

    def card_pdf_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The card of one student, as PDF."""
        return self._pdf(request, [self._student(request, object_id)])

    def _student(self, request: HttpRequest, object_id: str) -> Student:
        if not self.has_print_card_permission(request):
            raise PermissionDenied
        key = _key(unquote(object_id))
        student = Student.objects.select_related("school").filter(pk=key).first() if key else None
        if student is None:
            raise Http404
        return student

    def _cards(self, request: HttpRequest, keys: Sequence[UUID], *, as_pdf: bool) -> HttpResponse | None:
        """The cards of these students by name; None, and a message, if there are none or too many."""
        if len(keys) > MOST_CARDS:
            self.message_user(
                request,
                f"No more than {MOST_CARDS} emergency cards are made at a time. Choose fewer students: filter the list "
                "by school and grade, and make the cards of one class after another.",
                messages.WARNING,
            )
            return None
        students = list(
            Student.objects.select_related("school").filter(pk__in=keys).order_by("last_name", "first_name")
        )
        if not students:
            self.message_user(request, "No student was chosen of whom to make a card.", messages.WARNING)
            return None
        return self._pdf(request, students) if as_pdf else self._response(request, students)

    # --- Responses ------------------------------------------------------------------------------------------------

    @method_decorator(csp_override(PLAIN_PAGE))
    def _response(self, request: HttpRequest, students: list[Student], pdf_url: str = "") -> HttpResponse:
        tell_shown(Student, request, "PRINT", students)
        request.current_app = self.admin_site.name
        cards = self._fitted(request, students)
        context = {
            "title": "Emergency card" if pdf_url else "Emergency cards",
            "cards": [
                {
                    "card": card,
                    "note": shortened_note(card),
                    "photograph": data_url(card.photograph) if card.photograph else "",
                }
                for card in cards
            ],
            "printed": _printed(request),
            "confidential": CONFIDENTIAL,
            "pdf_url": pdf_url,
            "cards_url": reverse(self.url_name("cards")),
            "back_url": _back(request, self.url_name("changelist"), students if pdf_url else []),
        }
        return TemplateResponse(request, "chart/cards.html", context)

    def _pdf(self, request: HttpRequest, students: list[Student]) -> HttpResponse:
        tell_shown(Student, request, "PRINT", students)
        content = cards_pdf(self._fitted(request, students), printed=_printed(request), confidential=CONFIDENTIAL)
        name = "emergency-card.pdf" if len(students) == 1 else "emergency-cards.pdf"
        return HttpResponse(
            content,
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{name}"', "X-Content-Type-Options": "nosniff"},
        )

    def _fitted(self, request: HttpRequest, students: list[Student]) -> list[Card]:
        facts = emergency_facts(students, request.user)
        today = timezone.localdate()
        return [fitted(student, facts[student.pk], today, photograph(student)) for student in students]


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _printed(request: HttpRequest) -> str:
    now = date_format(timezone.localtime(), "F j, Y, g:i A")
    return f"Printed {now} by {request.user} with White Cross. What changed since is not on this card."


def _back(request: HttpRequest, changelist: str, students: list[Student]) -> str:
    """The way back: to the chart of the one student, or to the list as it was filtered."""
    if students:
        return reverse("admin:core_student_chart", args=[students[0].pk])
    query = request.META.get("QUERY_STRING", "")
    return f"{reverse(changelist)}{f'?{query}' if query else ''}"
