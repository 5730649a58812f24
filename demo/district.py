"""The demo's organization: districts, their schools, and who works there. Small, so every process builds its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from demo import names
from demo.copy_rows import time_ordered_keys
from demo.logins import login_of
from demo.plan import DemoPlan

# A district runs schools of all three levels; the share is that of the grades, the rest is the usual drift.
LEVELS = (
    ("Elementary School", (0, 1, 2, 3, 4, 5), 0.42),
    ("Middle School", (6, 7, 8), 0.25),
    ("High School", (9, 10, 11, 12), 0.33),
)
STUDENTS_PER_TRIPLE = 1500
TRIPLES_PER_DISTRICT = 4
AREA_CODES = ("216", "234", "330", "380", "419", "440", "513", "567", "614", "740", "937")


@dataclass(slots=True)
class Staff:
    """Someone who works with the records."""

    key: str
    first_name: str
    last_name: str
    role: str
    email: str
    phone: str
    title: str
    school_key: str | None
    district_key: str | None
    is_active: bool = True

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(slots=True)
class Provider:
    """A physician or practice outside of the school."""

    name: str
    npi: str
    facility: str
    specialty: str


@dataclass(slots=True)
class School:
    """A school, with the staff who sign for what happens in it."""

    number: int
    key: str
    name: str
    code: str
    grades: tuple[int, ...]
    enrollment: int
    first_student: int
    district: "District"
    address: str
    phone: str
    principal: Staff
    nurses: list[Staff]
    counselor: Staff
    clerk: Staff

    @property
    def staff(self) -> list[Staff]:
        return [*self.nurses, self.counselor, self.principal, self.clerk]


@dataclass(slots=True)
class District:
    """A school district."""

    key: str
    name: str
    code: str
    city: str
    zip_code: str
    area_code: str
    administrator: Staff
    providers: list[Provider]
    schools: list[School] = field(default_factory=list)


@dataclass(slots=True)
class Organization:
    """Everything the students' rows refer to."""

    districts: list[District]
    administrator: Staff

    @property
    def schools(self) -> list[School]:
        return [school for district in self.districts for school in district.schools]

    @property
    def staff(self) -> list[Staff]:
        people = [self.administrator]
        for district in self.districts:
            people.append(district.administrator)
            people.extend(person for school in district.schools for person in school.staff)
        return people


class _Recruiter:
    """Hires the staff: the first of each role gets the demo's login."""

    def __init__(self, random: Random, keys: Iterator[str]) -> None:
        self._random, self._keys = random, keys
        self._hired: dict[str, int] = {}

    def hire(self, role: str, title: str, area_code: str, school: str | None, district: str | None) -> Staff:
        count = self._hired[role] = self._hired.get(role, 0) + 1
        first = self._random.choice(names.GIRLS if self._random.random() < 0.7 else names.BOYS)
        last = self._random.choice(names.FAMILIES)
        total = sum(self._hired.values())
        return Staff(
            key=next(self._keys),
            first_name=first,
            last_name=last,
            role=role,
            email=login_of(role) if count == 1 else f"{names.ASCII[first]}.{names.ASCII[last]}{total}@demo.example",
            phone=f"{area_code}-555-01{total % 100:02}",
            title=title,
            school_key=school,
            district_key=district,
        )


