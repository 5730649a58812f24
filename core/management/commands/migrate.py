from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from core.database.migration_lock import migration_lock
from core.database.whole_migrations import WholeMigrationExecutor

# Django's command takes its executor from its module, and has no other place to say which.
migrate.MigrationExecutor = WholeMigrationExecutor  # type: ignore[attr-defined]  # imported there, not exported


class Command(migrate.Command):
    """Django's own migrate, one at a time per database, without long waits for locks and whole at any kill."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        with migration_lock(connections[options["database"]], on_wait=self._say_waiting):
            super().handle(*args, **options)

    def _say_waiting(self) -> None:
        self.stderr.write("Another migrate runs on this database; waiting for it to end.")
