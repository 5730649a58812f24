"""A migration and the note that it was applied are one transaction."""

from typing import Any

from django.db import transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class WholeMigrationExecutor(MigrationExecutor):
    """Django's executor, which a kill finds before a migration or behind it, never between.

    Django itself commits a migration first and notes it in a second transaction, where statements were left for the
    migration's end (foreign keys), and whenever one is undone. Killed between the two, the next run would make tables
    that are there already. A migration that is not atomic by its own word stays so: each of its steps can be repeated.
    """

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        if not migration.atomic:
            return super().apply_migration(state, migration, fake, fake_initial)
        with transaction.atomic(using=self.connection.alias):
            return super().apply_migration(state, migration, fake, fake_initial)

    def unapply_migration(self, state: ProjectState, migration: Migration, fake: bool = False) -> Any:
        if not migration.atomic:
            return super().unapply_migration(state, migration, fake)
        with transaction.atomic(using=self.connection.alias):
            return super().unapply_migration(state, migration, fake)
