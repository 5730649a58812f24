"""Arrays of enum values arrive as lists of strings, not as PostgreSQL's text form of an array.

psycopg knows the array types it was told of. Enum types are made by migrations, so each connection asks the catalogue.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from psycopg.types import TypeInfo

_ENUM_TYPES = """
SELECT typname, oid, typarray FROM pg_catalog.pg_type
WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace
"""


def register(connection: BaseDatabaseWrapper) -> None:
    """Tell the open connection which array types the database's enum types have."""
    with connection.cursor() as cursor:
        cursor.execute(_ENUM_TYPES)
        for name, oid, array_oid in cursor.fetchall():
            TypeInfo(name, oid, array_oid).register(connection.connection)


def _on_connection(sender: Any, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    register(connection)


def _on_migration(sender: Any, using: str, **kwargs: Any) -> None:
    from django.db import connections  # noqa: PLC0415

    register(connections[using])


def connect() -> None:
    """Register at every new connection, and again after migrations that may have made types."""
    connection_created.connect(_on_connection, dispatch_uid="enum_arrays")
    post_migrate.connect(_on_migration, dispatch_uid="enum_arrays")
