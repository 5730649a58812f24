"""Chronic conditions and allergies of a student, and the orders for medication that follow from them."""

from demo.conditions import ALLERGENS, CONDITIONS, EMERGENCY_PROTOCOL, EPI_PEN_PLACES, Allergen, Condition
from demo.copy_rows import NULL, array
from demo.desk import Desk, Student
from demo.medication_orders import order
from demo.visits import add_record, take_vitals

_ALLERGY_SHARE = sum(allergen.share for allergen in ALLERGENS)
_SEVERITIES = ("MILD", "MILD", "MODERATE", "MODERATE", "MODERATE", "SEVERE")


def diagnose(desk: Desk, student: Student) -> None:
    """Add the student's conditions and allergies, and the orders that go with them."""
    for condition in CONDITIONS:
        if desk.random() < condition.share:
            _add_condition(desk, student, condition)
    # One draw decides for most; a second allergy is as likely for those who have one as three times the share.
    if desk.random() < _ALLERGY_SHARE * 0.85:
        first = _add_allergy(desk, student, None)
        if desk.random() < 0.25:
            _add_allergy(desk, student, first)
    if desk.random() < 0.035:
        order(desk, student, "acetaminophen" if student.grade < 6 else "ibuprofen", student.doctor)


def _add_condition(desk: Desk, student: Student, condition: Condition) -> None:
    calendar, random = desk.calendar, desk.random
    doctor = desk.provider(condition.specialty)
    years = max(student.age(student.enrolled) - condition.first_age, 0.3)
    diagnosed = student.enrolled - 30 - int(random() * (years * 365 - 60))
    severity = desk.pick(_SEVERITIES)
    draw = random()
    status = "ACTIVE" if draw < 0.55 else "MANAGED" if draw < 0.85 else "MONITORING" if draw < 0.95 else "RESOLVED"
    needs_504 = random() < condition.plan_504
    # The plans are gone over in the first weeks of school; some reviews are a year old and due.
    fall = calendar.first_day - 364 * (random() < 0.08)
    days = calendar.past(max(student.enrolled, fall), student.until - 1)
    reviewed = days[min(desk.between(3, 40), len(days) - 1)] if days else student.enrolled
    review_due = reviewed + 365
    record = add_record(
        desk,
        student,
        reviewed,
        desk.between(540, 820),
        kind="CHRONIC_CONDITION_REVIEW",
        title=f"Review: {condition.name}",
        description="Plan gone over with the family; staff who need to know were told.",
        by=desk.nurse_for(student),
        diagnosis=condition.name,
        code=condition.icd_code,
    )
    written = calendar.moment(student.enrolled, 600)
    rows = desk.sheets["chronic_conditions"]
    rows.add(
        rows.new_key(),
        written,
        calendar.moment(reviewed, 960),
        student.key,
        condition.name,
        condition.icd_code,
        status,
        severity,
        calendar.date_text[diagnosed],
        doctor.name,
        condition.description,
        condition.management,
        f"Individualized health plan for {condition.name.lower()}: {condition.management}",
        condition.action,
        condition.emergency,
        array(condition.medications),
        array(condition.restrictions),
        array(condition.precautions),
        array(condition.triggers),
        needs_504 and condition.accommodation is not None,
        (condition.accommodation or NULL) if needs_504 else NULL,
        needs_504 and random() < 0.2,
        needs_504,
        calendar.date_text[reviewed],
        calendar.date_text[review_due],
        "Yearly",
        record,
    )
    if status == "RESOLVED":
        return
    for name, share in condition.orders:
        if random() < share:
            is_large = name == "methylphenidate" and student.weight >= 32
            order(desk, student, "methylphenidate 10" if is_large else name, doctor)
    days = desk.days_of(student, 60)
    if days and condition.name.startswith("Type 1"):
        for _ in range(4):
            take_vitals(desk, student, desk.pick(days), 690, desk.nurse_for(student), glucose=desk.between(64, 265))
    elif days and condition.name == "Asthma" and random() < 0.4:
        best = 5 * (student.age(desk.today) * 24 + 20)
        flow = round(best * (0.6 + random() * 0.35) / 5)
        take_vitals(
            desk, student, desk.pick(days), desk.between(500, 840), desk.nurse_for(student),
            oxygen=desk.between(93, 98), peak_flow=max(flow, 80),
        )  # fmt: skip


def _add_allergy(desk: Desk, student: Student, other: Allergen | None) -> Allergen:
    calendar, random = desk.calendar, desk.random
    allergen = desk.rng.choices(ALLERGENS, [one.share if one is not other else 0 for one in ALLERGENS])[0]
    grave = random() < allergen.worst
    severity = (
        ("LIFE_THREATENING" if random() < 0.6 else "SEVERE") if grave else desk.pick(("MILD", "MODERATE", "MODERATE"))
    )
    outgrown = not grave and random() < 0.06
    onset = student.birth + 300 + int(random() * max(student.enrolled - student.birth - 400, 1))
    doctor = desk.provider("Allergy and immunology")
    verified = random() < 0.85
    pen = (False, NULL, NULL)
    if grave and not outgrown:
        # Pens keep for 12 to 18 months; a few of those at school have run out or are about to.
        expires = desk.today + (desk.between(-20, 30) if random() < 0.25 else desk.between(31, 480))
        pen = (True, desk.pick(EPI_PEN_PLACES), calendar.date_text[expires])
    record = NULL
    if grave:
        record = add_record(
            desk,
            student,
            student.enrolled,
            540,
            kind="ALLERGY_DOCUMENTATION",
            title=f"Allergy: {allergen.name}",
            description="Emergency plan signed by physician and family; kitchen and teachers told.",
            by=desk.nurse_for(student),
            diagnosis="Allergy status",
            code="Z91.010" if allergen.name == "Peanuts" else "Z91.09",
        )
    written = calendar.moment(student.enrolled, 545)
    rows = desk.sheets["allergies"]
    rows.add(
        rows.new_key(),
        written,
        written,
        student.key,
        allergen.name,
        allergen.kind,
        severity,
        f"{', '.join(allergen.reactions).capitalize()} within {desk.pick(('minutes', 'an hour', 'two hours'))}.",
        array(allergen.reactions),
        allergen.symptoms,
        allergen.treatment,
        EMERGENCY_PROTOCOL if grave else NULL,
        calendar.date_text[onset],
        calendar.date_text[onset + 14 + int(random() * 60)],
        doctor.name,
        *pen,
        verified,
        desk.nurse_for(student).key if verified else NULL,
        calendar.date_text[student.enrolled] if verified else NULL,
        not outgrown,
        record,
    )
    student.may_react = student.may_react or (grave and not outgrown and allergen.kind == "FOOD")
    if grave and not outgrown and allergen.kind in ("FOOD", "INSECT", "LATEX"):
        order(desk, student, "epinephrine" if student.weight >= 25 else "epinephrine jr", doctor)
    elif allergen.kind in ("SEASONAL", "ANIMAL", "ENVIRONMENTAL") and random() < 0.3:
        order(desk, student, "cetirizine", doctor)
    return allergen
