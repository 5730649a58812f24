"""The settings of the demo, their history, and the mark that says: this database holds a demo."""

from dataclasses import dataclass

from demo.calendar import SchoolCalendar
from demo.copy_rows import NULL, CopyRows, array
from demo.district import Organization
from demo.plan import DemoPlan

MARK_KEY = "demo.seed"
_SYSTEM = ("SYSTEM", NULL)


@dataclass(frozen=True, slots=True)
class _Setting:
    key: str
    type: str
    value: str
    category: str
    area: str
    name: str
    description: str
    range: tuple[str, str] = (NULL, NULL)
    values: tuple[str, ...] = ()


_MARK = _Setting(
    MARK_KEY,
    "STRING",
    "",
    "GENERAL",
    "demo",
    "Demo district",
    "Says that this database holds the demo district: seed, number of students, day. Written by seed_demo.",
)
_LATE = _Setting(
    "medication.late_after_minutes",
    "NUMBER",
    "45",
    "MEDICATION",
    "doses",
    "Dose is late after",
    "Minutes after which a dose that was not given shows as late",
    ("5", "240"),
)
_LENGTH = _Setting(
    "appointment.default_minutes",
    "NUMBER",
    "30",
    "APPOINTMENTS",
    "calendar",
    "Length of an appointment",
    "Minutes for which a new appointment is set",
    ("5", "120"),
)
_SETTINGS = (
    _LATE,
    _LENGTH,
    _Setting(
        "medication.witness_required",
        "BOOLEAN",
        "true",
        "MEDICATION",
        "controlled",
        "Witness for controlled doses",
        "Whether a second person signs for scheduled substances",
    ),
    _Setting(
        "notification.epi_pen_days",
        "NUMBER",
        "30",
        "NOTIFICATION",
        "expiry",
        "Warn of EpiPens that expire",
        "Days before expiry from which the home page warns",
        ("1", "180"),
    ),
    _Setting(
        "notification.parent_channels",
        "JSON",
        '["SMS", "EMAIL"]',
        "NOTIFICATION",
        "parents",
        "Ways to reach parents",
        "Channels in the order in which they are tried",
    ),
    _Setting(
        "health.screening_grades",
        "JSON",
        '["K", "1", "3", "5", "7", "9", "11"]',
        "HEALTHCARE",
        "screening",
        "Grades screened for vision",
        "Grades of the yearly list",
    ),
    _Setting(
        "security.session_minutes",
        "NUMBER",
        "30",
        "SESSION",
        "timeout",
        "Log out after",
        "Minutes without a click after which one is logged out",
        ("5", "480"),
    ),
    _Setting("ui.primary_color", "COLOR", "#b91c1c", "UI", "theme", "Color", "Color of the headings"),
    _Setting(
        "general.time_zone",
        "ENUM",
        "America/New_York",
        "GENERAL",
        "region",
        "Time zone",
        "Where the schools are",
        values=("America/New_York", "America/Chicago"),
    ),
)


def add_settings(
    plan: DemoPlan,
    calendar: SchoolCalendar,
    sheets: dict[str, CopyRows],
    organization: Organization,
    tags: list[str],
) -> None:
    """Add the settings, what the first school and district changed for themselves, and the mark with its `tags`."""
    rows, history = sheets["system_configurations"], sheets["configuration_history"]
    founded = calendar.moment(calendar.first_day - 364 * 2 - 30, 600)
    for place, setting in enumerate(_SETTINGS):
        _add(rows, setting, setting.value, founded, scope=_SYSTEM, place=place, tags=["demo"])
    school = organization.schools[0]
    changes = (
        (_LATE, "30", ("SCHOOL", school.key), school.nurses[0]),
        (_LENGTH, "20", ("DISTRICT", school.district.key), school.district.administrator),
    )
    for days_ago, (setting, value, scope, person) in enumerate(changes, start=40):
        moment = calendar.moment(calendar.today - days_ago, 830)
        row = _add(rows, setting, value, moment, scope=scope, place=50, tags=["demo"])
        history.add(
            history.new_key(),
            setting.key,
            setting.value,
            value,
            person.key,
            person.name,
            "Asked for at the nurses' meeting",
            "192.0.2.17",
            moment,
            row,
        )
    _add(rows, _MARK, str(plan), founded, scope=_SYSTEM, place=99, tags=tags)


def _add(
    rows: CopyRows, setting: _Setting, value: str, moment: str, *, scope: tuple[str, str], place: int, tags: list[str]
) -> str:
    key = rows.new_key()
    rows.add(
        key,
        moment,
        moment,
        setting.key,
        value,
        setting.type,
        setting.value,
        setting.category,
        setting.area,
        setting.name,
        setting.description,
        array(setting.values),
        *setting.range,
        *scope,
        array(tags),
        place,
        setting.category == "UI",
    )
    return key
