"""Incidents at school: what happened, who was told, and what is left to do."""

from demo import names
from demo.copy_rows import NULL, array
from demo.desk import Desk, Student
from demo.incident_kinds import ERROR, INCIDENTS, REACTION, SEVERITIES, Incident
from demo.visits import add_record

_METHODS = ("Telephone", "Telephone", "Telephone", "In person", "E-mail", "Text message")


def report(desk: Desk, student: Student) -> None:
    """Add the incidents of the student's last year, if there were any."""
    days = desk.days_of(student, 150)
    if not days or desk.random() >= 0.13:
        return
    incident = desk.pick(INCIDENTS)
    if student.may_react and desk.random() < 0.5:
        incident = REACTION
    elif student.takes_doses and desk.random() < 0.3:
        incident = ERROR
    _add_incident(desk, student, incident, desk.pick(days))


def _add_incident(desk: Desk, student: Student, incident: Incident, day: int) -> None:
    calendar, random, school = desk.calendar, desk.random, desk.school
    minute = desk.between(8 * 60, 14 * 60 + 50)
    nurse = desk.nurse_for(student)
    reporter = nurse if random() < 0.7 else desk.pick([school.principal, school.counselor, school.clerk])
    least, greatest = incident.severities
    severity = SEVERITIES[least if random() < 0.5 else desk.between(least, greatest)]
    grave = severity in ("HIGH", "CRITICAL")
    days_ago = desk.today - day
    status = desk.pick(_statuses(days_ago))
    follow_up = grave or random() < 0.45
    told = grave or random() < 0.93
    told_at = NULL
    if told:
        told_at = calendar.moment(day, minute + desk.between(4, 20 if grave else 90))
    ambulance = severity == "CRITICAL" or incident is REACTION
    witnesses = [f"{desk.pick(names.GIRLS)} {desk.pick(names.FAMILIES)}" for _ in range(desk.between(0, 2))]
    note = NULL
    if follow_up:
        note = incident.follow_up if status not in ("RESOLVED", "CLOSED") else f"{incident.follow_up} Done."
    written = calendar.moment(day, minute + 30)
    rows = desk.sheets["incident_reports"]
    rows.add(
        rows.new_key(),
        written,
        calendar.moment(min(day + 1, desk.today - 1), 960),
        student.key,
        reporter.key,
        incident.kind,
        severity,
        status,
        calendar.moment(day, minute),
        incident.place,
        incident.description,
        incident.action,
        told,
        told_at,
        nurse.key if told else NULL,
        desk.pick(_METHODS) if told else NULL,
        ambulance,
        "Ambulance came within 8 minutes; a staff member went along." if ambulance else NULL,
        follow_up,
        note,
        array(witnesses),
    )
    if incident.kind in ("INJURY", "ILLNESS", "ALLERGIC_REACTION"):
        add_record(
            desk,
            student,
            day,
            minute + 2,
            kind="ILLNESS" if incident.kind == "ILLNESS" else "EMERGENCY_VISIT" if grave else "INJURY",
            title=f"Incident in: {incident.place}",
            description=incident.description,
            by=nurse,
            treatment=incident.action,
            due_in=7 if follow_up else None,
        )


def _statuses(days_ago: int) -> tuple[str, ...]:
    """Where a report may stand after so many days."""
    if days_ago <= 3:
        return ("DRAFT", "PENDING_REVIEW", "PENDING_REVIEW", "UNDER_INVESTIGATION")
    if days_ago <= 21:
        return ("PENDING_REVIEW", "UNDER_INVESTIGATION", "REQUIRES_ACTION", "RESOLVED", "RESOLVED")
    return ("RESOLVED", "CLOSED", "CLOSED", "CLOSED", "REQUIRES_ACTION")
