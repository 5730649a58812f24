"""The school year: which days are school days, and how days and moments are written."""

import datetime
from bisect import bisect_left
from zoneinfo import ZoneInfo

MONDAY, THURSDAY = 0, 3

CLOCK = tuple(f"{minute // 60:02}:{minute % 60:02}:00" for minute in range(24 * 60))


class _Days(dict[int, str]):
    """Days by their ordinal, as text; made when first asked for."""

    def __missing__(self, day: int) -> str:
        self[day] = text = datetime.date.fromordinal(day).isoformat()
        return text


class _Offsets(dict[int, str]):
    """The offset from UTC at noon of a day: schools are closed when the clocks change."""

    def __init__(self, time_zone: str) -> None:
        super().__init__()
        self._zone = ZoneInfo(time_zone)

    def __missing__(self, day: int) -> str:
        noon = datetime.datetime.combine(datetime.date.fromordinal(day), datetime.time(12), self._zone)
        self[day] = text = noon.strftime("%z")
        return text


class SchoolCalendar:
    """The calendar of the demo's districts, seen from one day. Days are proleptic ordinals (`date.toordinal`)."""

    # So many years back there are school days; older events are only dates.
    YEARS_BACK = 3

    def __init__(self, as_of: datetime.date, time_zone: str) -> None:
        self.today = as_of.toordinal()
        self.date_text = _Days()
        self._offset = _Offsets(time_zone)
        # Until the first day of school the last school year is the current one, with its grades.
        self.year = as_of.year if self.today >= first_school_day(as_of.year) else as_of.year - 1
        self.first_day = first_school_day(self.year)
        self.last_day = last_school_day(self.year)
        self.school_days = [
            day for year in range(self.year - self.YEARS_BACK, self.year + 2) for day in school_days_of(year)
        ]
        self._now = bisect_left(self.school_days, self.today)

    def past(self, first: int, last: int | None = None) -> list[int]:
        """School days from `first` to `last`, all before today."""
        end = self._now if last is None else min(self._now, bisect_left(self.school_days, last + 1))
        return self.school_days[bisect_left(self.school_days, first) : end]

    def coming(self, count: int) -> list[int]:
        """The next school days, today included if it is one."""
        return self.school_days[self._now : self._now + count]

    def moment(self, day: int, minute: int) -> str:
        """A minute of a day, as PostgreSQL reads a timestamptz."""
        return f"{self.date_text[day]} {CLOCK[minute]}{self._offset[day]}"


def first_school_day(year: int) -> int:
    """The Monday on or after August 20."""
    return _weekday_on_or_after(datetime.date(year, 8, 20), MONDAY)


def last_school_day(year: int) -> int:
    """The Thursday on or after June 4 of the year that follows."""
    return _weekday_on_or_after(datetime.date(year + 1, 6, 4), THURSDAY)


def school_days_of(year: int) -> list[int]:
    """The days of one school year on which school is held."""
    closed = _closed_days(year)
    return [
        day
        for day in range(first_school_day(year), last_school_day(year) + 1)
        if datetime.date.fromordinal(day).weekday() < 5 and day not in closed
    ]


def _closed_days(year: int) -> set[int]:
    """Federal holidays (5 U.S.C. 6103) within the school year, and the breaks."""
    thanksgiving = _weekday_on_or_after(datetime.date(year, 11, 22), THURSDAY)
    spring = _weekday_on_or_after(datetime.date(year + 1, 3, 28), MONDAY)
    return {
        _weekday_on_or_after(datetime.date(year, 9, 1), MONDAY),  # Labor Day
        _weekday_on_or_after(datetime.date(year, 10, 8), MONDAY),  # Columbus Day
        datetime.date(year, 11, 11).toordinal(),  # Veterans Day
        _weekday_on_or_after(datetime.date(year + 1, 1, 15), MONDAY),  # Martin Luther King Jr. Day
        _weekday_on_or_after(datetime.date(year + 1, 2, 15), MONDAY),  # Washington's Birthday
        _weekday_on_or_after(datetime.date(year + 1, 5, 25), MONDAY),  # Memorial Day
        *range(thanksgiving - 1, thanksgiving + 2),
        *range(datetime.date(year, 12, 22).toordinal(), datetime.date(year + 1, 1, 3).toordinal()),
        *range(spring, spring + 5),
    }


def _weekday_on_or_after(day: datetime.date, weekday: int) -> int:
    return day.toordinal() + (weekday - day.weekday()) % 7
