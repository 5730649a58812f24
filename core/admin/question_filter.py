"""Filters of lists that ask a question of the domain, the one that the home page counts by."""

import datetime
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

Question = Callable[[datetime.date], QuerySet[Any]]


class QuestionFilter(admin.SimpleListFilter):
    """A filter each of whose choices is a question about today: `questions` has value, label and question."""

    questions: ClassVar[tuple[tuple[str, str, Question], ...]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, label, _ in self.questions]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those rows of the list that answer the question; the list's own order and columns stay."""
        for value, _, question in self.questions:
            if value == self.value():
                return queryset & question(timezone.localdate())
        return queryset
