"""The home page of administrators: the figures of the schools, immunization, and incidents over time."""

import datetime
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils import timezone

from core.models import School, User, UserRole
from health.due import LACKING, PROTECTED
from health.models import VaccineType
from home.day import figures, tone_of
from home.measures import (
    APPOINTMENTS,
    BY_SCHOOL,
    COUNTED,
    EMERGENCIES,
    INCIDENTS,
    MONTHS,
    STANDINGS,
    STUDENTS,
    TO_DO,
    Measure,
    month_filters,
    months_before,
)
from home.models import SchoolCount
from incidents.models import IncidentSeverity, IncidentType

SCHOOLS_PER_PAGE = 25

# The share, in percent, that keeps measles from spreading in a school; CDC, SchoolVaxView.
HERD = 95

# School, measure, key, part, month: number. The school is None for all schools that the reader sees, together.
Key = tuple[Any, str, str, str, datetime.date | None]


@dataclass
class Numbers:
    """The figures behind a page, and when they were counted; `counted_at` is None as long as they never were."""

    schools: list[School]
    more: Any
    by_key: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    counted_at: datetime.datetime | None = None

    def of(
        self, measure: Measure, school: Any = None, key: str = "", part: str = "", period: datetime.date | None = None
    ) -> int:
        """One number; 0 for what was not there to count."""
        return self.by_key.get((school, measure.name, key, part, period), 0)


def overview_page(request: HttpRequest) -> dict[str, Any]:
    """What the page of an administrator shows."""
    user: Any = request.user
    seen = [measure for measure in COUNTED if measure.may_be_seen_by(user)]
    numbers = _counted(user, seen, request.GET.get("page", "1"))
    stock = tuple(measure for measure in TO_DO if not measure.has_school)
    live = figures((*stock, EMERGENCIES), user)
    page: dict[str, Any] = {
        "numbers": numbers,
        "page": numbers.more,
        "figures": [figure for figure in live if figure.title != EMERGENCIES.title],
        "reviews": [figure for figure in live if figure.title == EMERGENCIES.title],
        "schools": _schools_table([one for one in BY_SCHOOL if one in seen and not _is_stale(one, numbers)], numbers),
    }
    if STANDINGS in seen:
        page["vaccines"] = _vaccines_table(numbers)
    if INCIDENTS in seen:
        page["incidents"] = _incidents(numbers, numbers_day(numbers))
    return page


def _is_stale(measure: Measure, numbers: Numbers) -> bool:
    """Whether a figure speaks of today and was counted on another day: its list would not agree."""
    return measure is APPOINTMENTS and numbers_day(numbers) != timezone.localdate()


def numbers_day(numbers: Numbers) -> datetime.date:
    """The day that the numbers are of."""
    return timezone.localdate(numbers.counted_at) if numbers.counted_at else timezone.localdate()


# --- Where the numbers come from --------------------------------------------------------------------------------------


def _counted(user: User, measures: list[Measure], page_number: str) -> Numbers:
    counts = SchoolCount.objects.filter(measure__in=[measure.name for measure in measures]).order_by()
    # Which schools there are is asked of the counts: of these, row security shows the reader's alone.
    known = SchoolCount.objects.filter(measure=STUDENTS.name, school__isnull=False).order_by()
    schools = School.objects.filter(pk__in=known.values("school")).order_by("name", "pk")
    page = Paginator(schools, SCHOOLS_PER_PAGE).get_page(page_number)
    numbers = Numbers(list(page.object_list), page)
    numbers.counted_at = known.aggregate(last=Max("counted_at"))["last"]
    # For a district, and for all, there are rows of their own; the few schools of others are summed up.
    if user.is_superuser or user.role == UserRole.ADMIN:
        whole = counts.filter(school__isnull=True, district__isnull=True)
    else:
        whole = counts.filter(school__isnull=user.role == UserRole.DISTRICT_ADMIN)
    totals = whole.values("measure", "key", "part", "period_date").annotate(number=Sum("count"))
    for row in totals:
        numbers.by_key[None, row["measure"], row["key"], row["part"], row["period_date"]] += row["number"]
    here = counts.filter(school__in=[school.pk for school in numbers.schools]).exclude(measure=INCIDENTS.name)
    for school, name, key, part, number in here.values_list("school_id", "measure", "key", "part", "count"):
        numbers.by_key[school, name, key, part, None] += number
    return numbers


def _link(measure: Measure, school: Any, **filters: str) -> str:
    """The rows of one school, or of all; students who are with no school are counted for none."""
    everywhere = {"school__isnull": "0"} if school is None else {}
    return measure.link(school, **everywhere, **filters)


# --- Tables -----------------------------------------------------------------------------------------------------------


def _schools_table(measures: list[Measure], numbers: Numbers) -> dict[str, Any]:
    def cells(school: Any) -> list[dict[str, Any]]:
        found = []
        for measure in measures:
            number = numbers.of(measure, school)
            tone = "" if measure not in TO_DO else tone_of(measure, number)
            found.append({"number": number, "url": _link(measure, school), "tone": tone, "title": measure.title})
        return found

    return {
        "titles": [measure.title for measure in measures],
        "total": cells(None) if numbers.more.paginator.count > 1 else [],
        "rows": [{"school": school, "cells": cells(school.pk)} for school in numbers.schools],
    }


