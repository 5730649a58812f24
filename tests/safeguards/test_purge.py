"""What need be kept no longer is erased, and nothing else; and the command says which is which."""

import datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from configuration.changing import put, take_back
from configuration.models import ConfigScope, ConfigValueType, SystemConfiguration
from configuration.resolving import Holder
from core import purging
from core.models import Contact, Student
from core.purging import Outcome, PurgeRefusedError, find_student, parse_age, purge
from health.models import Allergy, HealthRecord
from medications.models import MedicationLog, StudentMedication
from tests.core.soft_delete_rows import ONE_OF_EACH, SOFT_DELETED, live_counts, student_with_records
from tests.factories.core import (
    ContactFactory,
    DistrictFactory,
    LegalHoldFactory,
    SchoolFactory,
    StudentFactory,
    UserFactory,
)
from tests.factories.health import AllergyFactory, HealthRecordFactory
from tests.schema.rows import execute, query

pytestmark = pytest.mark.django_db

NOW = timezone.now()
NO_AGE = datetime.timedelta(0)


def days_ago(days):
    return NOW - datetime.timedelta(days=days)


def keep(table, years, scope=ConfigScope.SYSTEM, scope_id=None):
    put(f"retention.{table}", years, Holder(scope, scope_id), reason="Test")


def keep_all(years):
    for model in SOFT_DELETED:
        keep(model._meta.db_table, years)


def run(*arguments):
    output = StringIO()
    call_command("purge_records", "--reason", "Retention has passed", *arguments, stdout=output, no_color=True)
    return output.getvalue()


def deleted_record(deleted_at, record_date, **fields):
    return HealthRecordFactory.create(deleted_at=deleted_at, record_date=record_date, **fields)


def counts():
    return {model._meta.label: number for model in SOFT_DELETED if (number := model.all_objects.count())}


def day_of(record) -> str:
    """The schools' day of a record, as the table says it."""
    return timezone.localdate(record.record_date).isoformat()


def test_without_execute_nothing_changes_and_the_table_says_what_would():
    keep("health_records", 7)
    old = deleted_record(days_ago(31), days_ago(8 * 366))
    young = deleted_record(days_ago(31), days_ago(6 * 365))
    recent = deleted_record(days_ago(29), days_ago(8 * 366))
    HealthRecordFactory.create(record_date=days_ago(20 * 366))

    output = run()

    assert HealthRecord.all_objects.count() == 4
    assert "health_records" in output
    lines = [line.split(maxsplit=3) for line in output.splitlines() if line.startswith("health_records")]
    assert lines == [
        ["health_records", "1", day_of(old)],
        ["health_records", "1", day_of(recent), "deleted not long enough ago"],
        ["health_records", "1", day_of(young), "retention of 7 years has not passed"],
    ]
    assert output.endswith("Would erase 1 row. Nothing was changed: --execute erases.\n")


def test_with_execute_exactly_those_rows_go():
    keep("health_records", 7)
    old = deleted_record(days_ago(31), days_ago(8 * 366))
    kept = [
        deleted_record(days_ago(31), days_ago(6 * 365)),
        deleted_record(days_ago(29), days_ago(8 * 366)),
        HealthRecordFactory.create(record_date=days_ago(20 * 366)),
    ]

    assert run("--execute").endswith("Erased: 1 row.\n")

    assert set(HealthRecord.all_objects.all()) == set(kept)
    assert old not in kept


def test_a_class_without_a_period_is_kept_and_named():
    deleted_record(days_ago(3660), days_ago(3660))

    output = run("--execute")

    assert HealthRecord.all_objects.count() == 1
    assert "no retention period is set (retention.health_records)" in output
    assert "Erased: 0 rows." in output


@pytest.mark.parametrize(("text", "expected"), [("90d", 90), ("7y", 2556.75), ("1Y", 365.25), ("0d", 0)])
def test_an_age_is_days_or_years(text, expected):
    assert parse_age(text) == datetime.timedelta(days=expected)


