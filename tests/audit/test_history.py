"""From the log and the row as it is, every version comes back."""

import datetime
import itertools
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.history import Event, history_of, history_of_key
from audit.models import AuditAction
from core.acting import acting_as
from core.models import School, Student, UserRole
from health.models import GrowthMeasurement, HealthRecord, HealthRecordType
from tests.admin.pages import page
from tests.factories.core import (
    ContactFactory,
    DistrictFactory,
    SchoolFactory,
    StudentFactory,
    UserFactory,
    home_school,
)
from tests.factories.health import GrowthMeasurementFactory, HealthRecordFactory
from tests.schema.rows import execute, query

pytestmark = pytest.mark.django_db

STAMPS = {"updated_at", "updated_by"}


def values_of(row):
    """The columns as Python has them, without those that no image holds."""
    row.refresh_from_db()
    return {
        field.name: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.generated and field.name != "password"
    }


def values_in(version):
    assert version.values is not None
    return version.values


def told(version):
    return {name: change for name, change in version.changes.items() if name not in STAMPS}


def test_a_history_says_who_did_what_when_from_what_to_what_and_why():
    nurse = UserFactory.create(school=home_school())
    record = HealthRecordFactory.create(student__school=home_school(), title="Cough")
    ((before,),) = query("SELECT clock_timestamp()")

    with acting_as(nurse, source="web", ip="192.0.2.7", reason="Mistyped"):
        HealthRecord.objects.filter(pk=record.pk).update(title="Fever", record_type=HealthRecordType.INJURY)

    created, changed = history_of(record)
    assert (created.event, created.action, created.who, created.changes) == (
        Event.CREATED,
        AuditAction.CREATE,
        None,
        {},
    )
    assert (changed.event, changed.action, changed.who, changed.source, changed.reason, changed.ip_address) == (
        Event.CHANGED,
        AuditAction.UPDATE,
        nurse,
        "web",
        "Mistyped",
        "192.0.2.7",
    )
    assert told(changed) == {"title": ("Cough", "Fever"), "record_type": (record.record_type, HealthRecordType.INJURY)}
    assert isinstance(values_in(changed)["record_type"], HealthRecordType)
    assert before < changed.when


def test_values_come_back_in_the_types_of_the_model():
    growth = GrowthMeasurementFactory.create(height=Decimal("142.50"), weight=Decimal("38.10"))
    first = values_of(growth)

    GrowthMeasurement.objects.filter(pk=growth.pk).update(height=Decimal("143.00"), notes="Again")

    created, changed = history_of(growth)
    assert created.values == first
    assert changed.values == values_of(growth)
    assert changed.changes["height"] == (Decimal("142.50"), Decimal("143.00"))
    assert isinstance(values_in(created)["measurement_date"], datetime.date)
    assert "bmi" not in values_in(created)


def test_a_soft_deletion_and_a_restore_are_told_as_such():
    record = HealthRecordFactory.create()

    record.delete()
    record.restore()

    assert [version.event for version in history_of(record)] == [Event.CREATED, Event.DELETED, Event.RESTORED]


def test_a_row_older_than_the_log_has_the_version_it_had_then():
    execute("ALTER TABLE schools DISABLE TRIGGER schools_audit_insert")
    school = SchoolFactory.create(name="Oak Street")
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE schools ENABLE TRIGGER schools_audit_insert")
    first = values_of(school)

    (untouched,) = history_of(school)
    School.objects.filter(pk=school.pk).update(name="Elm Street")
    created, changed = history_of(school)

    assert (untouched.event, untouched.action, untouched.values) == (Event.CREATED, None, first)
    assert (created.event, created.action, created.when, created.values) == (
        Event.CREATED,
        None,
        school.created_at,
        first,
    )
    assert told(changed) == {"name": ("Oak Street", "Elm Street")}


