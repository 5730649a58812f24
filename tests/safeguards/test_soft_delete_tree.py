"""What belongs to a student goes and comes back with the student, in the database, on every path."""

import random
import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, models, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.errors import RestrictViolation

from core.admin.database_errors import explain
from core.database.soft_delete import OwnerIsDeletedError
from core.models import School, Student
from health.models import Allergy
from medications.models import MedicationLog, StudentMedication
from tests.core.soft_delete_rows import ONE_OF_EACH, SOFT_DELETED, live_counts, student_with_records
from tests.factories.core import MOMENT, SchoolFactory, StudentFactory, UserFactory
from tests.factories.health import AllergyFactory
from tests.factories.medications import MedicationFactory, MedicationLogFactory, StudentMedicationFactory
from tests.safeguards.actors import through_the_web
from tests.schema.rows import execute, query

LIVE_UNDER_DELETED = " UNION ALL ".join(
    f"SELECT count(*) FROM {model._meta.db_table} r JOIN students s ON s.id = r.student_id "
    "WHERE s.deleted_at IS NOT NULL AND r.deleted_at IS NULL"
    for model in SOFT_DELETED
    if model is not Student
)


def bare_sql(statement: str) -> Callable[[Student], object]:
    return lambda student: execute(statement, [student.pk])


DELETIONS = {
    "the instance": lambda student: student.delete(),
    "a queryset": lambda student: Student.objects.filter(pk=student.pk).delete(),
    "an update of a queryset": lambda student: Student.objects.filter(pk=student.pk).update(deleted_at=MOMENT),
    "raw SQL": bare_sql("UPDATE students SET deleted_at = now() WHERE id = %s"),
    "raw SQL in a CTE": bare_sql(
        "WITH gone AS (UPDATE students SET deleted_at = now() WHERE id = %s RETURNING id) SELECT * FROM gone"
    ),
    "an upsert": bare_sql(
        "INSERT INTO students (id, school_id, student_number, first_name, last_name, date_of_birth, grade, gender) "
        "SELECT id, school_id, student_number, 'x', 'y', date_of_birth, grade, gender FROM students WHERE id = %s "
        "ON CONFLICT (id) DO UPDATE SET deleted_at = now()"
    ),
    "a merge": bare_sql(
        "MERGE INTO students s USING (SELECT %s::uuid AS id) k ON s.id = k.id "
        "WHEN MATCHED THEN UPDATE SET deleted_at = now()"
    ),
}


def by_bulk_update(student: Student) -> None:
    student.deleted_at = MOMENT
    Student.all_objects.bulk_update([student], ["deleted_at"])


DELETIONS["bulk_update"] = by_bulk_update


@pytest.mark.django_db
@pytest.mark.parametrize("path", DELETIONS)
def test_every_way_to_delete_a_student_takes_the_records_along(path):
    student, other = student_with_records(), student_with_records()

    DELETIONS[path](student)

    assert live_counts() == ONE_OF_EACH
    assert Student.objects.get() == other
    marks = set()
    for model in SOFT_DELETED:
        marks.update(model.all_objects.deleted().values_list("deletion_id", "deleted_at"))
    assert len(marks) == 1
    execute("UPDATE students SET deleted_at = NULL WHERE id = %s", [student.pk])
    assert live_counts() == dict.fromkeys(ONE_OF_EACH, 2)


@pytest.mark.django_db
def test_each_of_many_students_takes_its_own_records_along_and_brings_its_own_back():
    students = [student_with_records() for _ in range(3)]
    gone = students[0].allergies.get()
    gone.delete()

    execute("UPDATE students SET deleted_at = now()")
    assert live_counts() == {}
    execute("UPDATE students SET deleted_at = NULL WHERE id = ANY (%s)", [[students[0].pk, students[2].pk]])

    expected = dict.fromkeys(ONE_OF_EACH, 2) | {"health.Allergy": 1}
    assert live_counts() == expected


