import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, OperationalError

from audit.chain import Anchor
from audit.sealing import NotRestoredError, RestoredError, last_seal, seal_after_restore, seal_log


class Command(BaseCommand):
    help = "Seals what is complete in the audit log since the last seal. Run it every few minutes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="Alias of the database; default is 'default'.")
        parser.add_argument(
            "--export-anchor",
            action="store_true",
            help="Print the head of the chain and nothing else: a line to keep where this database's owner cannot "
            "reach it, for verify_audit_log --anchor.",
        )
        parser.add_argument(
            "--after-restore",
            action="store_true",
            help="Once, after the database was restored into another cluster: record that and seal all up to now.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        database, started = options["database"], time.monotonic()
        try:
            seals = seal_after_restore(database) if options["after_restore"] else seal_log(database)
            count, made, last = 0, 0, 0
            for seal in seals:
                count, made, last = count + seal.entry_count, made + 1, seal.number
        except (RestoredError, NotRestoredError) as error:
            raise CommandError(str(error)) from None
        except OperationalError as error:
            if not options["after_restore"] or "lock timeout" not in str(error):
                raise
            raise CommandError("A transaction that writes to audit_logs stays open. Try again when it ended.") from None
        if options["export_anchor"]:
            head = last_seal(database)
            if head is None:
                raise CommandError("There is no seal yet: the audit log has no entry that is complete.")
            self.stdout.write(str(Anchor.of(head)))
        elif options["verbosity"] > 0:
            seconds = time.monotonic() - started
            if made:
                self.stdout.write(
                    self.style.SUCCESS(
                        f"Sealed {count:,} {'entry' if count == 1 else 'entries'} in {made} "
                        f"{'seal' if made == 1 else 'seals'}; the last is {last} ({seconds:.1f} s)."
                    )
                )
            else:
                self.stdout.write("Nothing to seal.")