def _vaccines_table(numbers: Numbers) -> dict[str, Any]:
    asked = {key for school, name, key, _, _ in numbers.by_key if name == STANDINGS.name and school is None}
    vaccines = [vaccine for vaccine in VaccineType if vaccine.value in asked]

    def cells(school: Any) -> list[dict[str, Any]]:
        return [_vaccine_cell(numbers, school, vaccine) for vaccine in vaccines]

    return {
        "titles": [vaccine.label for vaccine in vaccines],
        "total": cells(None) if numbers.more.paginator.count > 1 else [],
        "rows": [{"school": school, "cells": cells(school.pk)} for school in numbers.schools],
        "chart": _vaccine_chart(cells(None), [str(vaccine.label) for vaccine in vaccines]),
    }


def _vaccine_cell(numbers: Numbers, school: Any, vaccine: VaccineType) -> dict[str, Any]:
    lacking = sum(numbers.of(STANDINGS, school, vaccine.value, status.value) for status in LACKING)
    known = lacking + sum(numbers.of(STANDINGS, school, vaccine.value, status.value) for status in PROTECTED)
    # Rounded down: 100 % is said only where nobody is missing.
    share = (known - lacking) * 1000 // known / 10 if known else None
    return {
        "share": share,
        "lacking": lacking,
        "url": _link(STANDINGS, school, standing="lacking", vaccine_type__exact=vaccine.value),
        "tone": "quiet" if not lacking else "danger" if share is not None and share < HERD else "plain",
        "title": str(vaccine.label),
    }


def _incidents(numbers: Numbers, day: datetime.date) -> dict[str, Any]:
    months = [months_before(day, back) for back in range(MONTHS - 1, -1, -1)]
    of_month: dict[tuple[datetime.date, str], int] = defaultdict(int)
    of_type: dict[tuple[str, str], int] = defaultdict(int)
    for (school, name, key, part, period), number in numbers.by_key.items():
        if name == INCIDENTS.name and school is None and period is not None:
            of_month[period, part] += number
            of_type[key, part] += number
    severities = list(IncidentSeverity)[::-1]

    def row(title: Any, counts: list[int], filters: dict[str, str]) -> dict[str, Any]:
        cells = [
            {
                "number": number,
                "url": _link(INCIDENTS, None, **filters, severity__exact=severity.value),
                "title": severity.label,
            }
            for severity, number in zip(severities, counts, strict=True)
        ]
        total = {"number": sum(counts), "url": _link(INCIDENTS, None, **filters), "title": "All"}
        return {"title": title, "cells": [*cells, total]}

    year = month_filters(months[0], MONTHS)
    return {
        "titles": [*(str(severity.label) for severity in severities), "All"],
        "months": [
            row(month, [of_month[month, severity.value] for severity in severities], month_filters(month))
            for month in reversed(months)
        ],
        "types": [
            row(kind.label, [of_type[kind.value, s.value] for s in severities], {**year, "type__exact": kind.value})
            for kind in IncidentType
        ],
        "chart": _incident_chart(months, of_month),
        "number": sum(of_month.values()),
        "url": _link(INCIDENTS, None, **year),
    }


# --- Charts: what Unfold's script hands to Chart.js -------------------------------------------------------------------

_SEVERITY_COLORS = {"CRITICAL": "red-700", "HIGH": "orange-500", "MEDIUM": "primary-500", "LOW": "base-400"}
_GREY = "#6b7280"


def _scales(*, stacked: bool, unit: str = "") -> dict[str, Any]:
    y: dict[str, Any] = {
        "stacked": stacked,
        "beginAtZero": True,
        "ticks": {"color": _GREY, "precision": 0},
        "grid": {"display": False},
    }
    if unit:
        y["title"] = {"display": True, "text": unit, "color": _GREY}
    return {"x": {"stacked": stacked, "ticks": {"color": _GREY}, "grid": {"display": False}}, "y": y}


def _chart(
    labels: list[str], datasets: list[dict[str, Any]], scales: dict[str, Any], *, legend: bool
) -> dict[str, str]:
    options = {
        "animation": False,
        "responsive": True,
        "maintainAspectRatio": False,
        "plugins": {
            "legend": {"display": legend, "position": "top", "align": "end", "labels": {"color": _GREY, "boxWidth": 12}}
        },
        "scales": scales,
    }
    return {"data": json.dumps({"labels": labels, "datasets": datasets}), "options": json.dumps(options)}


def _incident_chart(months: list[datetime.date], of_month: dict[tuple[datetime.date, str], int]) -> dict[str, str]:
    datasets = [
        {
            "label": str(severity.label),
            "data": [of_month[month, severity.value] for month in months],
            "backgroundColor": f"var(--color-{_SEVERITY_COLORS[severity.value]})",
            "maxBarThickness": 28,
        }
        for severity in IncidentSeverity
    ]
    labels = [f"{month:%b %Y}" if month.month == 1 else f"{month:%b}" for month in months]
    return _chart(labels, datasets, _scales(stacked=True), legend=True)


def _vaccine_chart(cells: list[dict[str, Any]], labels: list[str]) -> dict[str, str]:
    # What is missing: bars that all end near 100 % would all look the same.
    dataset = {
        "label": "Do not meet the requirement, %",
        "data": [round(100 - cell["share"], 1) for cell in cells],
        "backgroundColor": "var(--color-orange-500)",
        "maxBarThickness": 28,
    }
    return _chart(labels, [dataset], _scales(stacked=False, unit="% not met"), legend=False)
