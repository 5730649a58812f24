"""What `verify_schema` says of the settings: code and table must know the same ones."""

from typing import Any

from configuration.declaring import declared
from configuration.reads import undeclared_reads, unread_settings
from core.schema.safeguards import Problems

_ROWS = """
SELECT c.key, c.scope::text, c.value_type::text, c.value, c.is_active,
       CASE c.scope
           WHEN 'SYSTEM' THEN true
           WHEN 'DISTRICT' THEN EXISTS (SELECT FROM districts d WHERE d.id = c.scope_id)
           WHEN 'SCHOOL' THEN EXISTS (SELECT FROM schools s WHERE s.id = c.scope_id)
           ELSE EXISTS (SELECT FROM users u WHERE u.id = c.scope_id)
       END
FROM system_configurations c ORDER BY c.key, c.scope, c.scope_id
"""


def setting_problems(cursor: Any) -> Problems:
    """Settings that the table lacks, that nobody declares or reads, and values that are allowed no longer."""
    problems = Problems(checked=len(declared()))
    cursor.execute(_ROWS)
    rows = cursor.fetchall()
    there = {key for key, scope, *_ in rows if scope == "SYSTEM"}
    problems.found += [(key, "is declared and not in the table: run migrate") for key in declared() if key not in there]
    problems.found += [(key, "is declared, and no code reads it") for key in unread_settings()]
    problems.found += [
        (key, f"is read in {place}, and no app declares it") for key, place in undeclared_reads().items()
    ]
    for key, scope, kind, value, is_active, is_there in rows:
        problems.checked += 1
        whose = "" if scope == "SYSTEM" else f" of a {scope.lower()}"
        setting = declared().get(key)
        if setting is None:
            problems.found.append((key, f"has a row{whose}, and no app declares it"))
        elif setting.value_type != kind:
            problems.found.append((key, f"has a row{whose} of type {kind}; it should be {setting.value_type}"))
        elif is_active and not _is_allowed(setting, value):
            problems.found.append((key, f"has a value{whose} that is allowed no longer, and does not count"))
        if not is_there:
            problems.found.append((key, f"has a value{whose} that is not there"))
    return problems


def _is_allowed(setting: Any, value: str) -> bool:
    try:
        setting.parse(value)
    except ValueError:
        return False
    return True
