"""What the pages of the admin ask of students and health records: the statements themselves, as Django sends them."""

import os
import re
from dataclasses import dataclass

from benchmarks.large_state import RECORDS_PER_STUDENT, student_key
from benchmarks.measure import ask_no_second_factor, environment_of

__all__ = ["Question", "questions"]

# Students by number: one of the readers' first school, and one of a school that no reader but "all" has.
OWN, FOREIGN_FROM_THE_END = 7, 8

_ADMIN = ("admin@state.test", "The", "Administrator")


@dataclass(frozen=True)
class Question:
    """A statement of a page. `scoped` says it again for those who write the schools into each of their statements."""

    page: str
    kind: str  # "list", "search", "detail", "count"
    sql: str
    table: str

    def scoped(self, schools: str) -> str:
        """The statement with `WHERE school_id = ...` of one's own; `schools` is the right side of the comparison."""
        return self.sql.replace(" WHERE ", f' WHERE "{self.table}"."school_id" = {schools} AND ', 1)


# (page, kind of its rows, address, table asked); names in braces are keys. A list asks for a count as well.
PAGES = (
    ("students", "list", "core/student/", "students"),
    ("students, page 10", "list", "core/student/?p=10", "students"),
    ('students, "smi jo"', "search", "core/student/?q=smi+jo", "students"),
    ('students, "ma"', "search", "core/student/?q=ma", "students"),
    ("student", "detail", "core/student/{student}/change/", "students"),
    ("foreign student", "detail", "core/student/{foreign}/change/", "students"),
    (
        'autocomplete, "smi jo"',
        "search",
        "autocomplete/?app_label=health&model_name=healthrecord&field_name=student&term=smi+jo",
        "students",
    ),
    ("records", "list", "health/healthrecord/", "health_records"),
    ("records, injuries", "list", "health/healthrecord/?record_type__exact=INJURY", "health_records"),
    ("records, confidential", "list", "health/healthrecord/?is_confidential__exact=1", "health_records"),
    ('records, "smi jo"', "search", "health/healthrecord/?q=smi+jo", "health_records"),
    ("records of a student", "list", "health/healthrecord/?student__id__exact={student}", "health_records"),
    ("record", "detail", "health/healthrecord/{record}/change/", "health_records"),
)


def questions(database: str, students: int) -> list[Question]:
    """Open the pages once, and keep what they ask. Sets Django up for the database."""
    ask_no_second_factor(database)
    os.environ |= environment_of(database) | {"DEBUG": "1"}
    import django  # noqa: PLC0415 - after the settings

    django.setup()
    from django.db import connection  # noqa: PLC0415 - after the settings
    from django.test import Client  # noqa: PLC0415 - after the settings
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - after the settings

    from core.models import User  # noqa: PLC0415 - after the settings
    from health.models import HealthRecord  # noqa: PLC0415 - after the settings

    email, first_name, last_name = _ADMIN
    who, _ = User.objects.get_or_create(
        email=email,
        defaults={"first_name": first_name, "last_name": last_name, "role": "ADMIN", "password": "!"},
    )
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(who)
    record = HealthRecord.objects.filter(student_id=student_key(OWN), is_confidential=False).first()
    assert record is not None, f"none of {RECORDS_PER_STUDENT} records is open to all: choose another student"
    keys = {
        "student": student_key(OWN),
        "record": record.pk,
        "foreign": student_key(students - FOREIGN_FROM_THE_END),
    }
    found: list[Question] = []
    for page, kind, path, table in PAGES:
        address = f"/admin/{path.format(**keys)}"
        with CaptureQueriesContext(connection) as asked:
            response = browser.get(address)
        assert response.status_code == 200, f"{address} answers {response.status_code}"
        of_rows = re.compile(rf'^SELECT .* FROM "{table}"(?: |$)')
        statements = [query["sql"] for query in asked if of_rows.match(query["sql"])]
        counts = [sql for sql in statements if sql.startswith("SELECT COUNT(")]
        rows = [sql for sql in statements if not sql.startswith("SELECT COUNT(")]
        assert rows, f"{address} asks for no rows of {table} (none are found among too few)"
        # What a search finds is counted where it is found; a list is counted by a question of its own.
        assert len(counts) <= (kind != "detail"), f"{address} counts {len(counts)} times"
        # Where a list is searched, the keys of what is found come first, and then the rows of a page.
        found += [
            Question(page if number == 0 else f"{page}: rows", kind, sql, table) for number, sql in enumerate(rows)
        ]
        if counts:
            found.append(Question(f"{page}: how many", "count", counts[0], table))
    connection.close()
    return found
