"""The immunization record of a student: doses along the schedule, exemptions, and who is behind."""

from demo.copy_rows import NULL
from demo.desk import Desk, Student
from demo.vaccine_schedule import (
    DUE_AGE,
    FLU_INJECTED,
    FLU_NASAL,
    FLU_TRIVALENT_SINCE,
    FLU_VIS,
    SCHEDULE,
    VACCINES,
    Dose,
    Product,
    Vaccine,
)

_ARMS = ("DELTOID_LEFT", "DELTOID_RIGHT", "ARM_LEFT", "ARM_RIGHT")
_THIGHS = ("THIGH_LEFT", "THIGH_RIGHT")
_EXEMPTIONS = ("Religious exemption, statement on file", "Philosophical exemption, statement on file")
_REGISTRY = "Earlier doses of the series are in the state's immunization registry."
_LOT_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"

type _Given = dict[str, list[tuple[Dose, int]]]


def immunize(desk: Desk, student: Student) -> None:
    """Add the doses a student has had, or the exemptions from them."""
    draw = desk.random()
    if draw < 0.022:
        _exempt(desk, student, desk.pick(_EXEMPTIONS), live_only=False)
        return
    if draw < 0.025:
        _exempt(
            desk, student, "Medical exemption: immune system suppressed, physician's letter on file", live_only=True
        )
    given = _doses(desk, student, live=draw >= 0.025)
    for doses in given.values():
        last = len(doses) - 1
        for place, (dose, day) in enumerate(doses):
            _add_dose(desk, student, dose, day, followed=place < last)
    if desk.random() < 0.22:
        _add_flu_dose(desk, student)


def _doses(desk: Desk, student: Student, live: bool) -> _Given:
    """The doses by vaccine, each with its day. Doses of one visit share the day."""
    visits: dict[str, int] = {}
    given: _Given = {}
    random = desk.random
    behind = random() < 0.06
    early = random() < 0.003
    wants_hpv = random() < 0.5
    for dose in SCHEDULE:
        vaccine = dose.vaccine
        if (vaccine == "HPV" and not wants_hpv) or (not live and VACCINES[vaccine].live):
            continue
        day = visits.get(dose.visit)
        if day is None:
            first, last = dose.age
            day = student.birth + first + int(random() * (last - first))
            if random() < 0.04:
                day += int(random() * 300)
            # Practices are closed on Sundays (an ordinal that 7 divides).
            day += day % 7 == 0
            if behind and dose.visit != "infant" and random() < 0.5:
                day = desk.today
            visits[dose.visit] = day
        if early and vaccine == "MMR":
            if dose.number == 1:
                given["MMR"] = [(dose, student.birth + 330 + int(random() * 30))]
            continue
        if day >= student.until or (dose.number > 1 and vaccine in ("MMR", "VAR", "HPV") and vaccine not in given):
            continue
        if vaccine == "MenACWY" and dose.number == 2 and vaccine not in given:
            continue
        given.setdefault(vaccine, []).append((dose, day))
    return given


def _add_dose(desk: Desk, student: Student, dose: Dose, day: int, followed: bool) -> None:
    vaccine = VACCINES[dose.vaccine]
    doctor, random = student.doctor, desk.random
    due, compliance = NULL, "COMPLIANT"
    notes = _REGISTRY if dose.total > 2 else NULL
    if day < student.birth + dose.least_age:
        compliance, notes = "NON_COMPLIANT", "Given before the first birthday: does not count, to be repeated."
        due = desk.calendar.date_text[student.birth + DUE_AGE[dose.vaccine, 1]]
    elif dose.number < dose.total and not followed:
        due_day = max(student.birth + DUE_AGE[dose.vaccine, dose.number + 1], day + 28)
        due = desk.calendar.date_text[due_day]
        if vaccine.required and due_day < desk.today:
            compliance = "OVERDUE"
        elif vaccine.required and due_day < desk.today + 365:
            compliance = "PARTIALLY_COMPLIANT"
    by_nurse = random() < 0.35
    _add(
        desk,
        student,
        vaccine,
        _product(desk, vaccine, day),
        day,
        number=dose.number,
        total=dose.total,
        complete=dose.number == dose.total,
        by=(f"{desk.school.district.city} Health Department", "Registered nurse", "County immunization clinic")
        if by_nurse
        else (doctor.name, "Physician", doctor.facility),
        site=desk.pick(_ARMS if dose.visit not in ("infant", "toddler") else _THIGHS),
        due=due,
        compliance=compliance,
        notes=notes,
    )


