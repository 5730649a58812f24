"""The release before at work: its queries, by the models as they were, while somebody migrates. Run by test_upgrade.

`old_program prepare` migrates to that release. `old_program work` writes and reads by several people until its standard
input ends, and prints lines of JSON: how often what was done, and what failed. The models are those of the migrations
up to then, so the statements name the columns and the types that the old program knows.
"""

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whitecross.settings")
django.setup()

from django.db import Error, connection, transaction  # noqa: E402 - after the settings
from django.db.migrations.executor import MigrationExecutor  # noqa: E402 - after the settings
from django.db.migrations.loader import MigrationLoader  # noqa: E402 - after the settings

PEOPLE = 4
# How long a statement of the old program may wait for a lock; people give up before the web's login does.
PATIENCE = "9s"
DECLARE = "SELECT set_config('role', declare_actor(%s, %s, %s, %s, %s, %s), true)"

RELEASES: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("releases.json").read_text(encoding="utf-8"))


def last_release() -> list[tuple[str, str]]:
    """The last migration of each app in the release before this one."""
    return list(list(RELEASES.values())[-1].items())


class Program:
    """One person of several, who does a little of everything, again and again."""

    def __init__(self, number: int, apps: Any, done: Counter[str], failed: list[str]) -> None:
        self.number, self.apps, self.done, self.failed = number, apps, done, failed
        self.models = [model for model in apps.get_models() if model._meta.app_label in dict(last_release())]

    def work(self, ended: threading.Event) -> None:
        """Turn after turn until told to end. What the database refuses is a failure."""
        actions: list[Callable[[], None]] = [self.read_everything, self.write_records, self.write_sql, self.act]
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{PATIENCE}'")
            while not ended.is_set():
                for action in actions:
                    try:
                        with transaction.atomic():
                            action()
                        self.done[action.__name__] += 1
                    except Error as error:
                        line = str(error).splitlines()[0]
                        self.failed.append(f"{action.__name__}: {type(error).__name__}: {line}")
        finally:
            connection.close()

    def read_everything(self) -> None:
        """Every column of every table that the old program knows."""
        for model in self.models:
            list(model._base_manager.all()[:3])

    def write_records(self) -> None:
        """A student with records, by the ORM, changed and deleted again."""
        student = self.model("core", "Student").create(
            student_number=f"OLD-{self.number}-{os.urandom(6).hex()}",
            first_name="John",
            last_name="Smith",
            date_of_birth="2015-05-17",
            grade="5",
            gender="MALE",
            school=self.model("core", "School").first(),
        )
        allergy = self.model("health", "Allergy").create(student=student, allergen="Peanut")
        self.model("health", "VitalSigns").create(student=student, measurement_date=student.created_at, pain_level=3)
        self.model("core", "Contact").create(first_name="A", last_name="B", type="GUARDIAN", student=student)
        self.model("health", "Allergy").filter(pk=allergy.pk).update(allergen="Walnut", severity="SEVERE")
        self.model("core", "Student").filter(pk=student.pk).update(deleted_at=student.created_at)

    def write_sql(self) -> None:
        """The same kind of thing by SQL, naming columns."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO allergies (student_id, allergen) SELECT id, 'Bee' FROM students "
                "WHERE deleted_at IS NULL ORDER BY student_number LIMIT 1 OFFSET %s",
                [self.number],
            )
            cursor.execute(
                "UPDATE medications SET strength = '90 mcg' "
                "WHERE name = 'Albuterol' AND strength IS DISTINCT FROM '90 mcg'"
            )
            cursor.execute("SELECT count(*) FROM audit_logs WHERE action = 'CREATE'")

    def act(self) -> None:
        """A request: somebody is declared, sees students and changes one."""
        nurse = self.model("core", "User").filter(role="NURSE").order_by("email")[self.number]
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', 'whitecross_anonymous', true)")
            cursor.execute(DECLARE, [nurse.pk, "web", "", "", "", ""])
            cursor.execute("SELECT id FROM students WHERE deleted_at IS NULL ORDER BY student_number LIMIT 20")
            keys = [key for (key,) in cursor.fetchall()]
            if not keys:
                raise Error("the nurse sees no student")
            cursor.execute("UPDATE students SET grade = '6' WHERE id = %s", [keys[self.number]])

    def model(self, app: str, name: str) -> Any:
        return self.apps.get_model(app, name)._base_manager


def work() -> None:
    apps = MigrationLoader(None).project_state(last_release()).apps
    done: Counter[str] = Counter()
    failed: list[str] = []
    ended = threading.Event()
    people = [Program(number, apps, done, failed) for number in range(PEOPLE)]
    threads = [threading.Thread(target=person.work, args=[ended]) for person in people]
    for thread in threads:
        thread.start()
    for _ in sys.stdin:  # each line asks how far it is
        sys.stdout.write(json.dumps({"done": done, "failed": failed[:20]}) + "\n")
        sys.stdout.flush()
    ended.set()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps({"done": done, "failed": failed[:20]}) + "\n")


def main() -> None:
    if sys.argv[1] == "prepare":
        executor = MigrationExecutor(connection)
        executor.migrate([*last_release(), ("contenttypes", "0002_remove_content_type_name")])
    else:
        work()


if __name__ == "__main__":
    main()
