"""Eight people who write at once and a sealer, killed at random; run as a program by test_writers_and_kills.

Prints one line of JSON: what was started, killed and cut off, and what each process said of its transactions. Django is
loaded once and the processes are forked, so that one that was killed is back within milliseconds.
"""

import json
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from uuid import UUID, uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whitecross.settings")
django.setup()

import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.exceptions import ObjectDoesNotExist  # noqa: E402
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction  # noqa: E402

from audit.sealing import seal_log  # noqa: E402
from core.acting import acting_as  # noqa: E402
from core.database.soft_delete import OwnerIsDeletedError  # noqa: E402
from core.models import Contact, School, Student, User, UserRole  # noqa: E402
from health.models import Allergy, VitalSigns  # noqa: E402
from medications.models import MedicationLog, StudentMedication  # noqa: E402

WRITERS = 8
SEALER = WRITERS
MOST_OF_A_SEAL = 200
REFUSED = (DatabaseError, OwnerIsDeletedError, ObjectDoesNotExist)
CUT_OFF = (InterfaceError, OperationalError)


class ChangedMyMindError(Exception):
    """Rolls back what was written, as a form that turns out to be wrong does."""


@contextmanager
def forgiven(*errors: type[Exception]) -> Iterator[None]:
    """A part of a transaction that may be refused. What the session does not survive is not forgiven."""
    try:
        with transaction.atomic():
            yield
    except errors as error:
        if connection.needs_rollback or is_cut_off(error):
            raise


def is_cut_off(error: Exception) -> bool:
    """Whether the session has ended, rather than a statement: the server said so, or nothing any more."""
    return isinstance(error, CUT_OFF) and getattr(error.__cause__, "sqlstate", None) in (None, "57P01")


