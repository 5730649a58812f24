"""What brings students to the health office: illness, small injuries, examinations, appointments; vital signs."""

from demo.complaints import CALLED_OFF, COMPLAINTS, COUNSELING, REASONS
from demo.copy_rows import NULL
from demo.desk import Desk, Student
from demo.district import Provider, Staff

_VISITS = (0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 3)


def visit(desk: Desk, student: Student) -> None:
    """Add the walk-in visits of the last year, an examination and, for some, counseling."""
    days = desk.days_of(student, 180)
    if not days:
        return
    for _ in range(desk.pick(_VISITS)):
        _walk_in(desk, student, desk.pick(days))
    if desk.random() < 0.3:
        _examination(desk, student)
    if student.grade >= 4 and desk.random() < 0.03:
        title, description, diagnosis, code = desk.pick(COUNSELING)
        add_record(
            desk,
            student,
            desk.pick(days),
            desk.between(520, 860),
            kind="COUNSELING",
            title=title,
            description=description,
            by=desk.school.counselor,
            diagnosis=diagnosis,
            code=code,
            treatment="Follow-up talk in two weeks.",
            due_in=14,
            confidential=True,
        )


def add_record(
    desk: Desk,
    student: Student,
    day: int,
    minute: int,
    *,
    kind: str,
    title: str,
    description: str,
    by: Staff,
    provider: Provider | None = None,
    diagnosis: str = NULL,
    code: str = NULL,
    treatment: str = NULL,
    due_in: int | None = None,
    confidential: bool = False,
) -> str:
    """Add a health record that `by` wrote and return its key. `due_in` is the number of days to a follow-up."""
    moment = desk.calendar.moment(day, minute)
    written = desk.calendar.moment(max(day, student.enrolled), minute)
    due, done = NULL, False
    if due_in is not None:
        due = desk.calendar.date_text[day + due_in]
        done = day + due_in < desk.today and desk.random() < 0.85
    rows = desk.sheets["health_records"]
    key = rows.new_key()
    rows.add(
        key,
        written,
        written,
        student.key,
        by.key,
        kind,
        title,
        description,
        moment,
        provider.name if provider else by.name,
        provider.npi if provider else NULL,
        provider.facility if provider else desk.school.name,
        diagnosis,
        code,
        treatment,
        due_in is not None,
        due,
        done,
        confidential,
    )
    return key


def _walk_in(desk: Desk, student: Student, day: int) -> None:
    complaint = desk.pick(COMPLAINTS)
    minute = desk.between(8 * 60 + 10, 14 * 60 + 40)
    nurse = desk.nurse_for(student)
    home = desk.random() < complaint.goes_home
    key = add_record(
        desk,
        student,
        day,
        minute,
        kind=complaint.kind,
        title=complaint.title,
        description=desk.pick(complaint.findings),
        by=nurse,
        diagnosis=complaint.diagnosis,
        code=complaint.code,
        treatment=desk.pick(complaint.treatments),
        due_in=2 if home else None,
    )
    if desk.random() < 0.6:
        low, high = complaint.fever
        take_vitals(
            desk,
            student,
            day,
            minute + 3,
            nurse,
            temperature=desk.between(low, high),
            pain=(desk.between(*complaint.pain), complaint.place),
            record=key,
        )


