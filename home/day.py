"""The home page of those who care for students: what to do today, the most urgent first."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from core.admin.shown import tell_shown
from core.admin.student_page import student_page
from health.models import Appointment, AppointmentStatus
from home.doses import EMPTY_DAY, doses_by_group, lines_of
from home.measures import APPOINTMENTS, TO_DO, Measure

# So many rows of each kind stand on the page itself; the number above them leads to all.
SHOWN_NOW, SHOWN_LATER, SHOWN_APPOINTMENTS = 30, 8, 40

_TONES = {
    AppointmentStatus.SCHEDULED: "info",
    AppointmentStatus.IN_PROGRESS: "primary",
    AppointmentStatus.COMPLETED: "success",
    AppointmentStatus.NO_SHOW: "warning",
}
_OPEN = (AppointmentStatus.SCHEDULED, AppointmentStatus.IN_PROGRESS)


@dataclass(frozen=True)
class Figure:
    """A number with the list of the rows behind it."""

    title: str
    number: int
    url: str
    tone: str


def figures(measures: tuple[Measure, ...], user: Any) -> list[Figure]:
    """The measures that the role may see, counted live in one query."""
    seen = [measure for measure in measures if measure.may_be_seen_by(user)]
    if not seen:
        return []
    day = timezone.localdate()
    parts: list[str] = []
    parameters: list[Any] = []
    for measure in seen:
        sql, own = measure.rows(day).order_by().values("pk").query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 - Django's own SQL
        parameters += own
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        numbers = cursor.fetchone()
    return [
        Figure(measure.title, number, measure.link(), tone_of(measure, number))
        for measure, number in zip(seen, numbers, strict=True)
    ]


def tone_of(measure: Measure, number: int) -> str:
    """How loud a number is: quiet where nothing wants doing, red only for what cannot wait."""
    if not number:
        return "quiet"
    return "danger" if measure.is_urgent else "plain"


def day_page(request: HttpRequest) -> dict[str, Any]:
    """What the page of a nurse or counselor shows."""
    user: Any = request.user
    page: dict[str, Any] = {"figures": figures(TO_DO, user)}
    if user.has_perm("medications.view_studentmedication") and user.has_perm("medications.view_medicationlog"):
        page["doses"] = _doses(request)
    if APPOINTMENTS.may_be_seen_by(user):
        page["appointments"] = _appointments(request)
    return page


def _doses(request: HttpRequest) -> dict[str, Any]:
    groups = doses_by_group(timezone.now(), timezone.localdate())
    url = reverse("admin:home_doses")
    shown = {"due": SHOWN_NOW, "missed": SHOWN_NOW, "waiting": SHOWN_LATER, "later": SHOWN_LATER}
    sections = []
    for state, limit in shown.items():
        group = groups[state]
        # "Due now" stands there even when it is empty, so that nobody wonders; the others only if there is something.
        if group.doses or state == "due":
            sections.append(
                {
                    "group": group,
                    "lines": lines_of(request, group.doses[:limit]),
                    "url": f"{url}?state={group.slug}",
                    "more": len(group.doses) - limit,
                    "is_urgent": state in ("due", "missed"),
                }
            )
    settled = [{"group": groups[s], "url": f"{url}?state={groups[s].slug}"} for s in ("given", "not given")]
    number = sum(len(group.doses) for group in groups.values())
    return {"sections": sections, "settled": settled, "number": number, "url": url, "empty": EMPTY_DAY}


def _appointments(request: HttpRequest) -> dict[str, Any]:
    rows = APPOINTMENTS.rows(timezone.localdate()).select_related("student", "nurse").order_by("scheduled_at", "pk")
    found: list[Appointment] = list(rows[: SHOWN_APPOINTMENTS + 1])
    shown = found[:SHOWN_APPOINTMENTS]
    tell_shown(Appointment, request, "LIST", shown)
    may_change = request.user.has_perm("health.change_appointment")
    return {
        "lines": [
            {
                "appointment": one,
                "student_url": student_page(one.student_id),
                "url": reverse("admin:health_appointment_change", args=[one.pk]),
                "may_complete": may_change and one.status in _OPEN,
                "tone": _TONES.get(AppointmentStatus(one.status), ""),
            }
            for one in shown
        ],
        "number": len(found) if len(found) <= SHOWN_APPOINTMENTS else rows.count(),
        "url": APPOINTMENTS.link(),
    }