class Writer:
    """One process that does what people do through the web, and says what became of it."""

    def __init__(self, seed: int, report: int) -> None:
        self.random, self.report = random.Random(seed), report
        self.number = f"{seed}-{os.getpid()}"
        self.made = 0
        self.people = list(User.objects.filter(role__in=[UserRole.ADMIN, UserRole.NURSE, UserRole.SCHOOL_ADMIN]))
        self.schools = list(School.objects.order_by("code").values_list("pk", flat=True))
        self.actions: list[Callable[[], object]] = [
            self.add_student,
            self.save_student,
            self.add_records,
            self.add_records,
            self.change_records_one_by_one,
            self.change_records_at_once,
            self.change_by_sql,
            self.insert_by_sql,
            self.insert_or_update,
            self.merge,
            self.change_nothing,
            self.delete_students,
            self.restore_students,
            self.delete_record,
            self.move_students,
            self.give_medication,
            self.assign,
            self.unassign,
            self.set_configuration,
            self.try_in_a_savepoint,
            self.let_another_act,
        ]

    def say(self, outcome: str, xid: int | None = None) -> None:
        os.write(self.report, f"{outcome} {xid or 0}\n".encode())

    def work(self) -> None:
        """Transaction after transaction, until told to stop."""
        while not _stopping:
            self.xid: int | None = None
            try:
                (self.as_a_command if self.random.random() < 0.1 else self.as_somebody)()
            except ChangedMyMindError:
                self.say("undone", self.xid)
            except CUT_OFF as error:
                lost = is_cut_off(error)
                # When a COMMIT is cut off, nobody knows what became of it.
                self.say("lost" if lost else "refused", None if lost else self.xid)
                if lost:
                    connection.close()
            except REFUSED:
                self.say("refused", self.xid)
            else:
                self.say("done", self.xid)

    def as_somebody(self) -> None:
        person = self.random.choice(self.people)
        with acting_as(person, source="web", ip="192.0.2.7", request_id=str(uuid4())):
            self.begin(person.pk)
            for _ in range(self.random.randint(1, 4)):
                action = self.random.choice(self.actions)
                if self.random.random() < 0.2:
                    action()  # a refusal undoes all
                else:
                    with forgiven(*REFUSED):
                        action()
            if self.random.random() < 0.15:
                raise ChangedMyMindError

    def as_a_command(self) -> None:
        """The owner imports with COPY, or purges."""
        with acting_as(source="import_students"):
            self.begin(None)
            if self.random.random() < 0.5:
                self.copy_in()
            else:
                self.purge()
            if self.random.random() < 0.15:
                raise ChangedMyMindError

    def begin(self, actor: UUID | None) -> None:
        ((self.xid, _),) = self.sql(
            "SELECT pg_current_xact_id()::text::bigint, set_config('oracle.actor', %s, true)",
            [str(actor) if actor else ""],
        )

    def sql(self, statement: str, parameters: Any = None) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def some(self, model: Any, count: int, **conditions: Any) -> list[Any]:
        """Some rows that the actor sees, in the order of their keys: two who lock them wait for one another."""
        rows = model._base_manager.filter(**conditions)
        total = rows.count()
        if not total:
            return []
        start = self.random.randrange(total)
        return list(rows.order_by("pk")[start : start + count])

    def student(self) -> Student:
        found = self.some(Student, 1, deleted_at=None)
        if not found:
            raise Student.DoesNotExist
        student: Student = found[0]
        return student

    def name(self) -> str:
        self.made += 1
        return f"{self.number}-{self.made}"

    # --- by the ORM

    def add_student(self) -> None:
        Student.objects.create(
            student_number=self.name(),
            first_name="John",
            last_name="Smith",
            date_of_birth="2015-05-17",
            enrollment_date="2021-08-23",
            grade="5",
            gender="MALE",
            school_id=self.random.choice(self.schools),
        )

    def save_student(self) -> None:
        student = self.student()
        student.last_name = self.name()
        student.save()

    def add_records(self) -> None:
        student = self.student()
        Allergy.objects.bulk_create(
            [Allergy(student=student, allergen=self.name()) for _ in range(self.random.randint(1, 30))]
        )
        Contact.objects.create(student=student, first_name="Ann", last_name=self.name(), type="GUARDIAN")
        VitalSigns.objects.create(student=student, measurement_date="2026-03-02T14:30:00Z", measured_by="Nora")

    def change_records_one_by_one(self) -> None:
        rows = self.some(Allergy, 30, deleted_at=None)
        for number, row in enumerate(rows):
            row.notes = self.name() if number % 3 else row.notes  # some stay as they are
        Allergy.objects.bulk_update(rows, ["notes"])

    def change_records_at_once(self) -> None:
        keys = [row.pk for row in self.some(VitalSigns, 40)]
        VitalSigns.objects.filter(pk__in=keys).update(measured_by=self.name())

    def change_nothing(self) -> None:
        keys = [row.pk for row in self.some(Allergy, 40)]
        self.sql("UPDATE allergies SET notes = notes WHERE id = ANY (%s)", [keys])
        self.student().save()

    def delete_students(self) -> None:
        Student.objects.filter(pk__in=[row.pk for row in self.some(Student, self.random.choice([1, 1, 5]))]).delete()

    def restore_students(self) -> None:
        keys = [row.pk for row in self.some(Student, self.random.choice([1, 3, 5]), deleted_at__isnull=False)]
        Student.all_objects.filter(pk__in=keys).restore()

    def delete_record(self) -> None:
        for row in self.some(Allergy, 1, deleted_at=None):
            row.delete()
        for row in self.some(Contact, 1, deleted_at__isnull=False):
            row.restore()

    def give_medication(self) -> None:
        orders = self.some(StudentMedication, 1, deleted_at=None)
        if not orders or self.random.random() < 0.3:
            ((medication,),) = self.sql("SELECT id FROM medications LIMIT 1")
            orders = [
                StudentMedication.objects.create(
                    student=self.student(),
                    medication_id=medication,
                    dosage="2 puffs",
                    frequency="As needed",
                    start_date="2026-03-02",
                    prescribed_by="Dr. Ruth Day",
                )
            ]
        MedicationLog.objects.create(
            student_medication=orders[0],
            nurse=self.people[0],
            time_given="2026-03-02T14:30:00Z",
            dosage_given="2 puffs",
        )

    # --- by SQL

    def change_by_sql(self) -> None:
        self.sql(
            "UPDATE students SET grade = %s WHERE id = ANY (%s) RETURNING id",
            [self.random.choice("12345"), [row.pk for row in self.some(Student, 10, deleted_at=None)]],
        )

    def insert_by_sql(self) -> None:
        self.sql(
            "INSERT INTO allergies (student_id, allergen) SELECT id, %s FROM students WHERE id = ANY (%s)",
            [self.name(), [row.pk for row in self.some(Student, 10, deleted_at=None)]],
        )

    def insert_or_update(self) -> None:
        rows = self.some(VitalSigns, 1, deleted_at=None)
        for row in rows:
            about = (row.student_id, row.measurement_date)
            self.sql(
                "INSERT INTO vital_signs (id, student_id, measurement_date, measured_by) "
                "VALUES (%s, %s, %s, 'Nora'), (%s, %s, %s, 'Nora') ON CONFLICT (id) DO UPDATE SET measured_by = %s",
                [row.pk, *about, uuid4(), *about, self.name()],
            )

    def merge(self) -> None:
        student = self.student()
        self.sql(
            "MERGE INTO allergies a USING (VALUES (%s::uuid, %s), (%s, %s)) AS v (student_id, allergen) "
            "ON a.student_id = v.student_id AND a.allergen = v.allergen AND a.deleted_at IS NULL "
            "WHEN MATCHED THEN UPDATE SET notes = %s "
            "WHEN NOT MATCHED THEN INSERT (student_id, allergen) VALUES (v.student_id, v.allergen)",
            [student.pk, "Peanuts", student.pk, self.name(), self.name()],
        )

    def move_students(self) -> None:
        students = [row.pk for row in self.some(Student, self.random.choice([1, 1, 6]))]
        self.sql(
            "UPDATE students SET school_id = %s WHERE id = ANY (%s)",
            [self.random.choice([*self.schools, None]), students],
        )

    def assign(self) -> None:
        self.sql(
            "INSERT INTO school_assignments (user_id, school_id, end_date) VALUES (%s, %s, CURRENT_DATE + %s)",
            [self.random.choice(self.people).pk, self.random.choice(self.schools), self.random.randint(1, 10_000)],
        )

    def unassign(self) -> None:
        """An assignment is the one row of ours that is erased in daily work."""
        self.sql(
            "DELETE FROM school_assignments WHERE id = "
            "(SELECT id FROM school_assignments WHERE end_date IS NOT NULL ORDER BY id LIMIT 1)"
        )

    def set_configuration(self) -> None:
        minutes = str(1 + self.made % 480)
        self.sql("UPDATE system_configurations SET value = %s WHERE key = 'session.idle_minutes'", [minutes])
        self.made += 1

    def copy_in(self) -> None:
        students = [row.pk for row in self.some(Student, 20, deleted_at=None)]
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy("COPY allergies (student_id, allergen) FROM STDIN") as copy,
        ):
            for student in students:
                copy.write_row([student, self.name()])

    def purge(self) -> None:
        keys = [row.pk for row in self.some(VitalSigns, 3)]
        self.sql("SELECT set_config('whitecross.purge', 'test', true), set_config('oracle.purge', 'yes', true)")
        self.sql("DELETE FROM vital_signs WHERE id = ANY (%s)", [keys])
        self.sql("SELECT set_config('whitecross.purge', '', true), set_config('oracle.purge', '', true)")

    # --- parts of a transaction

    def try_in_a_savepoint(self) -> None:
        plain = [action for action in self.actions if action.__name__ not in ("try_in_a_savepoint", "let_another_act")]
        with forgiven(ChangedMyMindError):
            self.random.choice(plain)()
            if self.random.random() < 0.5:
                raise ChangedMyMindError
        with forgiven(DatabaseError):
            self.random.choice(plain)()
            self.sql("INSERT INTO allergies (student_id, allergen) VALUES (%s, 'of nobody')", [uuid4()])

    def let_another_act(self) -> None:
        ((before,),) = self.sql("SELECT current_setting('oracle.actor')")
        other = self.random.choice(self.people)
        with acting_as(other):
            self.sql("SELECT set_config('oracle.actor', %s, true)", [str(other.pk)])
            self.add_records()
        self.sql("SELECT set_config('oracle.actor', %s, true)", [before])


