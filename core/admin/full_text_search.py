"""Search boxes that ask the GIN indexes."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from core.models import Student
from core.search import prefix_query


class FullTextSearch:
    """Search by the words of the model's `search_vector`, the last of which may be unfinished: "smi jo"."""

    search_fields: tuple[str, ...] = ("search_vector",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        query = prefix_query(search_term)
        return (queryset.none() if query is None else queryset.filter(search_vector=query)), False


class StudentSearch:
    """Search for the records of a student by the student's name or number."""

    search_fields = ("student__search_vector",)
    search_help_text = "Student's name or number"
    student_path: str | None = "student"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        query = prefix_query(search_term)
        if query is None:
            return queryset.none(), False
        # A subquery, not a join: the students are found by their index first, then their records by theirs.
        students = Student.all_objects.filter(search_vector=query).values("pk")
        return queryset.filter(**{f"{self.student_path}__in": students}), False
