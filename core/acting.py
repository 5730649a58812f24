"""Say to the database who acts. What is declared holds until the transaction ends, so that no pool can leak it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, transaction
from psycopg import pq

from core.request_memory import remembering

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models import User

GOES_ON_AFTER_AN_ERROR = (
    "The code went on after the database had refused a statement, so nothing of it can be kept. "
    "A statement that may fail belongs in a block of transaction.atomic() of its own."
)

_SETTINGS = (
    "role",
    "whitecross.actor_id",
    "whitecross.schools",
    "whitecross.district_id",
    "whitecross.districts",
    "whitecross.home_school",
    "whitecross.emergency_students",
    "whitecross.source",
    "whitecross.ip",
    "whitecross.user_agent",
    "whitecross.request_id",
    "whitecross.reason",
)
_READ = f"SELECT {', '.join(f"coalesce(current_setting('{name}', true), '')" for name in _SETTINGS)}"
_REHASH = "whitecross.rehash"
_NOBODY = "whitecross_anonymous"
_DECLARE = "SELECT set_config('role', declare_actor(%s, %s, %s, %s, %s, %s), true)"


@contextmanager
def acting_as(
    user: "User | AnonymousUser | None" = None,
    *,
    source: str | None = None,
    ip: str | None = None,
    user_agent: str | None = None,
    request_id: str | None = None,
    reason: str | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Iterator[None]:
    """A transaction in which `user` acts: with the rights of the user's role, on the rows of the user's schools.

    Without a user the role stays as it is (outside a request that is the owner of the tables), and the rest is
    declared: `acting_as(source="purge_records", reason="...")`. A user who is unknown to the database or no longer
    active acts as nobody. What is not given stays as it was declared outside. Leaving restores what was declared
    before.

    Raises:
        TransactionManagementError: the block went on after PostgreSQL had refused a statement; nothing is kept.
    """
    declared = {"source": source, "ip": ip, "user_agent": user_agent, "request_id": request_id, "reason": reason}
    with declarations_until_the_end(using) as before:
        if user is None:
            _set({f"whitecross.{name}": text for name, text in declared.items() if text is not None}, using)
            yield
            return
        if before.get("role", "none") == "none":
            become_nobody(using=using)  # a login that owns nothing may not even declare
        known = user.is_authenticated and not user._state.adding
        declare_actor(user.pk if known else None, **declared, using=using)
        with remembering(None):  # what a request knows is what its own actor may see
            yield


def become_nobody(using: str = DEFAULT_DB_ALIAS, **declared: str) -> None:
    """Take the role of somebody who is not logged in, and declare texts such as `source` and `ip`. One round trip."""
    settings = {f"whitecross.{name}": text for name, text in declared.items()}
    nowhere = {"whitecross.schools": "{}", "whitecross.districts": "{}"}
    nowhere |= {"whitecross.district_id": "", "whitecross.home_school": ""}
    nowhere |= {"whitecross.emergency_students": "{}"}
    _set({"role": _NOBODY, "whitecross.actor_id": ""} | nowhere | settings, using)


def declare_actor(
    user_id: Any,
    *,
    source: str | None = None,
    ip: str | None = None,
    user_agent: str | None = None,
    request_id: str | None = None,
    reason: str | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> str:
    """Let the user of this key act until the transaction ends; None is nobody. One round trip.

    Returns the role of the database that is taken. The owner of the tables may ask for it, and the web's roles; see
    `become_nobody`.
    """
    with transaction.get_connection(using).cursor() as cursor:
        cursor.execute(_DECLARE, [user_id, source, ip, user_agent, request_id, reason])
        return str(cursor.fetchone()[0])


def renew_hash(user: "User", using: str = DEFAULT_DB_ALIAS) -> None:
    """Save the hash of a password that is the old one: it is no change of the password, and the user makes it."""
    with acting_as(user, using=using):
        _set({_REHASH: "on"}, using)
        user.save(using=using, update_fields=["password"])
        _set({_REHASH: ""}, using)


@contextmanager
def declarations_until_the_end(using: str = DEFAULT_DB_ALIAS) -> Iterator[dict[str, str]]:
    """A transaction, or a part of one, at whose end what it declared holds no longer.

    Gives what is declared around it: nothing if the transaction begins here.

    PostgreSQL takes declarations back with a transaction, and with a savepoint that is rolled back; where a savepoint
    is kept, as inside another `acting_as`, they are set back here.
    """
    connection = transaction.get_connection(using)
    is_part = connection.in_atomic_block
    with transaction.atomic(using=using):
        before = _read(using) if is_part else {}
        yield before
        if connection.needs_rollback:
            return
        if is_aborted(using):
            raise transaction.TransactionManagementError(GOES_ON_AFTER_AN_ERROR)
        if before:
            _set(before, using)


def is_aborted(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether PostgreSQL has refused a statement of the transaction, and will therefore roll it back at COMMIT."""
    session = transaction.get_connection(using).connection
    return session is not None and session.info.transaction_status == pq.TransactionStatus.INERROR


def _read(using: str) -> dict[str, str]:
    with transaction.get_connection(using).cursor() as cursor:
        cursor.execute(_READ)
        return dict(zip(_SETTINGS, cursor.fetchone(), strict=True))


def _set(values: dict[str, str], using: str) -> None:
    if not values:
        return
    pairs: Sequence[str] = [part for pair in values.items() for part in pair]
    with transaction.get_connection(using).cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(['set_config(%s, %s, true)'] * len(values))}", pairs)
