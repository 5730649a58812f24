import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from core.schema.verification import KINDS, Report, verify

MOST_ROWS = 50


class Command(BaseCommand):
    help = "Checks that the database is what models and migrations say. Exit status 1 and a line per difference if not."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="Alias of the database; default is 'default'.")
        parser.add_argument(
            "--format", choices=["text", "json"], default="text", help="What to print; default is text."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        report = verify(connections[options["database"]])
        seconds = time.monotonic() - started
        if options["format"] == "json":
            self.stdout.write(json.dumps(report.as_dict() | {"seconds": round(seconds, 3)}, indent=2))
            if report.differences:
                raise SystemExit(1)
            return
        if options["verbosity"] > 0:
            self._print_table(report)
        most = None if options["verbosity"] > 1 else MOST_ROWS
        for difference in report.differences[:most]:
            self.stdout.write(self.style.ERROR(str(difference)))
        count = len(report.differences)
        if most is not None and count > most:
            self.stdout.write(f"... and {count - most} more; --verbosity 2 shows all.")
        if count:
            raise CommandError(f"The schema has {count} {'difference' if count == 1 else 'differences'}.")
        self.stdout.write(
            self.style.SUCCESS(f"The schema is right: {report.checked.total():,} things checked in {seconds:.1f} s.")
        )

    def _print_table(self, report: Report) -> None:
        self.stdout.write(f"{'Kind':<14}{'checked':>9}{'differences':>13}")
        for kind in KINDS:
            different = sum(difference.kind == kind for difference in report.differences)
            line = f"{kind:<14}{report.checked[kind]:>9,}{different:>13,}"
            self.stdout.write(self.style.ERROR(line) if different else line)
