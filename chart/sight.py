"""What of a student's chart a person may see and do, and the addresses of it."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse

# After saving, a form brings the person back to the chart.
RETURN = {"_return": "chart"}


class Sight:
    """One person's view of one student's chart."""

    def __init__(self, user: Any, student: Any) -> None:
        self._user = user
        self._student = student

    def may(self, action: str, *models: type[Model]) -> bool:
        """Whether the person may do this ("view", "add", "change") with rows of all these models."""
        return all(self._user.has_perm(f"{m._meta.app_label}.{action}_{m._meta.model_name}") for m in models)

    def add_url(self, model: type[Model], **initial: str) -> str:
        """The form for a new row of this student; empty if the person may add none.

        `initial` is what the form is to hold; by default the student.
        """
        if not self.may("add", model):
            return ""
        return f"{page_url(model, 'add')}?{urlencode((initial or {'student': str(self._student.pk)}) | RETURN)}"

    def list_url(self, model: type[Model]) -> str:
        """The list of this student's rows."""
        return f"{page_url(model, 'changelist')}?{urlencode({'student__id__exact': str(self._student.pk)})}"


def page_url(model: type[Model], page: str, *args: Any) -> str:
    """A page of a model: "add", "change", "changelist"."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def row_url(model: type[Model], key: Any) -> str:
    """The page of a row, which brings back to the chart."""
    return f"{page_url(model, 'change', key)}?{urlencode(RETURN)}"
