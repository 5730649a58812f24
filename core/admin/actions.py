"""Actions on rows, of a list or from the page of a row: one update for all, that asks first if it must.

An action says for which rows it is meant. Rows that are not so, or no longer, are left alone and counted, so that an
action done twice, or by two people at once, does no harm.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.models import CHANGE
from django.contrib.admin.options import ActionLocation
from django.db import DataError, IntegrityError, transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from core.acting import acting_as
from core.admin.database_errors import explain
from core.admin.questions import Questions
from core.admin.shown import tell_shown
from core.database.soft_delete import SoftDeleteModel

_SHOWN = 20
ON_A_PAGE = f"{ActionLocation.CHANGE_FORM.value}-action"

Change = Callable[[HttpRequest, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class RowAction:
    """Something done to rows: for which it is meant (`when`), and what it writes (`change`)."""

    name: str
    label: str
    when: Q
    change: Change
    done: str
    otherwise: str
    questions: type[Questions] | None = None
    icon: str = ""

    def is_for(self, row: Model) -> bool:
        """Whether it is meant for this row."""
        return holds(self.when, row)


def row_action(
    name: str,
    label: str,
    *,
    when: Q,
    change: Change,
    done: str,
    otherwise: str,
    questions: type[Questions] | None = None,
    icon: str = "",
) -> Callable[..., HttpResponse | None]:
    """An action for `actions` of an admin class, under the name of its attribute.

    `done` and `otherwise` complete "3 appointments ..." and "1 left as it was: ...".
    """
    described = RowAction(name, label, when, change, done, otherwise, questions, icon)

    def act(self: "ActingAdmin", request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self.act_on_rows(request, queryset, described)

    act.__name__ = name
    marked: Any = admin.action(
        permissions=["change"],
        description=label,
        location=[ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM],
    )(act)
    marked.described = described
    return marked


def holds(condition: Q, row: Model) -> bool:
    """Whether a row in hand meets a condition on its own columns: equalities, `in`, `isnull`, joined and negated."""
    children: list[Any] = condition.children
    found = [holds(child, row) if isinstance(child, Q) else _meets(row, *child) for child in children]
    result = any(found) if condition.connector == Q.OR else all(found)
    return result is not condition.negated


def _meets(row: Model, lookup: str, wanted: Any) -> bool:
    name, _, kind = lookup.partition("__")
    value = getattr(row, name)
    if kind == "in":
        return value in wanted
    if kind == "isnull":
        return (value is None) is wanted
    if kind:
        raise ValueError(f"The condition of an action cannot ask for {lookup}.")
    return bool(value == wanted)


class ActingAdmin(ModelAdmin):
    """An admin with actions on rows."""

    def row_actions(self, request: HttpRequest, row: Any) -> list[RowAction]:
        """What can be done to a row from its own page, by whoever looks at it."""
        if isinstance(row, SoftDeleteModel) and row.deleted_at is not None:
            return []
        actions = self.get_actions(request, action_location=ActionLocation.CHANGE_FORM).values()
        described: Sequence[RowAction | None] = [getattr(action.func, "described", None) for action in actions]
        return [action for action in described if action is not None and action.is_for(row)]

    def act_on_rows(self, request: HttpRequest, queryset: QuerySet[Any], action: RowAction) -> HttpResponse | None:
        """Do it to those of the rows for which it is meant, and say what was done and what was not."""
        rows = queryset.order_by()
        if issubclass(self.model, SoftDeleteModel):
            rows = rows.filter(deleted_at=None)
        selected = rows.count()
        answers: Mapping[str, Any] = {}
        if not rows.filter(action.when).exists():
            self._tell_left(request, selected, action)
            return None
        if action.questions is not None:
            form = action.questions(request.POST if "post" in request.POST else None)
            if not form.is_valid():
                return self.ask(request, rows.filter(action.when), action.name, action.label, form)
            answers = form.cleaned_data
        reason = answers.get("reason")
        try:
            with transaction.atomic(), acting_as(reason=reason) if reason else nullcontext():
                keys = self._lock(rows, action.when)
                self.model._base_manager.filter(pk__in=keys).update(**action.change(request, answers))
                self.log(request, keys, CHANGE, f"{action.done.capitalize()}.")
        except (IntegrityError, DataError) as error:
            self.message_user(request, f"Nothing was changed. {explain(error)}", messages.ERROR)
            return None
        if keys:
            self.message_user(request, f"{self.counted(len(keys))} {action.done}.", messages.SUCCESS)
        self._tell_left(request, selected - len(keys), action)
        return None

    def _tell_left(self, request: HttpRequest, count: int, action: RowAction) -> None:
        if count:
            them = "left as it was" if count == 1 else "left as they were"
            self.message_user(request, f"{self.counted(count)} {them}: {action.otherwise}.", messages.WARNING)

    def _lock(self, rows: QuerySet[Any], when: Q) -> list[Any]:
        """Keys of the rows for which the action is meant still, once whoever else was at them is done."""
        wanted = self.model._base_manager.filter(when, pk__in=rows.values("pk")).order_by("pk")
        return list(wanted.select_for_update(no_key=True).values_list("pk", flat=True))

    def ask(
        self, request: HttpRequest, rows: QuerySet[Any], name: str, label: str, form: Questions, **context: Any
    ) -> HttpResponse:
        """The page between a button and what it does: the rows meant, and the questions."""
        request.current_app = self.admin_site.name
        count = rows.count()
        named = list(self.with_labels(request, rows.order_by(*(self.get_ordering(request) or ("pk",))))[:_SHOWN])
        tell_shown(self.model, request, "LIST", named)
        from_page = ON_A_PAGE in request.POST
        context = {
            **self.admin_site.each_context(request),
            "title": label,
            "opts": self.opts,
            "media": self.media + form.media,
            "form": form,
            "counted": self.counted(count),
            "named": [self.autocomplete_label(row) for row in named],
            "more": max(0, count - _SHOWN),
            "hidden": [
                (ON_A_PAGE if from_page else "action", name),
                ("select_across", request.POST.get("select_across", "0")),
                *((helpers.ACTION_CHECKBOX_NAME, key) for key in request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)),
            ],
            "suggestions": form.suggestions,
            "button": label,
            **context,
        }
        return TemplateResponse(request, "admin/action_questions.html", context)