def test_changes_in_one_transaction_stand_in_their_order():
    school = SchoolFactory.create(name="0")
    with transaction.atomic():
        for number in range(1, 6):
            School.objects.filter(pk=school.pk).update(name=str(number))

    versions = history_of(school)

    assert [values_in(version)["name"] for version in versions] == ["0", "1", "2", "3", "4", "5"]
    assert len({version.when for version in versions}) == 6


def test_an_erased_row_has_its_history_still():
    school = SchoolFactory.create(name="Oak Street")
    last = values_of(school)
    execute("DELETE FROM schools WHERE id = %s", [school.pk])

    created, erased = history_of_key(School, school.pk)

    assert (created.event, created.values) == (Event.CREATED, last)
    assert (erased.event, erased.action, erased.values) == (Event.ERASED, AuditAction.DELETE, None)


def test_a_password_is_in_no_version():
    user = UserFactory.create()
    user.set_password("another horse")
    user.save()

    for version in history_of(user):
        assert "password" not in values_in(version)
        assert "search_vector" not in values_in(version)


def test_a_history_takes_two_queries_however_long_it_is():
    school = SchoolFactory.create()
    nurse = UserFactory.create(role=UserRole.ADMIN)
    for number in range(10):
        with acting_as(nurse):
            School.objects.filter(pk=school.pk).update(name=str(number))

    with CaptureQueriesContext(connection) as captured:
        versions = history_of(school)

    assert (len(versions), len(captured)) == (11, 2)


def test_the_history_of_no_row_is_empty():
    assert history_of_key(School, "00000000-0000-7000-8000-000000000000") == []
    assert query("SELECT * FROM row_history('pg_authid', uuidv7())") == []
    assert query("SELECT * FROM row_history('audit_logs', uuidv7())") == []


# --- Every sequence of writes -----------------------------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=9)
FIRST, LAST = datetime.datetime.fromisoformat("1990-01-01"), datetime.datetime.fromisoformat("2100-01-01")
CHANGES = st.one_of(
    st.fixed_dictionaries({"title": TEXT}),
    st.fixed_dictionaries({"notes": st.none() | TEXT}),
    st.fixed_dictionaries({"attachments": st.lists(TEXT, max_size=3)}),
    st.fixed_dictionaries({"metadata": st.none() | st.dictionaries(TEXT, st.integers() | TEXT | st.booleans())}),
    st.fixed_dictionaries(
        {
            "is_confidential": st.booleans(),
            "follow_up_date": st.dates(FIRST.date(), LAST.date()) | st.none(),
        }
    ),
    st.fixed_dictionaries({"record_type": st.sampled_from(HealthRecordType)}),
    st.fixed_dictionaries({"record_date": st.datetimes(FIRST, LAST, timezones=st.just(datetime.UTC))}),
)
WRITES = st.lists(CHANGES | st.sampled_from(["delete", "restore", "nothing", "savepoint"]), max_size=12)


