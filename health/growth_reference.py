"""Where a child stands among children of the same age and sex: the CDC 2000 growth reference, 2 to 20 years.

Sources, by which every number here can be checked:

- The figures in `growth_tables/`: Kuczmarski RJ, Ogden CL, Guo SS, et al. 2000 CDC growth charts for the United States:
  methods and development. Vital Health Stat 11(246), 2002. Data files of cdc.gov/growthcharts.
- z-scores by the LMS method: Cole TJ, Green PJ. Stat Med 1992;11:1305-19.
- BMI above the 95th percentile: CDC extended BMI-for-age growth charts, December 2022 (Hales CM, et al. Vital Health
  Stat 2(197)); method and sigma of Wei R, Ogden CL, Parsons VL, et al. Ann Hum Biol 2020;47:514-21, table 3.
- Implausible values, and how ages between the rows are treated: CDC's own program, cdc-source-code.sas (as of 2022;
  cut-offs of 2016).

Stature is in cm, weight in kg, BMI in kg/m2, ages in months; percentiles are 0 to 100. A screening aid, no diagnosis.
"""

import csv
import datetime
import math
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from statistics import NormalDist

_TABLES = Path(__file__).parent / "growth_tables"
_NORMAL = NormalDist()

DAYS_PER_MONTH = 30.4375
FIRST_MONTH = 24.0
LAST_MONTH = 240.0

# The highest z-score that the extended BMI percentiles can tell from 100 (cdc-source-code.sas).
_HIGHEST_Z = 8.21


class Sex(Enum):
    """The reference knows two; the number is that of CDC's tables."""

    MALE = 1
    FEMALE = 2


class Measure(Enum):
    """What is measured; the text is the name of its table."""

    STATURE = "stature"
    WEIGHT = "weight"
    BMI = "bmi"


class BmiCategory(Enum):
    """Weight category of children and teens by BMI, in CDC's words."""

    UNDERWEIGHT = "Underweight"
    HEALTHY_WEIGHT = "Healthy weight"
    OVERWEIGHT = "Overweight"
    OBESITY = "Obesity"
    SEVERE_OBESITY = "Severe obesity"


@dataclass(frozen=True, slots=True)
class LMS:
    """The distribution of a measure at an age: power that makes it normal, median, and coefficient of variation."""

    power: float
    median: float
    variation: float

    def z_score(self, value: float) -> float:
        """Standard deviations from the median. `value` is above 0."""
        if abs(self.power) < 0.01:
            return math.log(value / self.median) / self.variation
        return ((value / self.median) ** self.power - 1) / (self.power * self.variation)

    def value(self, z: float) -> float:
        """The value at a z-score: the inverse of `z_score`, where there is one.

        Raises:
            ValueError: so far out that the distribution has no value there.
        """
        if abs(self.power) < 0.01:
            return self.median * math.exp(self.variation * z)
        base = 1 + self.power * self.variation * z
        if base <= 0:
            raise ValueError("The distribution ends before this z-score.")
        return float(self.median * base ** (1 / self.power))

    def modified_z_score(self, value: float) -> float:
        """Distance from the median in halves of the distance between z = 0 and z = +2 (or -2).

        CDC tells implausible values by it, because LMS z-scores are squeezed at the ends.
        """
        side = 2 if value >= self.median else -2
        return (value - self.median) / (abs(self.value(side) - self.median) / 2)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Where a measurement stands."""

    percentile: float
    z_score: float
    is_implausible: bool  # by CDC's cut-offs: not necessarily wrong, but to be measured again


# Modified z-scores beyond which CDC flags a value.
_PLAUSIBLE = {Measure.STATURE: (-5.0, 4.0), Measure.WEIGHT: (-5.0, 8.0), Measure.BMI: (-4.0, 8.0)}


def age_in_months(born: datetime.date, on: datetime.date) -> float:
    """Age in months of 30.4375 days, as CDC's program takes it."""
    return (on - born).days / DAYS_PER_MONTH


def is_covered(months: float) -> bool:
    """Whether the reference covers this age."""
    return FIRST_MONTH <= months <= LAST_MONTH


