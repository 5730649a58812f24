"""Growth over time on the curves of the CDC 2000 reference, for plots and for the table beside them.

A page that has a `Growth` and the student in its context includes `chart/growth.html`, which brings its own script and
style.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.models import Gender, Student
from health.growth_reference import (
    FIRST_MONTH,
    LAST_MONTH,
    Assessment,
    BmiCategory,
    Measure,
    Sex,
    age_in_months,
    assess,
    bmi_category,
    is_covered,
    value_at,
)
from health.models import GrowthMeasurement, HeightUnit, WeightUnit

PERCENTILES = (5, 10, 25, 50, 75, 85, 90, 95)
MANY = 100  # measurements, the latest

CM_PER_INCH = 2.54
KG_PER_POUND = 0.45359237

_SEXES = {Gender.MALE: Sex.MALE, Gender.FEMALE: Sex.FEMALE}
_TITLES = {
    Measure.STATURE: ("Height", "cm"),
    Measure.WEIGHT: ("Weight", "kg"),
    Measure.BMI: ("BMI", "kg/m²"),
}
_STEP = 3  # months between the points of a curve
_WINDOW = 72  # months that a plot shows at least


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one day: what was written, its value in cm, kg or kg/m2, and where that stands, if known."""

    written: str
    value: float
    assessment: Assessment | None

    @property
    def percentile(self) -> str:
        """Like "53rd", "under 1st" or "99.6th"; "" if there is none."""
        return ordinal(self.assessment.percentile) if self.assessment else ""

    @property
    def z_score(self) -> str:
        """With its sign and one decimal; "" if there is none."""
        if self.assessment is None:
            return ""
        z = round(self.assessment.z_score, 1)
        return f"{z:+.1f}".replace("-", "\N{MINUS SIGN}") if z else "0.0"

    @property
    def is_implausible(self) -> bool:
        """Whether CDC's program would flag it."""
        return self.assessment is not None and self.assessment.is_implausible


@dataclass(frozen=True, slots=True)
class Measured:
    """A line of the table."""

    row: GrowthMeasurement
    age: str
    months: float
    height: Figure | None
    weight: Figure | None
    bmi: Figure | None
    category: BmiCategory | None  # None also where one of the figures cannot be right


@dataclass(frozen=True, slots=True)
class Plot:
    """One measure over age, with the curves."""

    title: str
    unit: str
    latest: str
    percentile: str
    when: datetime.date
    # {"points": [[years, value, is implausible], ...], "curves": [{"percentile": 5, "points": [...]}, ...]}
    lines: dict[str, Any]

    @property
    def is_drawn(self) -> bool:
        """Whether there is more to see than one dot."""
        return bool(self.lines["curves"]) or len(self.lines["points"]) > 1


@dataclass(frozen=True, slots=True)
class Growth:
    """What the page shows. `note` says why there are no curves; `category` is that of the latest plausible BMI."""

    measured: tuple[Measured, ...]  # latest first
    plots: tuple[Plot, ...]
    category: BmiCategory | None
    category_day: datetime.date | None
    note: str


def growth_of(student: Student) -> Growth:
    """The growth of a student. One query."""
    rows = GrowthMeasurement.objects.filter(student=student).order_by("-measurement_date", "-pk")[:MANY]
    sex = _SEXES.get(Gender(student.gender))
    measured = tuple(_measured(row, student.date_of_birth, sex) for row in rows)
    latest = next((line for line in measured if line.category), None)
    return Growth(
        measured=measured,
        plots=tuple(_plots(measured, sex)),
        category=latest.category if latest else None,
        category_day=latest.row.measurement_date if latest else None,
        note=_note(student, sex, measured),
    )


def ordinal(percentile: float) -> str:
    """A percentile in words; whole, but for the ends, where the tenths make the difference."""
    if percentile < 1:
        return "under 1st"
    if percentile >= 99.95:
        return "over 99.9th"
    if percentile > 99:
        return f"{percentile:.1f}th"
    whole = round(percentile)
    ending = "th" if whole in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"{whole}{ending}"


