from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, OperationalError
from django.utils import timezone

import configuration
from audit.declared_settings import RETENTION
from audit.partitions import CannotDropError, drop_partition, guard_partitions, make_months, past_their_age


class Command(BaseCommand):
    help = (
        "Makes the audit log's partitions ahead of time, moves what the default partition caught into its months, and "
        "shows which partitions are past their age. Run it every day."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="Alias of the database; default is 'default'.")
        parser.add_argument(
            "--months-ahead", type=_months, default=3, help="How many months to make beyond this one; default is 3."
        )
        parser.add_argument(
            "--retention-months",
            type=_months,
            help="Age in months past which a partition may go. Default: the SYSTEM setting "
            f"{RETENTION.key}; without either, nothing is ever dropped.",
        )
        parser.add_argument(
            "--drop", action="store_true", help="Drop the partitions past their age, instead of only naming them."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        database = options["database"]
        months = options["retention_months"] or configuration.get(RETENTION, using=database)
        if options["drop"] and not months:
            raise CommandError(f"Say past which age: --retention-months, or the setting {RETENTION.key}.")
        try:
            self._make(database, options["months_ahead"])
            refused = self._drop(database, months, really=options["drop"]) if months else 0
        except OperationalError as error:
            if "lock timeout" not in str(error):
                raise
            raise CommandError("A lock on audit_logs was not to be had in time. Run the command again.") from None
        if refused:
            raise CommandError(f"{refused} past their age cannot be dropped yet.")

    def _make(self, database: str, ahead: int) -> None:
        made = make_months(database, ahead, timezone.now())
        guarded = guard_partitions(database)
        for table in made.tables:
            self.stdout.write(f"Made {table}.")
        if made.moved:
            self.stdout.write(f"Moved {made.moved:,} entries out of the default partition.")
        for table in guarded:
            self.stdout.write(f"Guarded {table}.")
        if not (made.tables or made.moved or guarded):
            self.stdout.write("All partitions are there.")

    def _drop(self, database: str, months: int, *, really: bool) -> int:
        refused = 0
        for partition in past_their_age(database, months, timezone.now()):
            if not really:
                self.stdout.write(f"Would drop {partition.table}, past {months} months; --drop does it.")
                continue
            try:
                seal = drop_partition(database, partition)
            except CannotDropError as error:
                self.stderr.write(self.style.ERROR(str(error)))
                refused += 1
            else:
                self.stdout.write(f"Dropped {partition.table} with {seal.entry_count:,} entries; seal {seal.number}.")
        return refused


def _months(text: str) -> int:
    months = int(text)
    if months < 1:
        raise ValueError(text)
    return months
