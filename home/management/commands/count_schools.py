import time
from typing import Any

from django.core.management.base import BaseCommand

from home.counting import count_schools


class Command(BaseCommand):
    """Count what the home page of districts and administrators tells, school by school."""

    help = "Counts the figures of the home page by school. Run it by a scheduler, hourly or each morning."

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.perf_counter()
        rows = count_schools()
        if options["verbosity"]:
            self.stdout.write(self.style.SUCCESS(f"Counted: {rows:,} figures in {time.perf_counter() - began:.1f} s."))
