"""Who acts, for the tests of the guard: users, and roles like the web's."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import sql


@contextmanager
def declared(actor_id: uuid.UUID | None, **settings: str) -> Iterator[None]:
    """The owner of the tables acts in a user's name."""
    with transaction.atomic(), connection.cursor() as cursor:
        values = {"actor_id": str(actor_id or ""), **settings}
        for name, value in values.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [f"whitecross.{name}", value])
        yield
        for name in values:
            cursor.execute("SELECT set_config(%s, '', true)", [f"whitecross.{name}"])


@contextmanager
def through_the_web(
    actor_id: uuid.UUID | None = None, grants: str = "SELECT, INSERT, UPDATE, DELETE"
) -> Iterator[None]:
    """A role of the web with these rights on every table acts. The role ends with the block."""
    role = f"whitecross_test_{uuid.uuid4().hex[:8]}"
    name = sql.Identifier(role)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE ROLE {}").format(name))
        cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
        cursor.execute(sql.SQL("GRANT whitecross_all TO {}").format(name))  # rows of every school, and no table
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
        cursor.execute(sql.SQL("GRANT {} ON ALL TABLES IN SCHEMA public TO {}").format(sql.SQL(grants), name))
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('whitecross.actor_id', %s, true)",
            [role, str(actor_id or "")],
        )
        yield
        cursor.execute("SELECT set_config('role', 'none', true), set_config('whitecross.actor_id', '', true)")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql.SQL("DROP OWNED BY {}").format(name))
        cursor.execute(sql.SQL("DROP ROLE {}").format(name))
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
