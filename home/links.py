"""Addresses that several parts of the home page link to."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from core.models import User
from medications.dose_schedule import Dose


def give(dose: Dose, user: User) -> str | None:
    """The form in which a dose is written down; None if the user may not, or the dose may not be given."""
    if dose.lacks_consent:
        return None
    if dose.log is not None and not dose.is_settled and user.has_perm("medications.change_medicationlog"):
        return f"{reverse('admin:medications_medicationlog_change', args=[dose.log.pk])}?_return=home"
    if not user.has_perm("medications.add_medicationlog"):
        return None
    query = {
        "student_medication": dose.order.pk,
        "scheduled_for": timezone.localtime(dose.due_at).isoformat(),
        "_return": "home",
    }
    return f"{reverse('admin:medications_medicationlog_add')}?{urlencode(query)}"