def take_vitals(
    desk: Desk,
    student: Student,
    day: int,
    minute: int,
    nurse: Staff,
    *,
    temperature: int = 982,
    pain: tuple[int, str] = (0, NULL),
    oxygen: int | None = None,
    glucose: int | None = None,
    peak_flow: int | None = None,
    record: str = NULL,
    appointment: str = NULL,
) -> None:
    """Add vital signs; `temperature` in tenths of a degree Fahrenheit.

    Usual values by age: Pediatric Advanced Life Support (AHA 2020) for pulse and breathing; the median of the American
    Academy of Pediatrics' tables of 2017 for blood pressure. Fever speeds up the heart by some 5 beats per degree.
    """
    age, random = student.age(day), desk.random
    heart = 108 - 2.6 * min(age, 16) + max(0, temperature - 990) * 0.5 + random() * 22 - 11
    moment = desk.calendar.moment(day, minute)
    systolic = round(89 + 1.55 * min(age, 17) + random() * 18 - 9)
    diastolic = min(round(51 + 1.1 * min(age, 17) + random() * 14 - 7), systolic - 22)
    rows = desk.sheets["vital_signs"]
    rows.add(
        rows.new_key(),
        moment,
        moment,
        student.key,
        moment,
        nurse.name,
        "School nurse",
        temperature / 10,
        "Temporal" if student.grade < 4 else "Oral",
        systolic,
        diastolic,
        "Sitting",
        round(heart),
        round(24 - 0.55 * min(age, 16) + random() * 4 - 2),
        oxygen or 97 + int(random() * 4),
        pain[0],
        pain[1] if pain[0] else NULL,
        "ALERT",
        glucose or NULL,
        peak_flow or NULL,
        record,
        appointment,
    )


def _examination(desk: Desk, student: Student) -> None:
    """The physical examination that the school asks for at entry, and for sports from grade 7 on."""
    before = student.enrolled - desk.between(5, 90)
    doctor = student.doctor
    sports = student.grade >= 7 and desk.random() < 0.6
    add_record(
        desk,
        student,
        before,
        desk.between(9 * 60, 16 * 60),
        kind="PHYSICAL_EXAM" if sports else "CHECKUP",
        title="Sports physical" if sports else "School entry examination",
        description="Cleared for all sports." if sports else "Growth and development as expected; form on file.",
        by=desk.nurse_for(student),
        provider=doctor,
        diagnosis="Routine child health examination without abnormal findings",
        code="Z00.129",
    )


def make_appointments(desk: Desk, student: Student) -> None:
    """Give the student appointments from the school's free slots: past, today's and upcoming."""
    for _ in range(desk.pick((0, 0, 1, 1, 1, 2))):
        if not desk.visit_slots:
            return
        day, minute = desk.visit_slots.pop()
        # The slot is lost if the student was not here yet, or is no longer.
        if student.enrolled < day and (day < student.until or student.until == desk.today):
            _appoint(desk, student, day, minute)


def _appoint(desk: Desk, student: Student, day: int, minute: int) -> None:
    reason, nurse, random = desk.pick(REASONS), desk.nurse_for(student), desk.random
    status, notes, completed, cancelled, why = "SCHEDULED", NULL, NULL, NULL, NULL
    # Made up to two weeks ahead, by the day before at the latest, and never after today.
    made = max(student.enrolled, min(day - 1 - int(random() * 14), desk.today - 1))
    written = changed = desk.calendar.moment(made, 15 * 60)
    draw = random()
    if day < desk.today:
        if draw < 0.8:
            status, notes = "COMPLETED", reason.result
            completed = changed = desk.calendar.moment(day, minute + reason.minutes)
        elif draw < 0.9:
            status, notes = "NO_SHOW", "Did not come; teacher asked to send the student."
            changed = desk.calendar.moment(day, minute + 20)
        elif draw < 0.97:
            status, why = "CANCELLED", desk.pick(CALLED_OFF)
            cancelled = changed = desk.calendar.moment(day, minute - 15)
        else:
            status, notes = "RESCHEDULED", "Moved to another day."
    elif draw < 0.04:
        status, why = "CANCELLED", "Parent asked for another day"
        cancelled = changed = desk.calendar.moment(made, 15 * 60 + 10)
    rows = desk.sheets["appointments"]
    key = rows.new_key()
    rows.add(
        key,
        written,
        changed,
        student.key,
        nurse.key,
        reason.kind,
        desk.calendar.moment(day, minute),
        reason.minutes,
        status,
        reason.text,
        notes,
        completed,
        cancelled,
        why,
    )
    if status == "COMPLETED" and random() < 0.4:
        take_vitals(desk, student, day, minute + 5, nurse, temperature=974 + int(random() * 14), appointment=key)
