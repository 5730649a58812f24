"""Who saw a student, and where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, transaction

from audit.models import AuditAction
from core.models import User, UserRole

# Who may ask; the database asks the same, and whether the student is within reach.
MAY_ASK = (UserRole.ADMIN, UserRole.DISTRICT_ADMIN, UserRole.SCHOOL_ADMIN, UserRole.NURSE)

_DISCLOSURES = """
SELECT d.seen_at, d.seen_by, u.first_name || ' ' || u.last_name, u.role::text, d.done, d.seen_table, d.seen_id,
       host(d.address), d.source, d.reason
FROM student_disclosures(%s, %s, %s) AS d LEFT JOIN users u ON u.id = d.seen_by
ORDER BY d.seen_at DESC
LIMIT %s
"""


@dataclass(frozen=True)
class Disclosure:
    """One time that somebody saw a student."""

    when: datetime
    who_id: UUID | None
    who: str | None
    role: str | None
    action: AuditAction
    table: str
    key: UUID | None
    ip_address: str | None
    source: str | None
    reason: str | None

    @property
    def in_emergency(self) -> bool:
        """Whether it was by emergency access, or by the search for it: the database writes that into the reason."""
        return (self.reason or "").startswith(("Emergency access ", "Emergency search"))


def may_see_disclosures(user: Any) -> bool:
    """Whether this user may ask who saw a student."""
    return isinstance(user, User) and user.is_active and (user.is_superuser or user.role in MAY_ASK)


def student_disclosures(
    student_id: UUID, since: datetime, until: datetime, *, limit: int = 1_000, using: str = DEFAULT_DB_ALIAS
) -> list[Disclosure]:
    """Who saw this student from `since` on and before `until`, latest first. One query.

    Nothing if the one who acts may not ask.
    """
    with transaction.get_connection(using).cursor() as cursor:
        cursor.execute(_DISCLOSURES, [student_id, since, until, limit])
        return [
            Disclosure(when, who_id, who, role and UserRole(role).label, AuditAction(done), *rest)
            for when, who_id, who, role, done, *rest in cursor.fetchall()
        ]
