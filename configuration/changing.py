"""Set a value, or take it back: for commands, the demo and tests. People use the settings page."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from configuration.declaring import Setting, find
from configuration.models import ConfigScope
from configuration.resolving import Holder, forget
from core.acting import acting_as

_CHANGE = """
UPDATE system_configurations SET value = %(value)s, is_active = true
WHERE key = %(key)s AND scope = %(scope)s AND scope_id IS NOT DISTINCT FROM %(holder)s
"""
# Two may set the first value at once: the second one changes the row of the first.
_PUT = """
INSERT INTO system_configurations (key, value, scope, scope_id, value_type, is_public)
VALUES (%(key)s, %(value)s, %(scope)s, %(holder)s, %(type)s, %(is_public)s)
ON CONFLICT (key, scope, scope_id) DO UPDATE SET value = EXCLUDED.value, is_active = true
"""
_TAKE_BACK = """
UPDATE system_configurations SET is_active = false
WHERE key = %(key)s AND scope = %(scope)s AND scope_id IS NOT DISTINCT FROM %(holder)s
"""
SYSTEM = Holder(ConfigScope.SYSTEM, None)


def put(
    setting: Setting | str, value: Any, holder: Holder = SYSTEM, *, reason: str, using: str = DEFAULT_DB_ALIAS
) -> None:
    """Set the value of a setting, for the system or another holder. `value` is typed, as `get` gives it.

    Raises:
        UnknownSettingError, ValueError: no app declares the setting, or the value is not allowed.
        DatabaseError: whoever acts may not set it.
    """
    setting = find(setting)
    text = setting.as_text(value)
    # Not by an upsert alone: the guard would take it for a new row, and through the web the system has no new rows.
    if not _run(_CHANGE, setting, holder, reason, using, value=text):
        _run(_PUT, setting, holder, reason, using, value=text)


def take_back(setting: Setting | str, holder: Holder = SYSTEM, *, reason: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """Let a value be in force no longer, so that the next wider one holds. Nothing happens where there is none."""
    _run(_TAKE_BACK, find(setting), holder, reason, using)


def _run(statement: str, setting: Setting, holder: Holder, reason: str, using: str, **more: Any) -> int:
    with acting_as(reason=reason, using=using), connections[using].cursor() as cursor:
        cursor.execute(
            statement,
            {
                "key": setting.key,
                "scope": str(holder.scope),
                "holder": holder.key,
                "type": str(setting.value_type),
                "is_public": setting.is_public,
                **more,
            },
        )
        changed: int = cursor.rowcount
    forget()
    return changed
