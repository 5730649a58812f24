from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from core.database.migration_lock import migration_lock


class Command(DjangoMigrate):
    """Django's own migrate, one at a time per database and without long waits for locks."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        with migration_lock(connections[options["database"]], on_wait=self._say_waiting):
            super().handle(*args, **options)

    def _say_waiting(self) -> None:
        self.stderr.write("Another migrate runs on this database; waiting for it to end.")
