"""Lists that open as fast over a million rows as over a thousand: counted as far as people page, and no join."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import Paginator
from django.db.models import OrderBy, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from core.models.user import UserRole
from core.roles import REACH

REACHABLE = 1_000


class CappedCount(int):
    """A number of rows that are more: it counts as itself, and reads as "1,000+"."""

    def __str__(self) -> str:
        return f"{int(self):,}+"

    def __format__(self, specification: str) -> str:
        return str(self) if not specification else int(self).__format__(specification)


class BoundedPaginator(Paginator):
    """Pages of the first thousand rows. Nobody reads the ten-thousandth page, and the database would read them all.

    What is beyond is found by a filter or a search, which the list says.
    """

    template_name = "admin/bounded_pagination.html"

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        found = rows.__dict__.get("found")
        if found is None:
            found = rows.order_by()[: REACHABLE + 1].count()
        return found if found <= REACHABLE else CappedCount(REACHABLE)

    @property
    def has_more(self) -> bool:
        """Whether there are rows that no page shows."""
        return isinstance(self.count, CappedCount)


class BoundedChangeList(ChangeList):
    """A list without a join: what its rows refer to is fetched once for the page.

    A join is planned anew with the policies of both tables, and under row security the planner takes the worse way for
    a handful of schools. ADR 0018 has the figures.
    """

    def get_results(self, request: HttpRequest) -> None:
        if issubclass(self.model_admin.paginator, BoundedPaginator) and (self.query or self.get_filters_params()):
            self._narrow()
        super().get_results(request)
        keys_first = getattr(self.model_admin, "list_keys_first", False)
        if keys_first and reaches_few_schools(request.user):
            keys = list(self.result_list.prefetch_related(None).values_list("pk", flat=True))
            self.result_list = self.queryset.filter(pk__in=keys)
        if not self.query and not self.get_filters_params():
            # A list offers to show all rows only while it does not.
            self.full_result_count = self.result_count

    def _narrow(self) -> None:
        """Find what matches before it is put in order.

        For the first rows in order the planner likes to walk the index of the order until enough of them match: to the
        end of a million rows if only few do.
        """
        keys = list(self.queryset.order_by().values_list("pk", flat=True)[: REACHABLE + 1])
        if len(keys) <= REACHABLE:
            self.queryset = self.queryset.filter(pk__in=keys)
        self.queryset.found = len(keys)

    def apply_select_related(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        related = self.list_select_related
        if isinstance(related, bool):
            related = self.get_select_related_fields()
        return queryset.prefetch_related(*related) if related else queryset

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """The order asked for, by columns that the list offers to sort by; others in the address are passed over."""
        if (asked := self.params.get(ORDER_VAR)) and self.sortable_by is not None:
            kept = [part for part in asked.split(".") if self._is_sortable(part)]
            self.params[ORDER_VAR] = ".".join(kept)
        ordering: list[Any] = super().get_ordering(request, queryset)
        return ordering

    def _is_sortable(self, part: str) -> bool:
        try:
            column = self.list_display[abs(int(part))]
        except (ValueError, IndexError):
            return False
        offered: Sequence[Any] = self.sortable_by or ()
        return column in offered or getattr(column, "__name__", None) in offered


def reaches_few_schools(user: Any) -> bool:
    """Whether all that the user sees is a few thousand rows of each table, which any order sorts at once."""
    role = UserRole.ADMIN if user.is_superuser else getattr(user, "role", None)
    return role in UserRole.values and REACH[UserRole(role)] == "whitecross_app"


def sortable_by_index(model_admin: Any, columns: Sequence[Any]) -> list[Any]:
    """Those of the columns by which an index sorts: it begins with them, or they are what the list is sorted by."""
    meta = model_admin.opts
    leading = {meta.pk.name, *(_name(part) for part in model_admin.ordering or meta.ordering)}
    leading |= {(index.fields or [_name(index.expressions[0])])[0] for index in meta.indexes if index.condition is None}
    leading |= {field.name for field in meta.concrete_fields if field.unique}
    return [column for column in columns if _order_of(model_admin, column) in leading]


def _order_of(model_admin: Any, column: Any) -> str | None:
    """Name of the column of the table by which a column of the list sorts; none for another table's."""
    if isinstance(column, str) and column in {field.name for field in model_admin.opts.concrete_fields}:
        return None if model_admin.opts.get_field(column).is_relation else column
    shown = column if callable(column) else getattr(model_admin, column, None)
    return _name(getattr(shown, "admin_order_field", None))


def _name(part: Any) -> str | None:
    """Name of the column in a part of an order: "-date", F("date").desc()."""
    while isinstance(part, OrderBy):
        part = part.expression
    return part.lstrip("-") if isinstance(part, str) else getattr(part, "name", None)
