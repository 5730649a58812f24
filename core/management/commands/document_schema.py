from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.schema.documentation import outdated
from core.schema.index_questions import MissingQuestionError
from core.schema.markdown import COMMAND, DocumentationError


class Command(BaseCommand):
    help = "Writes docs/data-model.md and the list of indexes in docs/migrations.md from the models. Asks no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; exit status 1 if a document is out of date."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            documents = outdated()
        except (DocumentationError, MissingQuestionError) as error:
            raise CommandError(str(error)) from error
        names = [str(path.relative_to(settings.BASE_DIR)) for path in documents]
        if not documents:
            self.stdout.write("The documents are up to date.")
            return
        if options["check"]:
            raise CommandError(f"Out of date: {', '.join(names)}. Run: {COMMAND}")
        for path, text in documents.items():
            path.write_text(text, encoding="utf-8")
        self.stdout.write(self.style.SUCCESS(f"Written: {', '.join(names)}."))