@lru_cache(maxsize=256)
def curve(measure: Measure, sex: Sex, percentile: int, first: int, last: int) -> tuple[tuple[float, float], ...]:
    """Points (age in years, value) of a percentile curve between two ages in months."""
    months = sorted({*range(first, last, _STEP), last})
    return tuple((month / 12, round(value_at(measure, sex, month, percentile), 2)) for month in months)


def _note(student: Student, sex: Sex | None, measured: tuple[Measured, ...]) -> str:
    if not measured:
        return ""
    if sex is None:
        return (
            "CDC's growth curves are for boys and for girls. The gender on record is "
            f"“{Gender(student.gender).label.lower()}”, so there are no curves and no percentiles here."
        )
    if not all(is_covered(line.months) for line in measured):
        return "CDC's growth curves are for 2 to 20 years. At other ages there are no percentiles here."
    return ""


def _measured(row: GrowthMeasurement, born: datetime.date, sex: Sex | None) -> Measured:
    months = age_in_months(born, row.measurement_date)
    height = float(row.height) * (CM_PER_INCH if row.height_unit == HeightUnit.INCHES else 1) if row.height else None
    weight = float(row.weight) * (KG_PER_POUND if row.weight_unit == WeightUnit.POUNDS else 1) if row.weight else None
    # From the figures themselves: the column is rounded.
    bmi = weight / (height / 100) ** 2 if height and weight else None
    is_known = sex is not None and is_covered(months)

    def figure(measure: Measure, value: float | None, written: str) -> Figure | None:
        if value is None:
            return None
        return Figure(written, value, assess(measure, sex, months, value) if sex and is_known else None)

    figures = (
        figure(Measure.STATURE, height, f"{_plain(row.height)} {row.get_height_unit_display()}"),
        figure(Measure.WEIGHT, weight, f"{_plain(row.weight)} {row.get_weight_unit_display()}"),
        figure(Measure.BMI, bmi, f"{bmi:.1f}" if bmi else ""),
    )
    is_plausible = not any(found.is_implausible for found in figures if found)
    category = bmi_category(sex, months, bmi) if sex and is_known and bmi and is_plausible else None
    return Measured(row, _age(born, row.measurement_date), months, *figures, category)


def _plots(measured: tuple[Measured, ...], sex: Sex | None) -> Iterable[Plot]:
    if not measured:
        return
    first, last = _window([line.months for line in measured])
    for measure, name in ((Measure.STATURE, "height"), (Measure.WEIGHT, "weight"), (Measure.BMI, "bmi")):
        found = [(line, figure) for line in measured if (figure := getattr(line, name)) is not None]
        if not found:
            continue
        title, unit = _TITLES[measure]
        line, latest = found[0]
        yield Plot(
            title=title,
            unit=unit,
            latest=latest.written if measure is not Measure.BMI else f"{latest.written} {unit}",
            percentile=latest.percentile,
            when=line.row.measurement_date,
            lines={
                "points": [
                    [round(line.months / 12, 3), round(figure.value, 1), figure.is_implausible]
                    for line, figure in reversed(found)
                ],
                "curves": [
                    {"percentile": percentile, "points": curve(measure, sex, percentile, first, last)}
                    for percentile in PERCENTILES
                ]
                if sex and first < last
                else [],
            },
        )


def _window(months: list[float]) -> tuple[int, int]:
    """The ages in months for which curves are drawn: around the measurements, in whole years, within the reference."""
    first, last = min(months) - 12, max(months) + 24
    missing = max(0.0, _WINDOW - (last - first)) / 2
    low = max(int(FIRST_MONTH), int((first - missing) // 12) * 12)
    high = min(int(LAST_MONTH), int(-(-(last + missing) // 12)) * 12)
    return low, high


def _age(born: datetime.date, on: datetime.date) -> str:
    """Completed years and months, like "10 y 3 m"."""
    months = 12 * (on.year - born.year) + on.month - born.month - (on.day < born.day)
    return f"{months // 12} y {months % 12} m"


def _plain(value: Any) -> str:
    """A number without needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value is not None else ""
