"""The home page of those who only look things up: a search, and the schools."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from home.counting import live_counts
from home.measures import STUDENTS
from home.reach import schools_in_reach


def lookup_page(request: HttpRequest) -> dict[str, Any]:
    """What the page of a viewer shows. Two queries."""
    numbers = {school: number for school, *_, number in live_counts([STUDENTS], timezone.localdate())}
    return {
        "schools": [
            {"school": school, "number": numbers.get(school.pk, 0), "url": STUDENTS.link(school.pk)}
            for school in schools_in_reach()
        ]
    }
