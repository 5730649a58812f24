from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, DatabaseError

from core.admin.database_errors import explain
from core.models import User
from core.purging import Purge, PurgeRefusedError, find_student, parse_age, purge


class Command(BaseCommand):
    help = (
        "Erases health records that were deleted and need be kept no longer. Says what it would erase and what it "
        "keeps, and erases it only with --execute."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="Why; goes into the audit log, so name no student.")
        parser.add_argument(
            "--older-than", default="30d", help="Only rows deleted longer ago than this: 90d, 7y; default is 30d."
        )
        parser.add_argument("--student", help="Student number or key: all about this deleted student, or nothing.")
        parser.add_argument("--actor", help="E-mail address of the user in whose name it is done.")
        parser.add_argument("--execute", action="store_true", help="Erase. Without it nothing is changed.")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="Alias of the database; default is 'default'.")

    def handle(self, *args: Any, **options: Any) -> None:
        using = options["database"]
        older_than = parse_age(options["older_than"])
        if older_than is None:
            raise CommandError("--older-than should be a number of days or years, like 90d or 7y.")
        try:
            student = find_student(options["student"], using) if options["student"] else None
            found = purge(
                options["reason"],
                older_than=older_than,
                student=student,
                actor_id=self._actor(options["actor"], using),
                execute=options["execute"],
                using=using,
            )
        except PurgeRefusedError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"Nothing was erased. {explain(error)}") from error
        self._print(found)
        if student is not None and found.kept:
            raise CommandError("Not all about the student may be erased, so nothing can be.")

    def _actor(self, email: str | None, using: str) -> Any:
        if email is None:
            return None
        user = User.objects.using(using).filter(email=User.objects.normalize_email(email), is_active=True).first()
        if user is None:
            raise CommandError("--actor: no active user has this e-mail address.")
        return user.pk

    def _print(self, found: Purge) -> None:
        if found.outcomes:
            self.stdout.write(f"{'Class':<22}{'rows':>10}  {'oldest':<12}kept because")
        for outcome in found.outcomes:
            day = outcome.oldest.isoformat() if outcome.oldest else ""
            line = f"{outcome.table:<22}{outcome.rows:>10,}  {day:<12}{outcome.kept_because or ''}".rstrip()
            self.stdout.write(line if outcome.kept_because else self.style.WARNING(line))
        for key in found.held_students:
            self.stdout.write(f"Under a legal hold: student {key}")
        rows = "1 row" if found.erased == 1 else f"{found.erased:,} rows"
        if found.was_executed:
            self.stdout.write(self.style.SUCCESS(f"Erased: {rows}."))
        else:
            self.stdout.write(f"Would erase {rows}. Nothing was changed: --execute erases.")
