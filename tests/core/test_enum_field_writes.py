"""Enum columns written: one by one, in bulk, by default, and wrongly."""

from uuid import uuid4

import psycopg
import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext

from core.database.enums import EnumField
from core.models import User, UserRole
from health.models import Allergy, AllergySeverity, AllergyType, Screening, ScreeningOutcome, VitalSigns
from health.models.vital_signs import ConsciousnessLevel
from tests.factories.core import MOMENT, StudentFactory, UserFactory
from tests.factories.health import AllergyFactory, VitalSignsFactory

pytestmark = pytest.mark.django_db


def _user(n, **fields):
    return User(email=f"user{n}@example.org", password="x", first_name="Nora", last_name=f"Nurse{n}", **fields)


def _complete_user(n, **fields):
    """A user of whom nothing is left to a default of the database."""
    defaults = dict.fromkeys(("is_superuser", "email_verified", "must_change_password"), False)
    times = {"created_at": MOMENT, "updated_at": MOMENT}
    return _user(n, **{"id": uuid4(), "role": UserRole.NURSE, "is_active": True} | defaults | times | fields)


def test_a_member_and_its_text_are_written_alike():
    UserFactory.create(role=UserRole.COUNSELOR)
    UserFactory.create(role="COUNSELOR")

    assert set(User.objects.values_list("role", flat=True)) == {UserRole.COUNSELOR}


def test_the_database_gives_the_default():
    user = _user(1)
    user.save()

    assert user.role is UserRole.VIEWER
    assert (
        User.objects.create(email="b@example.org", password="x", first_name="B", last_name="B").role is UserRole.VIEWER
    )


def test_a_refreshed_row_holds_members():
    user = UserFactory.create(role="NURSE")
    User.objects.update(role="ADMIN")

    user.refresh_from_db()

    assert user.role is UserRole.ADMIN
    assert user.get_role_display() == "Administrator"


def test_null_is_written_and_read_back():
    signs = VitalSignsFactory.create(consciousness="PAIN")

    signs.consciousness = None
    signs.save()

    assert VitalSigns.objects.get().consciousness is None
    assert VitalSigns.objects.get().get_consciousness_display() is None


def test_a_bulk_insert_leaves_defaults_to_the_database():
    User.objects.bulk_create([_user(1), _user(2, role=UserRole.ADMIN), _user(3, role="NURSE")])

    assert list(User.objects.order_by("email").values_list("role", flat=True)) == [
        UserRole.VIEWER,
        UserRole.ADMIN,
        UserRole.NURSE,
    ]


