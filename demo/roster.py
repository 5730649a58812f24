"""Who attends a school: students, their families, and whom to call."""

import datetime

from demo import names
from demo.calendar import first_school_day, last_school_day
from demo.copy_rows import NULL
from demo.desk import Desk, Student
from demo.district import street_address
from demo.growth_curves import GrowthReference, value_of

GRADES = ("K", *map(str, range(1, 13)))
_MAIL = ("example.com", "example.net", "example.org")
_OTHERS = (
    ("Grandmother", True),
    ("Grandfather", True),
    ("Aunt", True),
    ("Uncle", True),
    ("Neighbor", False),
    ("Family friend", False),
    ("Older sister", False),
    ("Stepfather", True),
)
_METHODS = ("SMS", "SMS", "VOICE", "VOICE", "EMAIL", "ANY")


def enroll(desk: Desk, place: int) -> Student:
    """Add a student, the `place`-th of the school, with family and emergency contacts."""
    student = _student(desk, place)
    _family(desk, student)
    return student


def _student(desk: Desk, place: int) -> Student:
    school, calendar = desk.school, desk.calendar
    grade = desk.pick(school.grades)
    sex = "M" if desk.random() < 0.51 else "F"
    # Ohio's cutoff: five years old by September 30 for kindergarten. Some began a year late or repeated a grade.
    youngest = datetime.date(calendar.year - 5 - grade - (desk.random() < 0.03), 9, 30).toordinal()
    birth = youngest - int(desk.random() * 365)
    entry_year = calendar.year - (grade - school.grades[0])
    enrolled = first_school_day(entry_year)
    if desk.chance(0.14):
        later = calendar.past(enrolled, last_school_day(desk.between(entry_year, calendar.year)))
        enrolled = desk.pick(later) if later else enrolled
    active = not desk.chance(0.02)
    until = desk.today if active else min(desk.today, max(enrolled + 1, desk.today - desk.between(1, 120)))
    number = school.first_student + place
    rows = desk.sheets["students"]
    last_name = desk.pick(names.FAMILIES)
    student = Student(
        key=rows.new_key(),
        number=number,
        first_name=desk.pick(names.BOYS if sex == "M" else names.GIRLS),
        last_name=last_name,
        sex=sex,
        birth=birth,
        grade=grade,
        enrolled=enrolled,
        until=until,
        guardian="",
        doctor=desk.pick(school.district.providers[:4]),
        height_z=_bell(desk),
        # Children are heavier now than those of the reference: the middle lies at about its 64th percentile. The LMS
        # method gives no sensible value for a BMI far beyond the 97th, so the channel ends there.
        bmi_z=min(0.35 + 1.05 * _bell(desk), 2.2),
    )
    reference = GrowthReference(sex, student.age(desk.today))
    student.weight = value_of(student.bmi_z, reference.bmi) * (value_of(student.height_z, reference.stature) / 100) ** 2
    gender = "MALE" if sex == "M" else "FEMALE"
    if desk.chance(0.01):
        gender = desk.pick(("OTHER", "OTHER", "PREFER_NOT_TO_SAY"))
    written = calendar.moment(enrolled, 480 + place % 400)
    rows.add(
        student.key,
        written,
        written,
        1_000_001 + number,
        student.first_name,
        last_name,
        calendar.date_text[birth],
        GRADES[grade],
        gender,
        f"MRN-{10_000_000 + number * 7:08}",
        active,
        calendar.date_text[enrolled],
        desk.nurse_for(student).key,
    )
    return student


def _bell(desk: Desk) -> float:
    """A standard deviation from the middle, cut at what a school meets."""
    return max(-2.6, min(2.6, desk.rng.gauss(0, 1)))


def _phone(desk: Desk) -> str:
    return f"{desk.school.district.area_code}-555-01{int(desk.random() * 100):02}"


def _family(desk: Desk, student: Student) -> None:
    district, calendar = desk.school.district, desk.calendar
    written = calendar.moment(student.enrolled, 490 + student.number % 400)
    address = street_address(desk.rng)
    where = f"{address}, {district.city}, OH {district.zip_code}"
    contacts, calls = desk.sheets["contacts"], desk.sheets["emergency_contacts"]
    parents = [("Mother", names.GIRLS), ("Father", names.BOYS)]
    if desk.chance(0.06):
        parents = [("Grandmother", names.GIRLS)]
    elif desk.chance(0.24):
        parents = [parents[desk.chance(0.2)]]
    priority = 0
    for relation, first_names in parents:
        priority += 1
        first = desk.pick(first_names)
        last = student.last_name if desk.random() < 0.8 else desk.pick(names.FAMILIES)
        name = f"{first} {last}"
        student.guardian = student.guardian or name
        phone = _phone(desk)
        email = f"{names.ASCII[first]}.{names.ASCII[last]}{desk.between(1, 99)}@{desk.pick(_MAIL)}"
        kind = "GUARDIAN" if relation == "Grandmother" else "PARENT"
        contacts.add(
            contacts.new_key(),
            written,
            written,
            first,
            last,
            email,
            phone,
            kind,
            address,
            district.city,
            "OH",
            district.zip_code,
            student.key,
            relation,
        )
        calls.add(
            calls.new_key(),
            written,
            written,
            student.key,
            name,
            relation,
            phone,
            _phone(desk) if desk.random() < 0.4 else NULL,
            email,
            where,
            desk.pick(_METHODS),
            priority,
            True,
            True,
            priority == 1,
            True,
            NULL,
            NULL,
            NULL,
        )
    if len(parents) == 1 or desk.random() < 0.3:
        _other_contact(desk, student, written, priority + 1)


def _other_contact(desk: Desk, student: Student, written: str, priority: int) -> None:
    """A relative or neighbor; some have moved away since and are not called any more, and some were taken off."""
    relation, family = desk.pick(_OTHERS)
    women = relation in ("Grandmother", "Aunt", "Older sister")
    first = desk.pick(names.GIRLS if women else names.BOYS)
    last = student.last_name if family and desk.random() < 0.5 else desk.pick(names.FAMILIES)
    rows = desk.sheets["emergency_contacts"]
    active = desk.random() < 0.97
    removed = not active and student.until > student.enrolled and desk.random() < 0.5
    key = rows.new_key()
    rows.add(
        key,
        written,
        written,
        student.key,
        f"{first} {last}",
        relation,
        _phone(desk),
        NULL,
        NULL,
        NULL,
        desk.pick(_METHODS),
        priority,
        desk.random() < 0.9,
        False,
        False,
        active,
        NULL if active else "Moved away; the family was asked for another name.",
        desk.calendar.moment(student.until - 1, 930) if removed else NULL,
        # The mark of a deletion is a key of its own; the row's own key serves, as nothing went along with the row.
        key if removed else NULL,
    )
