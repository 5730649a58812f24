"""Search boxes that ask the GIN indexes."""

from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import QuerySet
from django.http import HttpRequest

from core.models import Student
from core.search import prefix_query


class _WordSearch:
    """A search box that reads words: all rows while it is blank, none for what holds no word."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        query = prefix_query(search_term)
        return (queryset.none() if query is None else self.with_words(queryset, query)), False

    def with_words(self, queryset: QuerySet[Any], query: SearchQuery) -> QuerySet[Any]:
        """The rows in which the words stand."""
        raise NotImplementedError(f"{type(self).__name__} does not say where the words stand")


class FullTextSearch(_WordSearch):
    """Search by the words of the model's `search_vector`, each of which may be unfinished: "smi jo"."""

    search_fields: tuple[str, ...] = ("search_vector",)

    def with_words(self, queryset: QuerySet[Any], query: SearchQuery) -> QuerySet[Any]:
        return queryset.filter(search_vector=query)


class StudentSearch(_WordSearch):
    """Search for the records of a student by the student's name or number."""

    search_fields = ("student__search_vector",)
    search_help_text = "Student's name or number"
    student_path: str | None = "student"

    def with_words(self, queryset: QuerySet[Any], query: SearchQuery) -> QuerySet[Any]:
        # A subquery, not a join: the students are found by their index first, then their records by theirs.
        students = Student.all_objects.filter(search_vector=query).values("pk")
        return queryset.filter(**{f"{self.student_path}__in": students})
