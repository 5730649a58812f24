"""Settings of a database session that hold for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def session_setting(connection: BaseDatabaseWrapper, name: str, value: str) -> Iterator[None]:
    """Give a setting of the session another value, and its old one back at the end if the session is still there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s), set_config(%s, %s, false)", [name, name, value])
        before = cursor.fetchone()[0]
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, %s, false)", [name, before])