def seal(report: int) -> None:
    """Seal again and again."""
    while not _stopping:
        for made in seal_log("default", most=MOST_OF_A_SEAL):
            os.write(report, f"sealed {made.entry_count}\n".encode())
            if _stopping:
                break


_stopping = False


def _stop(*_: Any) -> None:
    global _stopping  # noqa: PLW0603 - a signal has no other place
    _stopping = True


class Supervisor:
    """Starts the processes, kills them and starts them again."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.next_seed = seed * 1000
        self.counts: Counter[str] = Counter()
        self.outcomes: dict[str, list[int]] = {}
        self.pids: dict[int, int] = {}  # by place
        self.errors: list[str] = []
        self.reader, self.report = os.pipe()
        self.partial = b""
        self.server: Any = None

    def run(self, seconds: float) -> dict[str, Any]:
        """All of it. Whatever happens, nobody is left behind."""
        try:
            return self.supervise(seconds)
        finally:
            for pid in self.pids.values():
                os.kill(pid, signal.SIGKILL)

    def supervise(self, seconds: float) -> dict[str, Any]:
        for place in range(WRITERS + 1):
            self.start(place)
        self.server = psycopg.connect(**_parameters(), autocommit=True)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.listen(min(left, self.random.uniform(0.05, 0.5)))
            self.revive()
            self.strike()
        for pid in self.pids.values():
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while self.pids and time.monotonic() < deadline:
            self.listen(0.05)
            self.reap()
        self.listen(0)
        # Whoever was killed left a session that may be at its last statement.
        self.server.execute(
            "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return {
            "counts": self.counts,
            "outcomes": self.outcomes,
            "errors": self.errors,
            "still_running": len(self.pids),  # after a minute of asking
        }

    def start(self, place: int) -> None:
        self.next_seed += 1
        pid = os.fork()
        if pid == 0:
            _child(place, self.next_seed, self.report)
        self.pids[place] = pid
        self.counts["started"] += 1

    def reap(self) -> list[int]:
        """The places whose process has ended."""
        ended = []
        for place, pid in list(self.pids.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                ended.append(place)
                del self.pids[place]
                if os.WIFSIGNALED(status):
                    self.counts[signal.Signals(os.WTERMSIG(status)).name] += 1
                elif os.WEXITSTATUS(status):
                    self.counts["sealer cut off" if place == SEALER else "failed"] += 1
        return ended

    def revive(self) -> None:
        for place in self.reap():
            self.start(place)

    def strike(self) -> None:
        """Kill a process, or end its session on the server; most often in the middle of a transaction."""
        place = self.random.randrange(WRITERS + 1)
        found = self.server.execute(
            "SELECT pid, coalesce(state IN ('active', 'idle in transaction'), false) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = %s ORDER BY backend_start DESC LIMIT 1",
            [_name(place)],
        ).fetchone()
        if found is None:
            return  # not connected yet
        session, in_transaction = found
        if self.random.random() < 0.5:
            os.kill(self.pids[place], signal.SIGKILL)
            kind = "killed"
        else:
            ((ended,),) = self.server.execute("SELECT pg_terminate_backend(%s)", [session]).fetchall()
            if not ended:
                return
            kind = "terminated"
        self.counts[f"{'sealer' if place == SEALER else 'writer'} {kind}"] += 1
        self.counts[f"{kind} in a transaction"] += in_transaction

    def listen(self, seconds: float) -> None:
        """Read what the processes say, for so long."""
        until = time.monotonic() + seconds
        while select.select([self.reader], [], [], max(0, until - time.monotonic()))[0]:
            *lines, self.partial = (self.partial + os.read(self.reader, 65536)).split(b"\n")
            for line in lines:
                outcome, _, rest = line.decode().partition(" ")
                if outcome == "error":
                    self.errors.append(rest)
                else:
                    self.outcomes.setdefault(outcome, []).append(int(rest))
            if time.monotonic() >= until:
                break


def _name(place: int) -> str:
    return "sealer" if place == SEALER else f"writer {place}"


def _parameters() -> dict[str, Any]:
    parameters = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return {name: parameters[name] for name in names if parameters.get(name)}


def _child(place: int, seed: int, report: int) -> NoReturn:
    """The rest of a forked process. It ends without farewell: what it shares with the supervisor is not its own."""
    status = 0
    try:
        signal.signal(signal.SIGTERM, _stop)
        os.environ["PGAPPNAME"] = _name(place)
        if place == SEALER:
            seal(report)
        else:
            Writer(seed, report).work()
    except BaseException as error:  # a test reads it
        status = 1
        if not isinstance(error, Exception) or not is_cut_off(error):
            os.write(
                report, f"error {_name(place)}: {type(error).__name__}: {error}".replace("\n", " ").encode() + b"\n"
            )
    finally:
        os._exit(status)


def main() -> None:
    seed, seconds = int(sys.argv[1]), float(sys.argv[2])
    assert not settings.DEBUG
    json.dump(Supervisor(seed).run(seconds), sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
