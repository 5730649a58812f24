"""What a database holds: nothing, a demo, or somebody's data."""

import enum
from dataclasses import dataclass

from django.apps import apps
from django.db import connection
from psycopg import sql

from configuration.bringing import bring_declared_settings
from core.purging import declared_purge
from demo.declared_settings import MARK
from demo.plan import DemoMark

BESIDE_OTHERS = " beside other data"
_APPS = ("core", "health", "medications", "incidents", "configuration", "emergency")
DEMO_TABLES = tuple(model._meta.db_table for app in _APPS for model in apps.get_app_config(app).get_models())
_SETTINGS = ("system_configurations", "configuration_history")


class Holds(enum.Enum):
    """Whose data a database holds."""

    NOTHING = enum.auto()
    DEMO = enum.auto()
    OTHERS = enum.auto()


@dataclass(frozen=True)
class State:
    """What a database holds; `mark` describes the demo in it. `is_alone` is False if the demo shares it with others."""

    holds: Holds
    mark: DemoMark | None = None
    is_alone: bool = True


def database_state() -> State:
    """Look at the database: quick even when it is large. It need not be migrated."""
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        ours = set(connection.introspection.django_table_names(include_views=False))
        if present - ours - {"django_migrations"}:
            return State(Holds.OTHERS)
        if "system_configurations" in present:
            cursor.execute(
                "SELECT value FROM system_configurations WHERE key = %s AND scope = 'SYSTEM' AND is_active",
                [MARK.key],
            )
            found = cursor.fetchone()
            if found:
                mark = DemoMark.parse(found[0].removesuffix(BESIDE_OTHERS))
                return State(Holds.DEMO, mark, is_alone=not found[0].endswith(BESIDE_OTHERS))
        for table in DEMO_TABLES:
            # Settings stand there from the beginning, and somebody's choices among them are nobody's records.
            if table in present and table not in _SETTINGS:
                cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table)))
                if cursor.fetchone()[0]:
                    return State(Holds.OTHERS)
    return State(Holds.NOTHING)


def empty_demo_tables() -> None:
    """Remove every row of the tables that a demo fills. Only for a database that holds a demo and nothing else."""
    with declared_purge("The demo is made anew."), connection.cursor() as cursor:
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, DEMO_TABLES))))
        bring_declared_settings()
