import datetime
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone
from tqdm import tqdm

from demo.load import load
from demo.plan import USUAL_SEED, USUAL_STUDENTS, DemoPlan
from demo.state import Holds, State, database_state
from home.counting import count_schools

ROWS_PER_STUDENT = 20


class Command(BaseCommand):
    help = "Load a believable, deterministic demo district: schools, staff, students and their health records."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--students", type=int, default=USUAL_STUDENTS, help="How many students (default 3000).")
        parser.add_argument("--seed", type=int, default=USUAL_SEED, help="Another seed, another district (default 1).")
        parser.add_argument(
            "--as-of",
            type=datetime.date.fromisoformat,
            metavar="DATE",
            help="The day on which the district stands, as YYYY-MM-DD (default today).",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="Replace another demo and all that was added to it; or load beside other data, which stays as it is.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        plan = DemoPlan(
            students=options["students"],
            seed=options["seed"],
            as_of=options["as_of"] or timezone.localdate(),
            time_zone=settings.TIME_ZONE,
        )
        if plan.students < 1:
            raise CommandError("--students should be 1 or more.")
        state = database_state()
        if _is_same(state, plan, any_day=options["as_of"] is None):
            self.stdout.write(f"The demo district is there already: {state.mark}. Nothing to do.")
            return
        _check(state, options["force"])
        try:
            with self._progress(plan, options["verbosity"]) as bar:
                loaded = load(plan, state, progress=bar.update)
        except IntegrityError:
            raise CommandError(
                "The demo district clashes with what the database holds, so nothing was loaded. "
                "Load it into an empty database."
            ) from None  # its own text quotes the row
        count_schools()
        self.stdout.write(self.style.SUCCESS(str(loaded)))

    def _progress(self, plan: DemoPlan, verbosity: int) -> Any:
        """A bar on standard error for people who watch; `--verbosity 2` shows it in a log as well."""
        watched = verbosity >= 2 or (verbosity == 1 and sys.stderr.isatty())
        return tqdm(
            desc="Loading the demo district",
            total=plan.students * ROWS_PER_STUDENT,
            unit=" rows",
            unit_scale=True,
            disable=not watched,
        )


def _is_same(state: State, plan: DemoPlan, any_day: bool) -> bool:
    """Whether the database holds the demo of the plan; a demo of another day will do where no day was asked for."""
    mark = state.mark
    if mark is None or (mark.seed, mark.students) != (plan.seed, plan.students):
        return False
    return any_day or mark.as_of == plan.as_of


def _check(state: State, force: bool) -> None:
    """Refuse to touch what a database holds unless told."""
    if state.holds is Holds.DEMO and not state.is_alone:
        raise CommandError(
            f"There is another demo ({state.mark}) beside other data in this database. It is not replaced, as nobody "
            "could tell the two apart any more. Load this one into an empty database."
        )
    if force or state.holds is Holds.NOTHING:
        return
    if state.holds is Holds.DEMO:
        raise CommandError(
            f"There is another demo in this database: seed/students/day {state.mark}. "
            "Use --force to replace it, with everything that was added to it since."
        )
    raise CommandError(
        "This database is not empty and holds no demo. Name an empty one in DATABASE_URL, "
        "or use --force to load the demo beside what is there."
    )
