"""Filters of lists that neither scan a table for its values nor write thousands of choices into the page."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import DateTimeField, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter
from unfold.contrib.filters.forms import RangeDateForm
from unfold.utils import parse_date_str

__all__ = ["AutocompleteSelectFilter", "DayRange"]


class DayRangeForm(RangeDateForm):
    """Two days, each with a label that is read out."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        title = kwargs.pop("title")
        super().__init__(name, *args, **kwargs)
        for end, word in (("_from", "from"), ("_to", "to")):
            widget: forms.Widget = self.fields[name + end].widget
            widget.attrs |= {"aria-label": f"{title} {word}", "autocomplete": "off"}


class DayRange(RangeDateFilter):
    """Rows of the days from one to another, both included; of a moment, the days of the schools' time zone counts."""

    form_class = DayRangeForm

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._day("_from"), self._day("_to")
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_to_compare()}__gte": self._bound(first)})
        if last is not None:
            queryset = queryset.filter(**{f"{self.field_to_compare()}__lt": self._bound(last + timedelta(days=1))})
        return queryset

    def field_to_compare(self) -> str:
        """Name of the column, or of an expression that the queryset knows, by which rows are chosen."""
        return str(self.field_path)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        names = [f"{self.parameter_name}{end}" for end in ("_from", "_to")]
        data = {name: self.used_parameters.get(name) for name in names}
        yield {
            "request": self.request,
            "parameter_name": self.parameter_name,
            "form": self.form_class(name=self.parameter_name, data=data, title=str(self.title).capitalize()),
        }

    def _day(self, end: str) -> date | None:
        """The day in the address.

        Raises:
            IncorrectLookupParameters: it is none.
        """
        text = self.used_parameters.get(f"{self.parameter_name}{end}")
        if not text:
            return None
        try:
            day = parse_date(text) or parse_date_str(text)
        except ValueError:
            day = None
        if day is None or not 1900 <= day.year < 2200:
            raise IncorrectLookupParameters(f"{self.parameter_name}{end} is no day")
        return day

    def _bound(self, day: date) -> date | datetime:
        is_moment = isinstance(self.field, DateTimeField)
        return timezone.make_aware(datetime.combine(day, time.min)) if is_moment else day