@given(WRITES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_every_version_comes_back(db, writes):
    record = HealthRecordFactory.create(title="First")
    everything = HealthRecord.all_objects.filter(pk=record.pk)
    expected = [values_of(record)]

    for write in writes:
        if write == "delete":
            record.delete()
        elif write == "restore":
            everything.restore()
        elif write == "nothing":
            execute("UPDATE health_records SET title = title WHERE id = %s", [record.pk])
        elif write == "savepoint":
            with transaction.atomic():
                everything.update(title="Undone")
                transaction.set_rollback(True)
        else:
            everything.update(**write)
        if (now := values_of(record)) != expected[-1]:
            expected.append(now)

    versions = history_of(record)
    assert [version.values for version in versions] == expected
    for earlier, later in itertools.pairwise(versions):
        assert later.values == values_in(earlier) | {name: new for name, (_, new) in later.changes.items()}
        assert all(values_in(earlier)[name] == old for name, (old, _) in later.changes.items())


# --- Whose history one may read ---------------------------------------------------------------------------------------


def length_for(user, row):
    with acting_as(user):
        return len(history_of(row))


def test_staff_read_the_history_of_rows_of_their_schools_only():
    district = home_school().district
    elsewhere = SchoolFactory.create(district=DistrictFactory.create())
    record = HealthRecordFactory.create(student=StudentFactory.create(school=home_school()))
    roles = {
        UserRole.ADMIN: 1,
        UserRole.NURSE: 1,
        UserRole.COUNSELOR: 1,
        UserRole.SCHOOL_ADMIN: 0,
        UserRole.DISTRICT_ADMIN: 0,
        UserRole.VIEWER: 0,
    }

    here = {
        role: length_for(UserFactory.create(role=role, school=home_school(), district=district), record)
        for role in UserRole
    }
    there = {
        role: length_for(UserFactory.create(role=role, school=elsewhere, district=elsewhere.district), record)
        for role in UserRole
    }

    assert here == roles
    assert there == {role: 1 if role == UserRole.ADMIN else 0 for role in UserRole}


def test_the_history_of_a_confidential_record_is_for_those_who_may_see_it():
    record = HealthRecordFactory.create(student=StudentFactory.create(school=home_school()), is_confidential=True)
    student = record.student
    viewers = {role: UserFactory.create(role=role, school=home_school()) for role in UserRole}

    assert {role: length_for(user, record) for role, user in viewers.items()} == {
        UserRole.ADMIN: 1,
        UserRole.NURSE: 1,
        UserRole.COUNSELOR: 1,
        UserRole.SCHOOL_ADMIN: 0,
        UserRole.DISTRICT_ADMIN: 0,
        UserRole.VIEWER: 0,
    }
    assert length_for(viewers[UserRole.VIEWER], student) == 1


def test_the_school_that_a_student_left_reads_the_history_no_more():
    old, new = SchoolFactory.create(), SchoolFactory.create()
    nurse = UserFactory.create(school=old)
    student = StudentFactory.create(school=old)
    before = length_for(nurse, student)

    Student.objects.filter(pk=student.pk).update(school=new)

    assert (before, length_for(nurse, student)) == (1, 0)
    assert length_for(UserFactory.create(school=new), student) == 2


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_tells_changes_in_words(client_as):
    nurse = client_as(UserRole.NURSE)
    student = StudentFactory.create(school=home_school())
    contact = ContactFactory.create(student=student, type="GUARDIAN", email=None)
    other = StudentFactory.create(school=home_school(), first_name="Mary", last_name="Jones", student_number="77")
    with acting_as(nurse.user, source="web", reason="Asked by the family"):
        type(contact).objects.filter(pk=contact.pk).update(type="PROVIDER", student=other, is_active=False)
    contact.refresh_from_db()
    contact.delete()

    text = nurse.get(page(type(contact), "history", contact.pk)).content.decode()

    plain = " ".join(strip_tags(text.partition("<ol")[2]).split())
    assert f"student from {student.last_name}, John ({student.student_number}) to Jones, Mary (77)" in plain
    assert "in use from Yes to No" in plain
    assert "kind from Guardian to Health care provider" in plain
    assert "PROVIDER" not in plain
    assert f"{nurse.user} changed 3 things, on " in plain
    assert "in the admin. " in plain
    assert "Reason: Asked by the family" in plain
    assert plain.index("deleted this contact") < plain.index("changed 3") < plain.index("made this contact")


def test_the_page_does_not_name_a_row_that_the_viewer_may_not_see(client_as):
    nurse = client_as(UserRole.NURSE)
    elsewhere = SchoolFactory.create(district=DistrictFactory.create())
    stranger = StudentFactory.create(school=elsewhere, first_name="Mary", last_name="Jones")
    record = HealthRecordFactory.create(student=stranger)
    HealthRecord.objects.filter(pk=record.pk).update(student=StudentFactory.create(school=home_school()))

    text = nurse.get(page(HealthRecord, "history", record.pk)).content.decode()

    assert "(not visible to you)" in text
    assert "Jones" not in text