@pytest.mark.django_db
def test_the_time_and_the_mark_of_a_deletion_do_not_change():
    student = student_with_records()
    student.delete()
    before = (student.deleted_at, student.deletion_id)

    execute("UPDATE students SET deleted_at = '2001-01-01', deletion_id = gen_random_uuid()")
    execute("UPDATE students SET deletion_id = NULL")
    execute("UPDATE allergies SET deletion_id = gen_random_uuid()")

    student.refresh_from_db()
    assert (student.deleted_at, student.deletion_id) == before
    student.restore()
    assert live_counts() == ONE_OF_EACH


@pytest.mark.django_db
def test_a_student_is_deleted_and_moved_and_restored_and_moved_at_once():
    student, school, other = student_with_records(), SchoolFactory.create(), SchoolFactory.create()

    execute("UPDATE students SET deleted_at = now(), school_id = %s WHERE id = %s", [school.pk, student.pk])
    assert live_counts() == {}
    assert Allergy.all_objects.get().school_id == school.pk
    execute("UPDATE students SET deleted_at = NULL, school_id = %s WHERE id = %s", [other.pk, student.pk])

    assert live_counts() == ONE_OF_EACH
    assert {model.objects.get().school_id for model in SOFT_DELETED} == {other.pk}


@pytest.mark.django_db
def test_a_live_record_cannot_be_put_under_a_deleted_student_and_the_message_says_why(refused):
    allergy = AllergyFactory.create()
    allergy.student.delete()
    live = AllergyFactory.create()

    with refused("The student of this row is deleted", IntegrityError) as restored:
        execute("UPDATE allergies SET deleted_at = NULL")
    with refused("The student of this row is deleted", IntegrityError):
        AllergyFactory.create(student=allergy.student)
    with refused("The student of this row is deleted", IntegrityError):
        Allergy.objects.filter(pk=live.pk).update(student=allergy.student)
    with (
        pytest.raises(RestrictViolation),
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy("COPY allergies (student_id, allergen) FROM STDIN") as copy,
    ):
        copy.write_row((allergy.student_id, "Nuts"))

    assert Allergy.objects.get() == live
    assert explain(restored.value) == "The student of this row is deleted. Restore the student first."


@pytest.mark.django_db
def test_the_web_sets_the_time_itself_and_needs_the_right_to_delete(refused):
    student = student_with_records()
    change = "UPDATE students SET deleted_at = '2001-01-01'"

    with (
        refused("may neither delete nor restore rows of students", ProgrammingError),
        through_the_web(grants="SELECT, INSERT, UPDATE"),
    ):
        execute(change)
    assert live_counts() == ONE_OF_EACH
    with through_the_web(grants="SELECT, UPDATE, DELETE"):
        execute(change)
    student.refresh_from_db()
    assert student.deleted_at is not None
    assert student.deleted_at.year > 2001
    assert live_counts() == {}
    with refused("may neither delete nor restore", ProgrammingError), through_the_web(grants="SELECT, UPDATE"):
        execute("UPDATE students SET deleted_at = NULL")
    with through_the_web(grants="SELECT, UPDATE, DELETE"):
        execute("UPDATE students SET deleted_at = NULL")

    assert live_counts() == ONE_OF_EACH


@pytest.mark.django_db
def test_the_web_adds_no_row_that_is_deleted_already(refused):
    student = StudentFactory.create()
    insert = "INSERT INTO allergies (student_id, allergen, deleted_at) VALUES (%s, 'Nuts', now())"

    with refused("cannot be a deleted one", IntegrityError), through_the_web():
        execute(insert, [student.pk])
    execute(insert, [student.pk])

    assert Allergy.all_objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_snapshot_that_could_miss_a_new_record_deletes_nothing(isolation):
    student = StudentFactory.create()

    with transaction.atomic():
        execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        with pytest.raises(DatabaseError, match="cannot be deleted or restored in a"), transaction.atomic():
            execute("UPDATE students SET deleted_at = now()")

    assert Student.objects.get() == student