def test_a_bulk_insert_of_complete_rows_goes_through_unnest():
    common = {
        "student": StudentFactory.create(),
        "screening_type": "VISION",
        "screening_date": MOMENT.date(),
        "screened_by": "Nora",
        "referral_required": False,
        "follow_up_required": False,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    with CaptureQueriesContext(connection) as queries:
        Screening.objects.bulk_create(
            [Screening(id=uuid4(), outcome=outcome, **common) for outcome in (ScreeningOutcome.PASS, "REFER")]
        )

    (insert,) = [query["sql"] for query in queries if query["sql"].startswith("INSERT")]
    assert "UNNEST(" in insert
    assert '::"ScreeningOutcome"[]' in insert
    assert set(Screening.objects.values_list("outcome", flat=True)) == {ScreeningOutcome.PASS, ScreeningOutcome.REFER}


def test_a_bulk_insert_through_unnest_takes_nulls():
    student = StudentFactory.create()
    common = {
        "student": student,
        "measurement_date": MOMENT,
        "measured_by": "Nora",
        "temperature_unit": "F",
        "oxygen_supplemental": False,
        "created_at": MOMENT,
        "updated_at": MOMENT,
    }
    with CaptureQueriesContext(connection) as queries:
        VitalSigns.objects.bulk_create(
            [VitalSigns(id=uuid4(), consciousness=level, **common) for level in (None, ConsciousnessLevel.ALERT, None)]
        )

    (insert,) = [query["sql"] for query in queries if query["sql"].startswith("INSERT")]
    assert "UNNEST(" in insert
    assert VitalSigns.objects.filter(consciousness=None).count() == 2
    assert VitalSigns.objects.filter(consciousness="ALERT").count() == 1


def test_a_bulk_insert_may_ignore_conflicts():
    _user(1, role=UserRole.NURSE).save()

    User.objects.bulk_create([_complete_user(1, role="ADMIN"), _complete_user(2)], ignore_conflicts=True)

    assert User.objects.get(email="user1@example.org").role is UserRole.NURSE
    assert User.objects.count() == 2


def test_a_bulk_insert_may_update_conflicts():
    _user(1, role=UserRole.NURSE).save()

    User.objects.bulk_create(
        [_complete_user(1, role="ADMIN"), _complete_user(2, role="COUNSELOR")],
        update_conflicts=True,
        unique_fields=["email"],
        update_fields=["role"],
    )

    assert list(User.objects.order_by("email").values_list("role", flat=True)) == [UserRole.ADMIN, UserRole.COUNSELOR]


def test_a_bulk_update_sets_each_row_its_own_value():
    student = StudentFactory.create()
    rows = AllergyFactory.create_batch(3, student=student)
    for row, severity in zip(rows, ("MILD", AllergySeverity.SEVERE, AllergySeverity.LIFE_THREATENING), strict=True):
        row.severity = severity
        row.allergy_type = AllergyType.INSECT

    changed = Allergy.objects.bulk_update(rows, ["severity", "allergy_type"])

    assert changed == 3
    assert list(Allergy.objects.order_by("id").values_list("severity", "allergy_type")) == [
        (AllergySeverity.MILD, AllergyType.INSECT),
        (AllergySeverity.SEVERE, AllergyType.INSECT),
        (AllergySeverity.LIFE_THREATENING, AllergyType.INSECT),
    ]


def test_a_bulk_update_sets_null():
    rows = VitalSignsFactory.create_batch(2, consciousness="ALERT")
    rows[0].consciousness = None

    VitalSigns.objects.bulk_update(rows, ["consciousness"])

    assert VitalSigns.objects.filter(consciousness=None).count() == 1


def test_an_update_by_queryset_takes_members_texts_and_expressions():
    UserFactory.create(role="NURSE")

    assert User.objects.filter(role="NURSE").update(role=UserRole.ADMIN) == 1
    assert User.objects.update(role="COUNSELOR") == 1
    assert User.objects.update(role=F("role")) == 1
    assert User.objects.update(role=Value("NURSE", output_field=EnumField(UserRole))) == 1
    assert User.objects.get().role is UserRole.NURSE
    assert User.objects.update(role=Cast(Value("VIEWER"), EnumField(UserRole))) == 1
    assert User.objects.get().role is UserRole.VIEWER


def test_get_or_create_and_update_or_create():
    fields = {"password": "x", "first_name": "Nora", "last_name": "Nurse"}

    made, was_made = User.objects.get_or_create(email="a@example.org", role="NURSE", defaults=fields)
    found, was_made_again = User.objects.get_or_create(email="a@example.org", role=UserRole.NURSE, defaults=fields)
    changed, was_new = User.objects.update_or_create(email="a@example.org", defaults={"role": UserRole.ADMIN})

    assert (was_made, was_made_again, was_new) == (True, False, False)
    assert made == found == changed
    assert User.objects.get().role is UserRole.ADMIN


@pytest.mark.parametrize("bogus", ["BOGUS", "nurse", "NURSE ", "", 7])
def test_a_bogus_value_is_refused_before_it_reaches_the_database(bogus):
    with CaptureQueriesContext(connection) as queries, pytest.raises(ValidationError) as caught, transaction.atomic():
        User.objects.create(email="a@example.org", password="x", first_name="A", last_name="A", role=bogus)

    assert [query["sql"].split()[0] for query in queries] == ["SAVEPOINT", "ROLLBACK", "RELEASE"]
    assert caught.value.messages == [
        f"“{bogus}” is not a value of role. "
        "It should be one of: ADMIN, NURSE, SCHOOL_ADMIN, DISTRICT_ADMIN, VIEWER, COUNSELOR."
    ]
    assert not User.objects.exists()


def test_a_bogus_value_is_refused_in_bulk():
    user = UserFactory.create(role="NURSE")
    user.role = "BOGUS"

    with pytest.raises(ValidationError), transaction.atomic():
        User.objects.bulk_update([user], ["role"])
    with pytest.raises(ValidationError), transaction.atomic():
        User.objects.bulk_create([_user(8, role="ADMIN"), _user(9, role="BOGUS")])
    with pytest.raises(ValidationError), transaction.atomic():
        User.objects.update(role="BOGUS")

    assert list(User.objects.values_list("role", flat=True)) == [UserRole.NURSE]


def test_the_database_refuses_a_bogus_value_of_raw_sql(refused):
    UserFactory.create(role="NURSE")

    refusal = refused('invalid input value for enum "UserRole": "BOGUS"', DataError)
    with connection.cursor() as cursor, refusal as caught:
        cursor.execute("UPDATE users SET role = 'BOGUS'")

    assert isinstance(caught.value.__cause__, psycopg.errors.InvalidTextRepresentation)
    assert User.objects.get().role is UserRole.NURSE


def test_a_value_that_only_the_database_knows_is_read_as_text():
    UserFactory.create(role="NURSE")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TYPE \"Newer\" AS ENUM ('NURSE', 'ROBOT')")
        cursor.execute('CREATE TABLE newer_users (id uuid, role "Newer")')
        cursor.execute("INSERT INTO newer_users SELECT id, 'ROBOT' FROM users")

    (user,) = User.objects.raw("SELECT id, role FROM newer_users")

    assert user.role == "ROBOT"
    assert type(user.role) is str
    assert user.get_role_display() == "ROBOT"


def test_a_copy_to_and_from_the_server_speaks_the_type():
    UserFactory.create(role="NURSE")
    with connection.cursor() as cursor, cursor.copy("COPY (SELECT role FROM users) TO STDOUT") as copy:
        lines = list(copy)

    assert [bytes(line) for line in lines] == [b"NURSE\n"]
