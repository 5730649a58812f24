"""What the districts and schools of the demo set for themselves, and the mark that says: this database holds a demo.

The history of these values is written by the database, with the moment and the author that the rows have.
"""

from chart.declared_settings import REVIEW_AHEAD_DAYS, VACCINE_DUE_DAYS
from configuration.declaring import Setting
from demo.calendar import SchoolCalendar
from demo.copy_rows import NULL, CopyRows
from demo.declared_settings import MARK
from demo.district import Organization
from medications.declared_settings import DUE_AFTER, DUE_BEFORE

REASON = "Agreed at the nurses' meeting"


def add_settings(calendar: SchoolCalendar, rows: CopyRows, organization: Organization, mark: str, founded: str) -> None:
    """Add the values of the first district and its first schools, and the mark."""
    first, *others = organization.schools
    second = others[0] if others else first
    author = first.district.administrator.key
    values: tuple[tuple[Setting, str, str, str], ...] = (
        (DUE_AFTER, "45", "DISTRICT", first.district.key),
        (REVIEW_AHEAD_DAYS, "60", "DISTRICT", first.district.key),
        (DUE_BEFORE, "45", "SCHOOL", first.key),
        (VACCINE_DUE_DAYS, "45", "SCHOOL", second.key),
    )
    for days_ago, (setting, value, scope, holder) in enumerate(values, start=40):
        moment = calendar.moment(calendar.today - days_ago, 830)
        rows.add(rows.new_key(), moment, moment, author, author, setting.key, value, scope, holder)
    rows.add(rows.new_key(), founded, founded, NULL, NULL, MARK.key, mark, "SYSTEM", NULL)
