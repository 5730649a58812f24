"""Rows that the home page counts, and beside each one like it that does not count."""

import datetime
from typing import Any

from core.models import School
from health.models import AppointmentStatus, FollowUpStatus, VaccineComplianceStatus, VaccineType
from incidents.models import IncidentSeverity, IncidentStatus, IncidentType
from medications.models import MedicationLogStatus
from tests.factories.core import StudentFactory, UserFactory
from tests.factories.health import (
    AllergyFactory,
    AppointmentFactory,
    HealthRecordFactory,
    ScreeningFactory,
    VaccinationFactory,
)
from tests.factories.incidents import IncidentReportFactory
from tests.factories.medications import MedicationFactory, MedicationLogFactory, StudentMedicationFactory
from tests.home.conftest import NOW, TODAY

DAY = datetime.timedelta(days=1)


def fill_school(school: School, times: int = 1) -> None:
    """Everything that a page of this school tells of, `times` over."""
    for _ in range(times):
        student = StudentFactory.create(school=school)
        gone = StudentFactory.create(school=school, is_active=False)
        _allergies(student, gone)
        _records(student, gone)
        _visits(student)
        _vaccines(student, gone)
        _incidents(student)
        _doses(student)


def fill_stock() -> None:
    """Medications that want doing, and such as do not."""
    expirations = (-1 * DAY, 0 * DAY, 30 * DAY, 31 * DAY)
    for distance in expirations:
        MedicationFactory.create(expiration_date=TODAY + distance, stock_quantity=9)
        MedicationFactory.create(expiration_date=TODAY + distance, stock_quantity=9, is_active=False)
    MedicationFactory.create(stock_quantity=5, minimum_stock=5)


def _allergies(student: Any, gone: Any) -> None:
    for distance in (-1, 0, 30, 31):
        expires = {"epi_pen_required": True, "epi_pen_expiration": TODAY + distance * DAY}
        AllergyFactory.create(student=student, **expires)
        AllergyFactory.create(student=student, **expires, is_active=False)
        AllergyFactory.create(student=gone, **expires)
        AllergyFactory.create(student=student, **expires).delete()
    AllergyFactory.create(student=student, epi_pen_expiration=TODAY - DAY)


def _records(student: Any, gone: Any) -> None:
    due = {"follow_up_required": True, "follow_up_date": TODAY - DAY}
    HealthRecordFactory.create(student=student, **due)
    HealthRecordFactory.create(student=gone, **due)
    HealthRecordFactory.create(student=student, **due, follow_up_completed=True)
    HealthRecordFactory.create(student=student, **due | {"follow_up_date": TODAY})
    for kind in ({"referral_required": True}, {"follow_up_required": True}):
        for status in (None, FollowUpStatus.OVERDUE, FollowUpStatus.COMPLETED):
            ScreeningFactory.create(student=student, follow_up_date=TODAY - DAY, follow_up_status=status, **kind)
        ScreeningFactory.create(student=student, follow_up_date=TODAY, **kind)
        ScreeningFactory.create(student=gone, follow_up_date=TODAY - DAY, **kind)


def _visits(student: Any) -> None:
    nurse = UserFactory.create(school=student.school)
    for status in (AppointmentStatus.SCHEDULED, AppointmentStatus.COMPLETED, AppointmentStatus.CANCELLED):
        AppointmentFactory.create(student=student, nurse=nurse, scheduled_at=NOW, status=status)
    # Midnight in New York begins and ends the day, not midnight in Greenwich.
    for hours in (-12, -11, 12, 13):
        AppointmentFactory.create(student=student, nurse=nurse, scheduled_at=NOW + datetime.timedelta(hours=hours))


def _vaccines(student: Any, gone: Any) -> None:
    old, new = TODAY - 90 * DAY, TODAY - 3 * DAY
    lacking, met = VaccineComplianceStatus.OVERDUE, VaccineComplianceStatus.COMPLIANT
    VaccinationFactory.create(student=student, administration_date=old, compliance_status=lacking)
    VaccinationFactory.create(student=student, administration_date=new, compliance_status=met)
    polio = {"vaccine_type": VaccineType.POLIO}
    VaccinationFactory.create(student=student, administration_date=new, compliance_status=lacking, **polio)
    VaccinationFactory.create(student=student, administration_date=old, compliance_status=met, **polio)
    VaccinationFactory.create(student=student, exempt=True, vaccine_type=VaccineType.HPV)
    VaccinationFactory.create(student=gone, compliance_status=lacking)


def _incidents(student: Any) -> None:
    rows = (
        (NOW, IncidentType.INJURY, IncidentSeverity.HIGH, IncidentStatus.PENDING_REVIEW),
        (NOW - 30 * DAY, IncidentType.ILLNESS, IncidentSeverity.LOW, IncidentStatus.REQUIRES_ACTION),
        (NOW - 60 * DAY, IncidentType.INJURY, IncidentSeverity.LOW, IncidentStatus.RESOLVED),
        (NOW - 90 * DAY, IncidentType.OTHER, IncidentSeverity.CRITICAL, IncidentStatus.CLOSED),
        (NOW - 500 * DAY, IncidentType.INJURY, IncidentSeverity.HIGH, IncidentStatus.DRAFT),
    )
    for moment, kind, severity, status in rows:
        IncidentReportFactory.create(student=student, occurred_at=moment, type=kind, severity=severity, status=status)


def _doses(student: Any) -> None:
    """Missed at 8:05, due at 11:30 and 12:00, later at 14:00; one given, one refused, one without consent."""
    times = [datetime.time(8, 5), datetime.time(11, 30), datetime.time(12), datetime.time(14)]
    StudentMedicationFactory.create(student=student, dose_times=times, requires_parent_consent=False)
    StudentMedicationFactory.create(student=student, dose_times=[datetime.time(11, 30)])
    order = StudentMedicationFactory.create(
        student=student, dose_times=[datetime.time(9), datetime.time(10)], requires_parent_consent=False
    )
    nine = NOW.replace(hour=14, minute=0)
    MedicationLogFactory.create(student_medication=order, scheduled_for=nine, time_given=nine)
    MedicationLogFactory.create(
        student_medication=order,
        scheduled_for=nine + datetime.timedelta(hours=1),
        status=MedicationLogStatus.REFUSED,
        time_given=None,
        dosage_given=None,
        reason_not_given="Would not take it",
    )