@pytest.mark.parametrize("text", ["", "7", "y", "-7y", "7 weeks", "1.5y"])
def test_what_is_no_age_is_refused(text):
    with pytest.raises(CommandError, match="should be a number of days or years"):
        run("--older-than", text) if not text.startswith("-") else run(f"--older-than={text}")


def test_the_nearest_scope_holds():
    others = DistrictFactory.create_batch(3)
    near, district, far = (StudentFactory.create(school=SchoolFactory.create(district=other)) for other in others)
    near.refresh_from_db()
    district.refresh_from_db()
    keep("health_records", 20)
    keep("health_records", 1, ConfigScope.DISTRICT, district.district_id)
    keep("health_records", 30, ConfigScope.DISTRICT, near.district_id)
    keep("health_records", Decimal("0.5"), ConfigScope.SCHOOL, near.school_id)
    rows = {student: deleted_record(days_ago(31), days_ago(400), student=student) for student in (near, district, far)}

    found = purge("Test", execute=True)

    assert list(HealthRecord.all_objects.all()) == [rows[far]]
    assert [outcome.rows for outcome in found.outcomes] == [2, 1]
    assert found.erased == 2


@pytest.mark.parametrize("value", ["seven", "-1", "NaN", "151"])
def test_a_period_that_is_no_number_is_refused(value, refused):
    with refused("retention.allergies should be a number from 0 to 150"):
        execute("UPDATE system_configurations SET value = %s WHERE key = 'retention.allergies'", [value])


def test_a_period_that_is_no_number_stops_everything():
    """Of a class that was declared as something else."""
    SystemConfiguration.objects.create(key="retention.teeth", value="7", value_type=ConfigValueType.STRING)

    with pytest.raises(CommandError, match=r"numbers of years.*retention\.teeth"):
        run()


def test_a_school_that_sets_nothing_keeps_its_records_whatever_the_system_says():
    keep("health_records", 1)
    school = SchoolFactory.create()
    keep("health_records", None, ConfigScope.SCHOOL, school.pk)
    deleted_record(days_ago(31), days_ago(400), student=StudentFactory.create(school=school))

    found = purge("Test", execute=True)

    assert [outcome.kept_because for outcome in found.outcomes] == [
        "no retention period is set (retention.health_records)"
    ]


def test_a_row_is_as_old_as_the_last_day_it_speaks_of():
    keep("allergies", 5)
    student = StudentFactory.create()
    for diagnosed in (days_ago(10 * 366), days_ago(100), None):
        AllergyFactory.create(
            student=student,
            diagnosed_date=diagnosed and diagnosed.date(),
            created_at=days_ago(20 * 366),
            deleted_at=days_ago(60),
        )

    purge("Test", execute=True)

    assert Allergy.all_objects.get().diagnosed_date == days_ago(100).date()


def test_a_student_goes_with_everything_once_all_has_passed():
    keep_all(0)
    student, other = student_with_records(), student_with_records()
    student.delete()

    with pytest.raises(CommandError, match="Not all about the student may be erased"):
        run("--student", student.student_number)  # deleted today, and the default is 30 days
    assert counts() == dict.fromkeys(ONE_OF_EACH, 2)
    output = run("--student", str(student.pk), "--older-than", "0d", "--execute")

    assert "Erased: 14 rows." in output
    assert counts() == ONE_OF_EACH == live_counts()
    assert Student.objects.get() == other


def test_a_student_stays_while_something_of_the_student_does():
    keep_all(0)
    take_back("retention.allergies", reason="Test")
    student = student_with_records()
    student.delete()

    with pytest.raises(PurgeRefusedError, match="1 allergies: no retention period") as caught:
        purge("Test", older_than=NO_AGE, student=student, execute=True)
    assert counts() == ONE_OF_EACH
    assert student.last_name not in str(caught.value)
    found = purge("Test", older_than=NO_AGE, execute=True)

    assert counts() == {"core.Student": 1, "health.Allergy": 1}
    assert Outcome("students", 1, timezone.localdate(), "something that belongs to it is kept") in found.kept