def build_organization(plan: DemoPlan, first_millisecond: int) -> Organization:
    """The organization that a plan calls for: about 500 students per school, 12 schools per district."""
    random = plan.random("organization")
    place_keys = time_ordered_keys(first_millisecond, random)
    recruiter = _Recruiter(random, time_ordered_keys(first_millisecond, random))
    triples = max(2, round(plan.students / STUDENTS_PER_TRIPLE))
    sizes = _enrollments(plan.students, triples)
    organization = Organization([], recruiter.hire("ADMIN", "System administrator", "614", None, None))
    first_student = number = 0
    districts = max(2, triples // TRIPLES_PER_DISTRICT)
    for district_number in range(districts):
        district = _district(district_number, random, recruiter, next(place_keys))
        organization.districts.append(district)
        for _ in range(_share(triples, districts, district_number)):
            for level, grades, _ in LEVELS:
                school = _school(
                    number=number,
                    level=level,
                    grades=grades,
                    enrollment=sizes[number],
                    first_student=first_student,
                    district=district,
                    random=random,
                    recruiter=recruiter,
                    key=next(place_keys),
                )
                district.schools.append(school)
                first_student += school.enrollment
                number += 1
    return organization


def _share(whole: int, parts: int, part: int) -> int:
    """How much of `whole` the part numbered `part` gets when it is dealt out evenly."""
    return whole * (part + 1) // parts - whole * part // parts


def _enrollments(students: int, triples: int) -> list[int]:
    """The size of every school; they add up to `students`."""
    weights = [share for _ in range(triples) for _, _, share in LEVELS]
    sizes, so_far, total = [], 0.0, sum(weights)
    for weight in weights:
        begin = round(students * so_far / total)
        so_far += weight
        sizes.append(round(students * so_far / total) - begin)
    return sizes


def _district(number: int, random: Random, recruiter: _Recruiter, key: str) -> District:
    area_code = AREA_CODES[number % len(AREA_CODES)]
    city = names.town(number)
    return District(
        key=key,
        name=f"{city} {random.choice(('City Schools', 'Local School District', 'Public Schools'))}",
        code=f"OH-{number + 1:04}",
        city=city,
        zip_code=f"4{3000 + number * 7 % 2900:04}",
        area_code=area_code,
        administrator=recruiter.hire("DISTRICT_ADMIN", "Director of health services", area_code, None, key),
        providers=_providers(random, city),
    )


def _school(
    *,
    number: int,
    level: str,
    grades: tuple[int, ...],
    enrollment: int,
    first_student: int,
    district: District,
    random: Random,
    recruiter: _Recruiter,
    key: str,
) -> School:
    place = (key, district.key)
    nurses = 2 if enrollment > 550 else 1
    return School(
        number=number,
        key=key,
        name=f"{names.SCHOOL_NAMES[(number * 7 + number // 29) % 29].replace('-', ' ')} {level}",
        code=f"{district.code}-{number + 1:04}",
        grades=grades,
        enrollment=enrollment,
        first_student=first_student,
        district=district,
        address=street_address(random),
        phone=f"{district.area_code}-555-01{number % 100:02}",
        nurses=[recruiter.hire("NURSE", "School nurse", district.area_code, *place) for _ in range(nurses)],
        counselor=recruiter.hire("COUNSELOR", "School counselor", district.area_code, *place),
        principal=recruiter.hire("SCHOOL_ADMIN", "Principal", district.area_code, *place),
        clerk=recruiter.hire("VIEWER", "Health office clerk", district.area_code, *place),
    )


def street_address(random: Random) -> str:
    """A street address."""
    street, kind = random.choice(names.STREETS), random.choice(names.STREET_KINDS)
    return f"{random.randrange(100, 9900)} {street} {kind}"


_PRACTICES = (
    ("Pediatrics", "{city} Pediatrics"),
    ("Pediatrics", "Children's Health Partners of {city}"),
    ("Family medicine", "{city} Family Practice"),
    ("Allergy and immunology", "{city} Allergy & Asthma Center"),
    ("Neurology", "{city} Children's Hospital, Neurology"),
    ("Endocrinology", "{city} Children's Hospital, Endocrinology"),
    ("Optometry", "{city} Eye Care"),
    ("Audiology", "{city} Hearing Clinic"),
    ("Dentistry", "{city} Children's Dentistry"),
    ("Orthopedics", "{city} Orthopedic Clinic"),
    ("Psychiatry", "{city} Behavioral Health"),
)


def _providers(random: Random, city: str) -> list[Provider]:
    providers = []
    for specialty, facility in _PRACTICES:
        for _ in range(2):
            first = random.choice(names.GIRLS if random.random() < 0.5 else names.BOYS)
            name = f"Dr. {first} {random.choice(names.FAMILIES)}"
            providers.append(Provider(name, _npi(random), facility.format(city=city), specialty))
    return providers


def _npi(random: Random) -> str:
    """A number of the form of a National Provider Identifier: 9 digits and a Luhn check digit over 80840 and them."""
    digits = "1" + "".join(str(random.randrange(10)) for _ in range(8))
    total = 0
    for place, digit in enumerate(reversed("80840" + digits)):
        number = int(digit) * (2 if place % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return f"{digits}{-total % 10}"
