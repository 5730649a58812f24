"""Vital signs over time, for plots and for the table beside them."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from health.models import TemperatureUnit, VitalSigns

MANY = 60  # the latest; a plot of more is a smear


@dataclass(frozen=True)
class Plot:
    """One sign over time."""

    title: str
    unit: str
    latest: str
    when: datetime.datetime
    lines: list[dict[str, Any]]  # [{"label": ..., "points": [[milliseconds since 1970, value], ...]}, ...]

    @property
    def is_drawn(self) -> bool:
        """Whether there is more than one measurement to join by a line."""
        return any(len(line["points"]) > 1 for line in self.lines)


def vitals_of(student: Any) -> list[VitalSigns]:
    """The latest vital signs, latest first. One query."""
    return list(VitalSigns.objects.filter(student=student).order_by("-measurement_date")[:MANY])


def fahrenheit(row: VitalSigns) -> Decimal | None:
    """The temperature in degrees Fahrenheit, in whatever unit it was taken; to a tenth."""
    if row.temperature is None:
        return None
    if row.temperature_unit == TemperatureUnit.CELSIUS:
        return (row.temperature * 9 / 5 + 32).quantize(Decimal("0.1"))
    return row.temperature.quantize(Decimal("0.1"))


def plots(rows: Sequence[VitalSigns]) -> list[Plot]:
    """The signs that were ever taken, each with its latest value. `rows` are latest first."""
    wanted: list[tuple[str, str, list[tuple[str, Callable[[VitalSigns], Any]]]]] = [
        ("Temperature", "°F", [("Temperature", fahrenheit)]),
        (
            "Blood pressure",
            "mmHg",
            [
                ("Systolic", lambda row: row.blood_pressure_systolic),
                ("Diastolic", lambda row: row.blood_pressure_diastolic),
            ],
        ),
        ("Heart rate", "per minute", [("Heart rate", lambda row: row.heart_rate)]),
        ("Oxygen saturation", "%", [("Oxygen saturation", lambda row: row.oxygen_saturation)]),
        ("Pain", "of 10", [("Pain", lambda row: row.pain_level)]),
    ]
    return [plot for title, unit, lines in wanted if (plot := _plot(title, unit, lines, rows)) is not None]


def _plot(
    title: str, unit: str, lines: Sequence[tuple[str, Callable[[VitalSigns], Any]]], rows: Sequence[VitalSigns]
) -> Plot | None:
    taken = [row for row in rows if any(value(row) is not None for _, value in lines)]
    if not taken:
        return None
    latest = ["?" if (value := of(taken[0])) is None else str(value) for _, of in lines]
    return Plot(
        title=title,
        unit=unit,
        latest="/".join(latest),
        when=taken[0].measurement_date,
        lines=[{"label": label, "points": _points(value, taken)} for label, value in lines],
    )


def _points(value: Callable[[VitalSigns], Any], rows: Sequence[VitalSigns]) -> list[list[float]]:
    return [
        [row.measurement_date.timestamp() * 1000, float(number)]
        for row in reversed(rows)
        if (number := value(row)) is not None
    ]
