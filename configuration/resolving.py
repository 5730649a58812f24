"""Read a setting: what holds for a user, a school, a district, the system, in that order, or else the default."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model

from configuration.declaring import Setting, find
from configuration.models import ConfigScope
from core.models import School, User
from core.request_memory import RequestMemory, remembering, request_memory

# All that the actor may see and that is in force: few rows, because a setting that nobody has touched has none. Whose
# own settings are wanted is told, for there may be many users with some. With the rows come the schools of a district
# that has a value of its own, and a user's place, if only the key is known, so that nothing else need be asked.
_LOAD = """
SELECT c.key, c.scope::text, c.scope_id, c.value,
       CASE c.scope WHEN 'DISTRICT' THEN schools_of_district(c.scope_id) END, NULL::uuid, NULL::uuid
FROM system_configurations c
WHERE c.is_active AND (c.scope <> 'USER' OR c.scope_id = ANY (%(users)s))
UNION ALL
SELECT NULL, NULL, u.id, NULL, NULL, u.school_id, u.district_id FROM users u WHERE u.id = ANY (%(unknown)s)
"""


class Holder(NamedTuple):
    """Whose value it is: the scope, and the key of the district, school or user; None for the system."""

    scope: ConfigScope
    key: UUID | None


class Effective(NamedTuple):
    """A value with its text, and whose it is; the default is nobody's."""

    value: Any
    text: str
    holder: Holder | None


@dataclass
class SettingsInForce:
    """The values that one actor may see, with the users they were asked for."""

    actor_id: Any
    users: set[UUID]
    texts: dict[tuple[str, Holder], str] = field(default_factory=dict)
    district_of: dict[UUID, UUID] = field(default_factory=dict)
    place_of: dict[UUID, tuple[UUID | None, UUID | None]] = field(default_factory=dict)


def get(
    setting: Setting | str,
    *,
    school: Any = None,
    district: Any = None,
    user: Any = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Any:
    """The value of a setting for a user, school or district, typed by its declaration.

    USER > SCHOOL > DISTRICT > SYSTEM > default. The arguments are rows or keys. What is not given follows from what is:
    the school and district of a user, the district of a school. A row that is not in force does not count, nor does one
    whose value the declaration no longer allows.

    One query reads all settings for the rest of a request; one more follows when another actor takes over (at log-in),
    or when somebody else's own values are asked for. Outside a request each call asks.

    Raises:
        UnknownSettingError: no app declares the setting.
    """
    return effective(setting, school=school, district=district, user=user, using=using).value


def effective(
    setting: Setting | str,
    *,
    school: Any = None,
    district: Any = None,
    user: Any = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Effective:
    """The value of a setting as `get` has it, and whose it is."""
    setting = find(setting)
    user_key, known_place = _key(user), _place(user)
    found = _in_force(setting, user_key, is_known=known_place is not None, using=using)
    for holder in _holders(found, user_key, known_place, school, district):
        if holder.scope != ConfigScope.SYSTEM and holder.scope not in setting.scopes:
            continue
        text = found.texts.get((setting.key, holder))
        if text is None:
            continue
        try:
            return Effective(setting.parse(text), text, holder)
        except ValueError:
            continue  # a newer version of the code allows it no longer; verify_schema names it
    return default_of(setting)


def default_of(setting: Setting) -> Effective:
    """What holds where nobody has set anything."""
    if setting.default is None:
        return Effective(None, "", None)
    return Effective(setting.parse(setting.default), setting.default, None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Read all settings of the block by one query, as a request does, also outside one."""
    with remembering(request_memory() or RequestMemory()):
        yield


def forget() -> None:
    """Let the rest of a request read the settings again: they were changed in it."""
    memory = request_memory()
    if memory is not None:
        memory.values.pop(SettingsInForce, None)


def _in_force(setting: Setting, user: UUID | None, *, is_known: bool, using: str) -> SettingsInForce:
    memory = request_memory()
    users = {user} if user is not None else set()
    if memory is None or using != DEFAULT_DB_ALIAS:
        return _load(None, users, set() if is_known else users, using)
    found: SettingsInForce | None = memory.values.get(SettingsInForce)
    if found is not None and (found.actor_id == memory.actor_id or setting.is_public):
        has_own = ConfigScope.USER not in setting.scopes or users <= found.users
        if has_own and (is_known or users <= found.place_of.keys()):
            return found
    unknown = users if not is_known else set()
    if found is not None:
        users, unknown = users | found.users, unknown | found.place_of.keys()
    if memory.actor_id is not None:
        users, unknown = users | {memory.actor_id}, unknown | {memory.actor_id}
    found = memory.values[SettingsInForce] = _load(memory.actor_id, users, unknown)
    return found


def _load(actor_id: Any, users: set[UUID], unknown: set[UUID], using: str = DEFAULT_DB_ALIAS) -> SettingsInForce:
    # A user whom the actor may not see has no place to the actor.
    found = SettingsInForce(actor_id, users, place_of=dict.fromkeys(unknown, (None, None)))
    with connections[using].cursor() as cursor:
        cursor.execute(_LOAD, {"users": list(users), "unknown": list(unknown)})
        for key, scope, holder, text, schools, school, district in cursor.fetchall():
            if key is None:
                found.place_of[holder] = (school, district)
                continue
            found.texts[key, Holder(ConfigScope(scope), holder)] = text
            found.district_of.update(dict.fromkeys(schools or (), holder))
    return found


def _holders(
    found: SettingsInForce,
    user: UUID | None,
    place: tuple[UUID | None, UUID | None] | None,
    school: Any,
    district: Any,
) -> Iterator[Holder]:
    """Whose values may hold, the nearest first."""
    own_school, own_district = place or found.place_of.get(user, (None, None)) if user is not None else (None, None)
    school_key = _key(school) or own_school
    district_key = _key(district)
    if district_key is None and school_key is not None:
        # Only a district with a value of its own is known; another one makes no difference.
        district_key = school.district_id if isinstance(school, School) else found.district_of.get(school_key)
    if district_key is None and school_key is None:
        district_key = own_district
    for scope, key in (
        (ConfigScope.USER, user),
        (ConfigScope.SCHOOL, school_key),
        (ConfigScope.DISTRICT, district_key),
    ):
        if key is not None:
            yield Holder(scope, key)
    yield Holder(ConfigScope.SYSTEM, None)


def _place(user: Any) -> tuple[UUID | None, UUID | None] | None:
    """A user's school and district; None if only the key was given. Nobody has neither."""
    if user is None or isinstance(user, AnonymousUser):
        return (None, None)
    return (user.school_id, user.district_id) if isinstance(user, User) else None


def _key(row: Any) -> UUID | None:
    """The key of a row, or the key that was given in its place."""
    if row is None or isinstance(row, (UUID, AnonymousUser)):
        return row if isinstance(row, UUID) else None
    key: UUID = row.pk if isinstance(row, Model) else UUID(str(row))
    return key
