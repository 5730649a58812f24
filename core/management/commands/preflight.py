import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from core.preflight.checklist import PATIENCE, inspect
from core.preflight.findings import Finding, Report, Verdict

_MOST_PENDING = 20


class Command(BaseCommand):
    help = (
        "Looks at everything that should be right before migrate runs, changes nothing, and says what to do. Exit "
        "status 1 if there is a problem; warnings leave it at 0."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="Alias of the database; default is 'default'.")
        parser.add_argument(
            "--format", choices=["text", "json"], default="text", help="What to print; default is text."
        )
        parser.add_argument(
            "--long-transaction",
            type=float,
            default=PATIENCE,
            metavar="SECONDS",
            help=f"Age from which an open transaction is mentioned; default is {PATIENCE:g}.",
        )
        parser.add_argument(
            "--backups", type=Path, metavar="FOLDER", help="Where deploy/backup.sh puts backups, to tell their age."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = inspect(
            connections[options["database"]], patience=options["long_transaction"], backups=options["backups"]
        )
        if options["format"] == "json":
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
            if not report.is_fit:
                raise SystemExit(1)
            return
        self._tell(report, is_brief=options["verbosity"] == 0)
        if options["verbosity"] > 0:
            self._tell_pending(report, None if options["verbosity"] > 1 else _MOST_PENDING)
        problems, warnings = report.count(Verdict.PROBLEM), report.count(Verdict.WARNING)
        summary = f"{problems} {_plural(problems, 'problem')}, {warnings} {_plural(warnings, 'warning')}."
        if problems:
            raise CommandError(f"Not fit to migrate: {summary}")
        self.stdout.write(self.style.SUCCESS(f"Fit to migrate: {summary}"))

    def _tell(self, report: Report, *, is_brief: bool) -> None:
        styles: dict[Verdict, Callable[[str], str]] = {
            Verdict.OK: str,
            Verdict.WARNING: self.style.WARNING,
            Verdict.PROBLEM: self.style.ERROR,
        }
        for finding in report.findings:
            if not (is_brief and finding.verdict is Verdict.OK):
                self.stdout.write(styles[finding.verdict](_line(finding)))

    def _tell_pending(self, report: Report, most: int | None) -> None:
        if not report.pending:
            return
        self.stdout.write(f"\n{len(report.pending)} pending, each with the lock it takes:")
        for migration in report.pending[:most]:
            self.stdout.write(f"  {migration.name:<46} {migration.lock}")
        if most is not None and len(report.pending) > most:
            self.stdout.write(f"  ... and {len(report.pending) - most} more; --verbosity 2 shows all.")
        self.stdout.write("")


def _line(finding: Finding) -> str:
    text = f"{finding.verdict:<8} {finding.check:<23}{finding.found}"
    return f"{text}\n{'':<32}-> {finding.advice}" if finding.advice else text


def _plural(count: int, one: str) -> str:
    return one if count == 1 else f"{one}s"