def _product(desk: Desk, vaccine: Vaccine, day: int) -> Product:
    product = desk.pick(vaccine.products)
    # 730,485 is the last day of 2000: near enough for "on the market by then".
    return product if 2001 + (day - 730_486) // 365.25 >= product.since else vaccine.products[0]


_FLU = Vaccine("FLU", (), "INTRAMUSCULAR", "0.5 mL", FLU_VIS, required=False)
_FLU_MIST = Vaccine("FLU", (), "INTRANASAL", "0.2 mL", FLU_VIS, required=False)


def _add_flu_dose(desk: Desk, student: Student) -> None:
    """This season's dose at the school's own clinic in October; last season's where that is still to come."""
    for year in (desk.calendar.year, desk.calendar.year - 1):
        days = desk.calendar.past(desk.calendar.first_day - 365 * (desk.calendar.year - year) + 40, student.until - 1)
        clinic = [day for day in days[:25] if day >= student.enrolled]
        if clinic:
            break
    else:
        return
    strains = 3 if year >= FLU_TRIVALENT_SINCE else 4
    nasal = desk.random() < 0.25
    nurse = desk.nurse_for(student)
    _add(
        desk,
        student,
        _FLU_MIST if nasal else _FLU,
        (FLU_NASAL if nasal else FLU_INJECTED)[strains],
        desk.pick(clinic),
        number=1,
        total=1,
        complete=True,
        by=(nurse.name, "School nurse", desk.school.name),
        site="NASAL" if nasal else desk.pick(_ARMS),
        due=NULL,
        compliance="COMPLIANT",
        notes=NULL,
    )


def _add(
    desk: Desk,
    student: Student,
    vaccine: Vaccine,
    product: Product,
    day: int,
    *,
    number: int,
    total: int,
    complete: bool,
    by: tuple[str, str, str],
    site: str,
    due: str,
    compliance: str,
    notes: str,
) -> None:
    random, date_text = desk.random, desk.calendar.date_text
    written = desk.calendar.moment(max(day, student.enrolled), 520)
    rows = desk.sheets["vaccinations"]
    knows_vis = day >= vaccine.vis
    rows.add(
        rows.new_key(),
        written,
        written,
        student.key,
        product.name,
        vaccine.type,
        product.manufacturer,
        f"{_LOT_LETTERS[int(random() * 23)]}{int(random() * 9000) + 1000}{_LOT_LETTERS[int(random() * 23)]}",
        product.cvx,
        product.ndc or NULL,
        number,
        total,
        complete,
        date_text[day],
        by[0],
        by[1],
        by[2],
        site,
        vaccine.route,
        vaccine.amount,
        date_text[day + 60 + int(random() * 500)],
        due,
        False,
        NULL,
        compliance,
        student.number % 3 == 0,
        knows_vis,
        date_text[vaccine.vis] if knows_vis else NULL,
        True,
        student.guardian,
        notes,
    )


def _exempt(desk: Desk, student: Student, reason: str, live_only: bool) -> None:
    """One row per series that the student's grade requires."""
    written = desk.calendar.moment(student.enrolled, 525)
    rows = desk.sheets["vaccinations"]
    for name, vaccine in VACCINES.items():
        if not vaccine.required or (live_only and not vaccine.live):
            continue
        if name in ("Tdap", "MenACWY") and student.grade < 7:
            continue
        rows.add(
            rows.new_key(),
            written,
            written,
            student.key,
            vaccine.products[0].name,
            vaccine.type,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            False,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
            True,
            reason,
            "EXEMPT",
            student.number % 3 == 0,
            False,
            NULL,
            False,
            NULL,
            NULL,
        )
