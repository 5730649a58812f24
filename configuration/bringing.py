"""Bring the declared settings into the table."""

import json
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from configuration.declaring import Setting, declared

# What a declaration says of a row, and the types of the columns.
_TYPES = {
    "value_type": '"ConfigValueType"',
    "default_value": "text",
    "category": '"ConfigCategory"',
    "sub_category": "varchar",
    "display_name": "varchar",
    "description": "text",
    "valid_values": "varchar[]",
    "min_value": "numeric",
    "max_value": "numeric",
    "validation_rules": "jsonb",
    "tags": "varchar[]",
    "sort_order": "int",
    "is_editable": "boolean",
    "is_public": "boolean",
    "requires_restart": "boolean",
}
_NAMES = ", ".join(_TYPES)
_GIVEN = ", ".join(f"d.{name}" for name in _TYPES)

# One statement, for it runs after each migrate and each flush. A row that is brought in is not in force: the default
# holds, and goes on to hold if a later version of the code declares another one, until somebody sets a value.
_BRING = f"""
WITH d AS (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS r(key text, {", ".join(f"{n} {t}" for n, t in _TYPES.items())})
), brought AS (
    INSERT INTO system_configurations (key, value, is_active, {_NAMES})
    SELECT d.key, coalesce(d.default_value, ''), false, {_GIVEN} FROM d
    ON CONFLICT (key, scope, scope_id) DO NOTHING
)
UPDATE system_configurations AS c
SET ({_NAMES}) = ({_GIVEN}),
    value = CASE WHEN c.is_active OR c.scope <> 'SYSTEM' THEN c.value ELSE coalesce(d.default_value, '') END
FROM d
WHERE c.key = d.key AND c.value_type = d.value_type
  AND ({", ".join(f"c.{name}" for name in _TYPES)}) IS DISTINCT FROM ({_GIVEN})
"""  # noqa: S608 - of our own names of columns


def bring_declared_settings(using: str = DEFAULT_DB_ALIAS) -> None:
    """Add a SYSTEM row for each declared setting that has none, and let all rows say what is declared now.

    No value that somebody set is touched. A row of another type than the declared one stays as it is, and
    `verify_schema` names it: a setting whose type changes is another setting and needs another key.
    """
    rows = [_row(place, setting) for place, setting in enumerate(declared().values())]
    with connections[using].cursor() as cursor:
        cursor.execute(_BRING, [json.dumps(rows)])


def rules_of(setting: Setting) -> dict[str, Any]:
    """What the column `validation_rules` keeps: the rules that have no column of their own."""
    rules = {
        "right": setting.right,
        "scopes": [str(scope) for scope in setting.scopes],
        "pattern": setting.pattern,
        "whole": setting.whole,
        "unit": setting.unit,
    }
    return {name: rule for name, rule in rules.items() if rule}


def _row(place: int, setting: Setting) -> dict[str, Any]:
    return {
        "key": setting.key,
        "value_type": str(setting.value_type),
        "default_value": setting.default,
        "category": str(setting.category),
        "sub_category": setting.sub_category or None,
        "display_name": setting.name or None,
        "description": setting.help_text or None,
        "valid_values": list(setting.choices),
        "min_value": None if setting.minimum is None else str(setting.minimum),
        "max_value": None if setting.maximum is None else str(setting.maximum),
        "validation_rules": rules_of(setting),
        "tags": list(setting.tags),
        "sort_order": place,
        "is_editable": setting.is_editable,
        "is_public": setting.is_public,
        "requires_restart": setting.requires_restart,
    }
