"""Mass screenings by grade, and what came of them; and the yearly measuring and weighing.

The grades for vision and hearing are those of Ohio's Department of Health ("Hearing and Vision Screening Requirements
for Schools"); the criteria for referral are 20/40 or worse and 25 dB at 1, 2 and 4 kHz.
"""

from demo.copy_rows import NULL
from demo.desk import Desk, Student
from demo.growth_curves import GrowthReference, percentile_of, value_of, weight_category, z_of

SCREENED_GRADES = {
    0: ("VISION", "HEARING", "SPEECH"),
    1: ("VISION", "HEARING"),
    2: ("DENTAL",),
    3: ("VISION", "HEARING"),
    5: ("VISION", "HEARING"),
    6: ("SCOLIOSIS",),
    7: ("VISION",),
    8: ("SCOLIOSIS",),
    9: ("VISION", "HEARING"),
    10: ("BLOOD_PRESSURE",),
    11: ("VISION", "HEARING"),
}
_EQUIPMENT = {
    "VISION": ("Sloan letter chart, 10 feet", "Spot vision screener", "Titmus V4"),
    "HEARING": ("Maico MA 27 audiometer", "Earscan 3 audiometer"),
    "SCOLIOSIS": ("Scoliometer",),
    "DENTAL": ("Penlight and mirror",),
    "SPEECH": ("Fluharty-2",),
    "BLOOD_PRESSURE": ("Aneroid cuff",),
}
_REFERRED = {
    "VISION": (0.09, "Optometry", "Acuity of 20/40 or worse in one eye or both"),
    "HEARING": (0.035, "Audiology", "No response at 25 dB at one or more frequencies, twice"),
    "SCOLIOSIS": (0.03, "Orthopedics", "Rotation of 7 degrees or more in the forward bend"),
    "DENTAL": (0.14, "Dentistry", "Visible decay"),
    "SPEECH": (0.07, "Pediatrics", "Below the cut-off in two parts of the test"),
    "BLOOD_PRESSURE": (0.04, "Pediatrics", "130/80 mmHg or more in two readings"),
}
_GOOD_EYE = ("20/20", "20/20", "20/20", "20/25", "20/25", "20/30")
_EAR = {False: "Pass at 20 dB", True: "No response at 25 dB, 4 kHz"}
_JSON = {False: "false", True: "true"}
_POOR_EYE = ("20/40", "20/40", "20/50", "20/60", "20/70", "20/100")


def screen(desk: Desk, student: Student) -> None:
    """Add the screenings of this school year, and for some those of the last: not every school entered them."""
    for years_ago in (0, 1) if desk.random() < 0.4 else (0,):
        kinds = SCREENED_GRADES.get(student.grade - years_ago)
        if kinds is None or student.grade - years_ago < desk.school.grades[0]:
            continue
        # Each grade has its weeks in the fall; whoever missed them is seen before winter.
        first = desk.calendar.first_day - 364 * years_ago + 14 + 5 * (student.grade % 4)
        day = desk.open_from(first + int(desk.random() * (7 if desk.random() < 0.9 else 60)))
        if student.enrolled <= day < student.until:
            for kind in kinds:
                _add_screening(desk, student, kind, day)


def _add_screening(desk: Desk, student: Student, kind: str, day: int) -> None:
    random, date_text = desk.random, desk.calendar.date_text
    share, specialty, reason = _REFERRED[kind]
    draw = random()
    outcome = "PASS"
    if draw < share:
        outcome = "REFER" if random() < 0.8 else "FAIL"
    elif draw < share + 0.006:
        outcome = "INCOMPLETE" if random() < 0.6 else "INCONCLUSIVE"
    poor = outcome in ("REFER", "FAIL")
    eyes, ears, results = _readings(desk, kind, poor)
    referral = (False, NULL, NULL, NULL, False, NULL, NULL)
    if poor:
        referred = day + desk.between(0, 7)
        due = referred + desk.between(30, 60)
        if random() < 0.8 and referred + 20 < desk.today:
            status = "COMPLETED"
        elif due < desk.today:
            status = "OVERDUE"
        else:
            status = "SCHEDULED" if random() < 0.4 else "PENDING"
        doctor = desk.provider(specialty)
        referral = (True, doctor.facility, date_text[referred], reason, True, date_text[due], status)
    elif outcome != "PASS":
        due = day + 21
        referral = (False, NULL, NULL, NULL, True, date_text[due], "OVERDUE" if due < desk.today else "SCHEDULED")
    written = desk.calendar.moment(day, 560 + student.number % 240)
    rows = desk.sheets["screenings"]
    rows.add(
        rows.new_key(),
        written,
        written,
        student.key,
        kind,
        date_text[day],
        desk.nurse_for(student).name,
        "School nurse",
        outcome,
        results,
        desk.pick(_EQUIPMENT[kind]),
        *eyes,
        *ears,
        outcome == "PASS" if poor or outcome == "PASS" else NULL,
        *referral,
    )


