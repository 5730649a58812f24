"""What the database says of the installation: asked by `check --deploy --database default`, as the web's login."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

_LOGIN = """
    SELECT current_user, rolsuper, rolbypassrls, rolcreaterole OR rolcreatedb,
        EXISTS (
            SELECT 1 FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND pg_has_role(current_user, relowner, 'USAGE')
        )
    FROM pg_roles WHERE rolname = current_user
"""
_CONNECTIONS = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0),
        (SELECT count(*) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND usename IS DISTINCT FROM current_user)
"""


@register(Tags.database, deploy=True)
def check_login(app_configs: Any, databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """E006, W006: the web's login owns nothing and is above no rule."""
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(_LOGIN)
            name, is_superuser, ignores_row_security, makes_roles, owns_tables = cursor.fetchone()
        above = [
            *(["is a superuser"] if is_superuser else []),
            *(["has BYPASSRLS"] if ignores_row_security else []),
            *(["owns the tables"] if owns_tables else []),
        ]
        if above:
            yield Error(
                f"The database's login {name} {' and '.join(above)}: grants and row security do not bind it.",
                hint="Let the web run under a login of its own, which owns nothing; only migrations run as the owner.",
                id="whitecross.E006",
            )
        elif makes_roles:
            yield Warning(
                f"The database's login {name} may make roles or databases.",
                hint="ALTER ROLE ... NOCREATEROLE NOCREATEDB; only migrations need it.",
                id="whitecross.W006",
            )


@register(Tags.database, deploy=True)
def check_pool(app_configs: Any, databases: Sequence[str] | None = None, **_: Any) -> Iterator[CheckMessage]:
    """E007: a pool that may ask for more connections than the server has."""
    for alias in databases or ():
        pool = connections[alias].settings_dict.get("OPTIONS", {}).get("pool")
        size = pool.get("max_size", 0) if isinstance(pool, dict) else 0
        if not size:
            continue
        with connections[alias].cursor() as cursor:
            cursor.execute(_CONNECTIONS)
            most, others = cursor.fetchone()
        if size > most - others:
            yield Error(
                f"DATABASE_POOL lets each web process open {size} connections, and the server has {most - others} left "
                "for this login.",
                hint="The pools of all processes together should stay below the server's max_connections.",
                id="whitecross.E007",
            )