def test_an_order_stays_while_a_dose_does():
    keep("student_medications", 0)
    student_with_records()
    StudentMedication.objects.all().delete()

    purge("Test", older_than=NO_AGE, execute=True)

    assert (StudentMedication.all_objects.count(), MedicationLog.all_objects.count()) == (1, 1)


def test_a_legal_hold_stops_the_purge_of_its_student_and_is_named_by_key():
    keep_all(0)
    held, other = student_with_records(last_name="Quimby"), student_with_records()
    LegalHoldFactory.create(student=held)
    held.delete()
    other.delete()

    with pytest.raises(CommandError, match="legal hold"):
        run("--student", str(held.pk), "--older-than", "0d", "--execute")
    output = run("--older-than", "0d", "--execute")

    assert f"Under a legal hold: student {held.pk}" in output
    assert "Quimby" not in output
    assert set(counts().values()) == {1}
    assert Student.all_objects.get() == held


def test_a_contact_of_nobody_is_purged_by_the_system_s_period():
    keep("contacts", 0)
    ContactFactory.create(student=None).delete()

    purge("Test", older_than=NO_AGE, execute=True)

    assert not Contact.all_objects.exists()


def test_a_student_who_is_live_unknown_or_ambiguous_is_not_purged():
    live = StudentFactory.create(student_number="S-1042")

    with pytest.raises(PurgeRefusedError, match="not deleted"):
        find_student("S-1042")
    with pytest.raises(PurgeRefusedError, match="no student"):
        find_student("S-9999")
    live.delete()
    assert find_student("S-1042") == find_student(str(live.pk)) == live
    StudentFactory.create(student_number="S-1042").delete()
    with pytest.raises(PurgeRefusedError, match="2 deleted students"):
        find_student("S-1042")


def test_the_purge_is_declared_with_its_reason_source_and_actor_while_it_erases():
    keep("contacts", 0)
    ContactFactory.create().delete()
    user = UserFactory.create()
    execute("CREATE TABLE seen (reason text, purge text, source text, actor text)")
    execute(
        "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen SELECT "
        "current_setting('whitecross.reason'), current_setting('whitecross.purge'), "
        "current_setting('whitecross.source'), current_setting('whitecross.actor_id'); RETURN NULL; END $$"
    )
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("CREATE TRIGGER see AFTER DELETE ON contacts FOR EACH STATEMENT EXECUTE FUNCTION see()")

    run("--older-than", "0d", "--execute", "--actor", user.email.upper())

    reason = "Retention has passed"
    assert query("SELECT * FROM seen") == [(reason, reason, "purge_records", str(user.pk))]
    assert query("SELECT current_setting('whitecross.purge'), current_setting('whitecross.actor_id')") == [("", "")]


def test_a_row_restored_after_it_was_chosen_stops_the_purge(monkeypatch):
    keep("contacts", 0)
    restored, other = ContactFactory.create_batch(2)
    Contact.objects.all().delete()
    erase = purging._erase

    def restore_first(cursor, table):
        Contact.all_objects.filter(pk=restored.pk).restore()
        return erase(cursor, table)

    monkeypatch.setattr(purging, "_erase", restore_first)
    with pytest.raises(PurgeRefusedError, match="restored meanwhile"):
        purge("Test", older_than=NO_AGE, execute=True)

    assert set(Contact.all_objects.deleted()) == {restored, other}


def test_an_actor_must_be_an_active_user_and_a_reason_is_needed():
    UserFactory.create(email="gone@example.org", is_active=False)

    with pytest.raises(CommandError, match="no active user"):
        run("--actor", "gone@example.org")
    with pytest.raises(CommandError, match="needs a reason"):
        call_command("purge_records", "--reason", " ")
    with pytest.raises(CommandError, match="--reason"):
        call_command("purge_records")


def test_the_number_of_statements_does_not_grow_with_the_rows(django_assert_max_num_queries):
    keep_all(0)
    for _ in range(10):
        student_with_records()
    Student.objects.all().delete()

    with django_assert_max_num_queries(75):
        found = purge("Test", older_than=NO_AGE, execute=True)

    assert found.erased == 140
    assert counts() == {}
