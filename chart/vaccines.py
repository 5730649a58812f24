"""How a student stands with each vaccine."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

import configuration
from chart.declared_settings import VACCINE_DUE_DAYS
from chart.sight import row_url
from health.models import Vaccination, VaccineComplianceStatus


@dataclass(frozen=True)
class VaccineStatus:
    """One vaccine: the doses had, and what is left."""

    vaccine: str
    doses: int
    total: int | None
    last_given: datetime.date | None
    next_due: datetime.date | None
    state: str  # the key of STATES
    url: str

    @property
    def label(self) -> str:
        """The state in a word or two."""
        return STATES[self.state][0]

    @property
    def color(self) -> str:
        """The variant of Unfold's label."""
        return STATES[self.state][1]


# What is worst stands first.
STATES = {
    "overdue": ("Overdue", "danger"),
    "missing": ("Not compliant", "danger"),
    "due": ("Due", "warning"),
    "partial": ("Not complete", "warning"),
    "exempt": ("Exempt", "info"),
    "complete": ("Complete", "success"),
    "up to date": ("Up to date", "success"),
}
_BY_STATUS = {
    VaccineComplianceStatus.OVERDUE: "overdue",
    VaccineComplianceStatus.NON_COMPLIANT: "missing",
    VaccineComplianceStatus.PARTIALLY_COMPLIANT: "partial",
    VaccineComplianceStatus.EXEMPT: "exempt",
    VaccineComplianceStatus.COMPLIANT: "up to date",
}


def vaccinations_of(student: Any) -> list[Vaccination]:
    """All vaccinations and exemptions of a student, latest first. One query."""
    rows = Vaccination.objects.filter(student=student)
    return list(rows.order_by(F("administration_date").desc(nulls_last=True), "-dose_number", "-pk"))


def vaccine_statuses(rows: Sequence[Vaccination], today: datetime.date) -> list[VaccineStatus]:
    """Each vaccine once, what needs attention first. `rows` are latest first."""
    by_vaccine: dict[str, list[Vaccination]] = {}
    for row in rows:
        name = row.get_vaccine_type_display() if row.vaccine_type else row.vaccine_name
        by_vaccine.setdefault(name, []).append(row)
    order = list(STATES)
    statuses = [_status(name, of_vaccine, today) for name, of_vaccine in by_vaccine.items()]
    return sorted(statuses, key=lambda status: (order.index(status.state), status.vaccine.lower()))


def _status(name: str, rows: Sequence[Vaccination], today: datetime.date) -> VaccineStatus:
    given = [row for row in rows if row.administration_date is not None]
    latest = given[0] if given else rows[0]
    # A card may begin with a later dose: the fifth of five is the fifth, though it is the only one on record.
    doses = max(len(given), max((row.dose_number or 0 for row in given), default=0))
    totals = [row.total_doses for row in rows if row.total_doses]
    complete = any(row.series_complete for row in rows)
    next_due = None if complete else latest.next_due_date
    return VaccineStatus(
        vaccine=name,
        doses=doses,
        total=max(totals, default=None),
        last_given=given[0].administration_date if given else None,
        next_due=next_due,
        state=_state(rows, latest, complete, next_due, today),
        url=row_url(Vaccination, latest.pk),
    )


def _state(
    rows: Sequence[Vaccination],
    latest: Vaccination,
    complete: bool,
    next_due: datetime.date | None,
    today: datetime.date,
) -> str:
    if any(row.exemption_status for row in rows):
        return "exempt"
    if complete:
        return "complete"
    if next_due is not None and next_due < today:
        return "overdue"
    recorded = _BY_STATUS[VaccineComplianceStatus(latest.compliance_status)]
    if recorded == "up to date" and next_due is not None:
        soon = datetime.timedelta(days=configuration.get(VACCINE_DUE_DAYS, school=latest.school_id))
        return "due" if next_due <= today + soon else recorded
    return recorded