def _readings(desk: Desk, kind: str, poor: bool) -> tuple[tuple[str, str], tuple[str, str], str]:
    """Eyes, ears, and the readings by name, as jsonb."""
    eyes = ears = (NULL, NULL)
    if kind == "VISION":
        right, left = desk.pick(_GOOD_EYE), desk.pick(_GOOD_EYE)
        if poor:
            right, left = (desk.pick(_POOR_EYE), left) if desk.random() < 0.5 else (right, desk.pick(_POOR_EYE))
        eyes = (right, left)
        results = f'{{"right": "{right}", "left": "{left}"}}'
    elif kind == "HEARING":
        right_is_poor = poor and desk.random() < 0.5
        left_is_poor = poor and not right_is_poor
        ears = (_EAR[right_is_poor], _EAR[left_is_poor])
        results = f'{{"right_passed": {_JSON[not right_is_poor]}, "left_passed": {_JSON[not left_is_poor]}}}'
    elif kind == "SCOLIOSIS":
        results = f'{{"rotation_degrees": {desk.between(7, 11) if poor else desk.between(0, 4)}}}'
    elif kind == "BLOOD_PRESSURE":
        systolic = desk.between(130, 142) if poor else desk.between(102, 124)
        diastolic = desk.between(80, 88) if poor else desk.between(60, 76)
        results = f'{{"systolic": {systolic}, "diastolic": {diastolic}}}'
    elif kind == "DENTAL":
        results = f'{{"teeth_with_decay": {desk.between(1, 4) if poor else 0}}}'
    else:
        results = f'{{"score": {desk.between(8, 14) if poor else desk.between(18, 30)}}}'
    return eyes, ears, results


def measure(desk: Desk, student: Student) -> None:
    """Add the heights and weights of this fall and of earlier ones: the child keeps to its channel of the chart."""
    for years_ago in (2, 1, 0) if desk.random() < 0.3 else (0,):
        first = desk.calendar.first_day - 364 * years_ago + 28 + int(desk.random() * 14)
        day = desk.open_from(first)
        if student.enrolled <= day < student.until:
            _add_measurement(desk, student, day)


def _add_measurement(desk: Desk, student: Student, day: int) -> None:
    random = desk.random
    reference = GrowthReference(student.sex, student.age(day))
    height = round(value_of(student.height_z + (random() - 0.5) * 0.12, reference.stature), 1)
    bmi = value_of(student.bmi_z + (random() - 0.5) * 0.16, reference.bmi)
    weight = round(bmi * (height / 100) ** 2, 1)
    height_z = z_of(height, reference.stature)
    weight_z = z_of(weight, reference.weight)
    bmi_z = z_of(weight / (height / 100) ** 2, reference.bmi)
    bmi_percentile = round(percentile_of(bmi_z), 2)
    category = weight_category(bmi_percentile)
    concern = NULL
    if category == "Obesity" and random() < 0.5:
        concern = "BMI at or above the 95th percentile; letter to the family, see the physician."
    elif category == "Underweight":
        concern = "BMI below the 5th percentile; weigh again in three months."
    written = desk.calendar.moment(day, 545 + student.number % 240)
    rows = desk.sheets["growth_measurements"]
    rows.add(
        rows.new_key(),
        written,
        written,
        student.key,
        desk.calendar.date_text[day],
        desk.nurse_for(student).name,
        "School nurse",
        height,
        weight,
        f"{percentile_of(height_z):.2f}",
        f"{percentile_of(weight_z):.2f}",
        f"{bmi_percentile:.2f}",
        f'{{"reference": "CDC 2000", "height_z": {height_z:.2f}, "weight_z": {weight_z:.2f}, "bmi_z": {bmi_z:.2f}}}',
        category,
        concern,
    )