def lms(measure: Measure, sex: Sex, months: float) -> LMS:
    """The distribution at an age, interpolated between the middles of months as CDC's program does.

    The tables begin at 24.5 months; the half month before continues the line. What that gives for 24 months is within
    0.04 % of the values by CDC's own rows for that age.

    Raises:
        ValueError: the reference does not cover the age.
    """
    if not is_covered(months):
        raise ValueError("The CDC 2000 reference covers 24 to 240 months.")
    ages, rows = _table(measure)[sex]
    after = min(max(bisect_right(ages, months), 1), len(ages) - 1)
    share = (months - ages[after - 1]) / (ages[after] - ages[after - 1])
    before, behind = rows[after - 1], rows[after]
    return LMS(*(a + share * (b - a) for a, b in zip(before, behind, strict=True)))


def assess(measure: Measure, sex: Sex, months: float, value: float) -> Assessment:
    """Percentile and z-score of a measurement, and whether it is implausible.

    For BMI at or above the 95th percentile they are the extended ones.

    Raises:
        ValueError: the reference does not cover the age, or the value is not above 0.
    """
    if value <= 0:
        raise ValueError("A measurement should be above 0.")
    distribution = lms(measure, sex, months)
    z = distribution.z_score(value)
    percent = 100 * _NORMAL.cdf(z)
    if measure is Measure.BMI and percent >= 95:
        percent = 90 + 10 * _NORMAL.cdf((value - _bmi_95(distribution)) / bmi_sigma(sex, months))
        z = _NORMAL.inv_cdf(percent / 100) if percent < 100 else _HIGHEST_Z
    low, high = _PLAUSIBLE[measure]
    return Assessment(percent, z, is_implausible=not low <= distribution.modified_z_score(value) <= high)


def value_at(measure: Measure, sex: Sex, months: float, percentile: float) -> float:
    """The value that stands at a percentile, above 0 and below 100: a point of a curve of the growth chart.

    Raises:
        ValueError: the reference does not cover the age.
    """
    distribution = lms(measure, sex, months)
    if measure is Measure.BMI and percentile > 95:
        above = _NORMAL.inv_cdf((percentile - 90) / 10)
        return _bmi_95(distribution) + bmi_sigma(sex, months) * above
    return distribution.value(_NORMAL.inv_cdf(percentile / 100))


def bmi_sigma(sex: Sex, months: float) -> float:
    """Scale of the half-normal distribution of BMI above the 95th percentile, in kg/m2 (Wei 2020, table 3)."""
    years = months / 12
    if sex is Sex.MALE:
        sigma = 0.3728 + 0.5196 * years - 0.0091 * years**2
    else:
        sigma = 0.8334 + 0.3712 * years - 0.0011 * years**2
    return round(sigma, 8)  # as the National Center for Health Statistics does


def bmi_category(sex: Sex, months: float, bmi: float) -> BmiCategory:
    """Weight category by BMI: below the 5th percentile, below the 85th, below the 95th, and above.

    Severe obesity is 120 % of the 95th percentile or more, or 35 kg/m2 or more (CDC, Child and teen BMI categories).

    Raises:
        ValueError: the reference does not cover the age, or the value is not above 0.
    """
    percentile = assess(Measure.BMI, sex, months, bmi).percentile
    if percentile < 5:
        return BmiCategory.UNDERWEIGHT
    if percentile < 85:
        return BmiCategory.HEALTHY_WEIGHT
    if percentile < 95:
        return BmiCategory.OVERWEIGHT
    if bmi >= 35 or bmi >= 1.2 * _bmi_95(lms(Measure.BMI, sex, months)):
        return BmiCategory.SEVERE_OBESITY
    return BmiCategory.OBESITY


def _bmi_95(distribution: LMS) -> float:
    return distribution.value(_NORMAL.inv_cdf(0.95))


@cache
def _table(measure: Measure) -> dict[Sex, tuple[list[float], list[tuple[float, float, float]]]]:
    """Ages in months and (L, M, S) at them, by sex."""
    table: dict[Sex, tuple[list[float], list[tuple[float, float, float]]]] = {sex: ([], []) for sex in Sex}
    with (_TABLES / f"{measure.value}.csv").open(encoding="ascii", newline="") as file:
        for row in csv.DictReader(file):
            ages, rows = table[Sex(int(row["Sex"]))]
            ages.append(float(row["Agemos"]))
            rows.append((float(row["L"]), float(row["M"]), float(row["S"])))
    return table