# --- Two at once ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_no_live_record_is_ever_left_under_a_deleted_student():
    """400 times: one deletes and restores the students while another adds, deletes and restores their records."""
    students = StudentFactory.create_batch(3)
    medication = MedicationFactory.create()
    refusals: list[str] = []
    broken: list[BaseException] = []

    def work(seed: int, steps: list[Callable[[random.Random], object]]) -> None:
        generator = random.Random(seed)
        try:
            for _ in range(100):
                try:
                    with transaction.atomic():
                        generator.choice(steps)(generator)
                except (IntegrityError, OwnerIsDeletedError) as error:
                    refusals.append(str(error))
        except BaseException as error:  # told by the test
            broken.append(error)
        finally:
            connection.close()

    def delete_student(generator: random.Random) -> None:
        Student.objects.filter(pk=generator.choice(students).pk).delete()

    def restore_student(generator: random.Random) -> None:
        Student.all_objects.filter(pk=generator.choice(students).pk).restore()

    def add_allergy(generator: random.Random) -> None:
        execute("INSERT INTO allergies (student_id, allergen) VALUES (%s, 'Nuts')", [generator.choice(students).pk])

    def add_order(generator: random.Random) -> None:
        order = StudentMedicationFactory.create(student=generator.choice(students), medication=medication)
        MedicationLogFactory.create(student_medication=order)

    def restore_allergies(generator: random.Random) -> None:
        Allergy.all_objects.filter(student=generator.choice(students)).restore()

    def delete_allergies(generator: random.Random) -> None:
        Allergy.objects.filter(student=generator.choice(students)).delete()

    threads = [
        threading.Thread(target=work, args=(1, [delete_student, restore_student])),
        threading.Thread(target=work, args=(2, [delete_student, restore_student])),
        threading.Thread(target=work, args=(3, [add_allergy, add_order])),
        threading.Thread(target=work, args=(4, [add_allergy, delete_allergies, restore_allergies])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert broken == []
    assert set(query(LIVE_UNDER_DELETED)) == {(0,)}
    assert query(
        "SELECT count(*) FROM medication_logs l JOIN student_medications m ON m.id = l.student_medication_id "
        "WHERE m.deleted_at IS NOT NULL AND l.deleted_at IS NULL"
    ) == [(0,)]
    assert refusals, "the two never met"


# --- Against an oracle ------------------------------------------------------------------------------------------------


class Tree(RuleBasedStateMachine):
    """Students, orders and doses, and the same in Python; after each step both are equal."""

    students = Bundle("students")
    orders = Bundle("orders")
    doses = Bundle("doses")

    def __init__(self) -> None:
        super().__init__()
        self.owner: dict[uuid.UUID, uuid.UUID | None] = {}
        self.mark: dict[uuid.UUID, int | None] = {}  # of deleted rows
        self.table: dict[uuid.UUID, str] = {}
        self.numbers = iter(range(1, 10**6))

    @initialize()
    def begin(self) -> None:
        self.medication = MedicationFactory.create()
        self.nurse = UserFactory.create()
        self.schools = SchoolFactory.create_batch(2)

    def note(self, row: models.Model, owner: uuid.UUID | None) -> uuid.UUID:
        self.owner[row.pk], self.mark[row.pk], self.table[row.pk] = owner, None, row._meta.db_table
        return row.pk

    def refuses(self, statement: str, parameters: list[object]) -> bool:
        try:
            with transaction.atomic():
                execute(statement, parameters)
        except IntegrityError:
            return True
        return False

    @rule(target=students, school=st.integers(0, 1))
    def add_student(self, school: int) -> uuid.UUID:
        return self.note(StudentFactory.create(school=self.schools[school]), None)

    @rule(target=orders, student=students)
    def add_order(self, student: uuid.UUID) -> uuid.UUID:
        return self.add(
            "INSERT INTO student_medications (id, student_id, medication_id, dosage, frequency, start_date, "
            "prescribed_by) VALUES (%s, %s, %s, '1', 'daily', '2026-03-02', 'Dr. Ruth Day')",
            StudentMedication,
            student,
            self.medication.pk,
        )

    @rule(target=doses, order=orders)
    def add_dose(self, order: uuid.UUID) -> uuid.UUID:
        return self.add(
            "INSERT INTO medication_logs (id, student_medication_id, nurse_id, time_given, dosage_given) "
            "VALUES (%s, %s, %s, '2026-03-02T14:30:00Z', '1')",
            MedicationLog,
            order,
            self.nurse.pk,
        )

    def add(self, statement: str, model: type[models.Model], owner: uuid.UUID, other: uuid.UUID) -> uuid.UUID:
        row = model(pk=uuid.uuid4())
        if owner not in self.owner:
            return row.pk
        refused = self.refuses(statement, [row.pk, owner, other])
        assert refused == (self.mark[owner] is not None)
        return row.pk if refused else self.note(row, owner)

    @rule(rows=st.lists(st.one_of(students, orders, doses), max_size=3), by_sql=st.booleans())
    def delete(self, rows: list[uuid.UUID], by_sql: bool) -> None:
        for row in dict.fromkeys(row for row in rows if row in self.owner):
            execute(f"UPDATE {self.table[row]} SET deleted_at = now() WHERE id = %s", [row])
            if self.mark[row] is None:
                self.go(row, next(self.numbers))

    def go(self, row: uuid.UUID, mark: int) -> None:
        self.mark[row] = mark
        for owned, owner in self.owner.items():
            if owner == row and self.mark[owned] is None:
                self.go(owned, mark)

    @rule(row=st.one_of(students, orders, doses))
    def restore(self, row: uuid.UUID) -> None:
        if row not in self.owner:
            return
        owner = self.owner[row]
        refused = self.refuses(f"UPDATE {self.table[row]} SET deleted_at = NULL WHERE id = %s", [row])
        assert refused == (self.mark[row] is not None and owner is not None and self.mark[owner] is not None)
        if not refused and self.mark[row] is not None:
            self.come_back(row)

    def come_back(self, row: uuid.UUID) -> None:
        mark, self.mark[row] = self.mark[row], None
        for owned, owner in self.owner.items():
            if owner == row and self.mark[owned] == mark:
                self.come_back(owned)

    @rule(student=students, school=st.integers(0, 1))
    def move(self, student: uuid.UUID, school: int) -> None:
        Student.all_objects.filter(pk=student).update(school=self.schools[school])

    @invariant()
    def the_database_is_as_the_oracle_says(self) -> None:
        found: dict[uuid.UUID, uuid.UUID | None] = {}
        for model in (Student, StudentMedication, MedicationLog):
            found |= dict(model.all_objects.values_list("pk", "deletion_id"))
        assert {row: mark is not None for row, mark in found.items()} == {
            row: mark is not None for row, mark in self.mark.items()
        }
        # Rows bear one mark if, and only if, they went together.
        pairs = {(found[row], mark) for row, mark in self.mark.items() if mark is not None}
        assert len({mark for mark, _ in pairs}) == len({mark for _, mark in pairs}) == len(pairs)
        schools = dict(Student.all_objects.values_list("pk", "school_id"))
        for order, student, school in StudentMedication.all_objects.values_list("pk", "student_id", "school_id"):
            assert school == schools[student]
            for (of_dose,) in MedicationLog.all_objects.filter(student_medication=order).values_list("school_id"):
                assert of_dose == school


@pytest.mark.django_db
def test_the_tree_agrees_with_an_oracle():
    class InSavepoint(Tree):
        def __init__(self) -> None:
            super().__init__()
            self.savepoint = transaction.atomic()
            self.savepoint.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    run_state_machine_as_test(
        InSavepoint,
        settings=settings(
            max_examples=40,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not School.objects.exists()
