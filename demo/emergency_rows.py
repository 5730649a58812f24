"""Two emergency accesses of the demo's nurse: one that was signed off, and one that waits for it."""

import datetime
import zoneinfo
from typing import Any

from django.db import connection

from demo.logins import login_of

# The keys come from the students', so that they are the same each time.
_INSERT = """
INSERT INTO emergency_accesses (id, user_id, student_id, reason, granted_at, expires_at, ended_at, outcome, review_note,
                                reviewed_by_id, reviewed_at, created_at, updated_at, created_by, updated_by)
SELECT overlay(s.id::text PLACING substring(md5(s.id::text) FROM 1 FOR 12) FROM 25)::uuid, n.id, s.id, %(reason)s,
       %(granted)s, %(granted)s::timestamptz + interval '30 minutes', %(ended)s, %(outcome)s, NULL,
       CASE WHEN %(outcome)s::text IS NOT NULL THEN r.id END, %(reviewed)s, %(granted)s, %(granted)s, n.id, n.id
FROM users n
JOIN users r ON r.email = %(reviewer)s
JOIN schools c ON c.id = n.school_id
JOIN LATERAL (
    SELECT o.id FROM students o
    WHERE o.district_id = c.district_id AND o.deleted_at IS NULL AND o.is_active AND o.school_id <> c.id
      AND NOT EXISTS (SELECT FROM school_assignments a WHERE a.user_id = n.id AND a.school_id = o.school_id)
    ORDER BY o.id OFFSET %(place)s LIMIT 1
) AS s ON true
WHERE n.email = %(nurse)s
"""


def add_emergencies(as_of: datetime.date, time_zone: str) -> int:
    """Add them to a demo that is loaded; returns the number of rows. None where the district has but one school."""
    zone = zoneinfo.ZoneInfo(time_zone)

    def at(days_ago: int, hour: int, minute: int) -> datetime.datetime:
        day = as_of - datetime.timedelta(days=days_ago)
        return datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)

    who = {"nurse": login_of("NURSE"), "reviewer": login_of("DISTRICT_ADMIN")}
    accesses: list[dict[str, Any]] = [
        {
            "place": 2,
            "reason": "Hives and wheezing at the district track meet; her own nurse was not there.",
            "granted": at(6, 14, 12),
            "ended": at(6, 14, 31),
            "outcome": "JUSTIFIED",
            "reviewed": at(5, 9, 5),
        },
        {
            "place": 7,
            "reason": "Low blood sugar on the field trip to the science center, teacher called me.",
            "granted": at(1, 10, 40),
            "ended": None,
            "outcome": None,
            "reviewed": None,
        },
    ]
    with connection.cursor() as cursor:
        count = 0
        for access in accesses:
            cursor.execute(_INSERT, who | access)
            count += cursor.rowcount
    return count
