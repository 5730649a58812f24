import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS

from audit.chain import Anchor, NotAnAnchorError
from audit.verification import Verification, verify_log

MOST_LINES = 200


class Command(BaseCommand):
    help = (
        "Checks the audit log against its seals. Exit status 1, and a line with seal and entry for each difference, "
        "if something was changed, removed or added since it was sealed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="Alias of the database; default is 'default'.")
        parser.add_argument(
            "--format", choices=["text", "json"], default="text", help="What to print; default is text."
        )
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            metavar="LINE",
            help="A line that --export-anchor printed: the chain must still contain that seal. Repeatable.",
        )
        parser.add_argument(
            "--retention-months",
            type=int,
            help="Age that the log is kept: a drop on record of entries that were younger is a difference.",
        )
        parser.add_argument(
            "--export-anchor",
            action="store_true",
            help="If all is well, print the head of the chain and nothing else, to be kept elsewhere.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            anchors = [Anchor.parse(line) for line in options["anchor"]]
        except NotAnAnchorError as error:
            raise CommandError(str(error)) from None
        started = time.monotonic()
        found = verify_log(options["database"], anchors, options["retention_months"])
        seconds = time.monotonic() - started
        if options["format"] == "json":
            self.stdout.write(json.dumps(found.as_dict() | {"seconds": round(seconds, 3)}, indent=2))
            if found.problems:
                raise SystemExit(1)
            return
        self._tell(found, seconds, **options)

    def _tell(self, found: Verification, seconds: float, **options: Any) -> None:
        most = None if options["verbosity"] > 1 else MOST_LINES
        for problem in found.problems[:most]:
            self.stderr.write(self.style.ERROR(str(problem)))
        count = len(found.problems)
        if most is not None and count > most:
            self.stderr.write(f"... and {count - most} more; --verbosity 2 shows all.")
        if count:
            raise CommandError(f"The audit log is not what was sealed: {count} {_plural(count, 'difference')}.")
        if options["export_anchor"]:
            if found.head is None:
                raise CommandError("There is no seal yet: run seal_audit_log.")
            self.stdout.write(str(found.head))
        elif options["verbosity"] > 0:
            for drop in found.drops:
                self.stdout.write(f"Note: {drop}.")
            self.stdout.write(
                self.style.SUCCESS(
                    f"The audit log is what was sealed: {found.entries:,} {_plural(found.entries, 'entry', 'entries')} "
                    f"in {found.seals:,} {_plural(found.seals, 'seal')}, {found.unsealed:,} not sealed yet "
                    f"({seconds:.1f} s)."
                )
            )


def _plural(count: int, one: str, many: str | None = None) -> str:
    return one if count == 1 else many or f"{one}s"
