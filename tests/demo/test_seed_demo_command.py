import dataclasses
import datetime

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import GeneratedField

from accounts.declared_settings import SECOND_FACTOR_ROLES
from core.models import District, Student, User, UserRole
from demo.desk import COLUMNS
from demo.load import load
from demo.logins import DEMO_PASSWORD, LOGIN_ROLES, login_of
from demo.school_rows import make_schools
from demo.state import DEMO_TABLES, Holds, State, database_state, empty_demo_tables
from tests.factories.core import DistrictFactory, StudentFactory, UserFactory

EMPTY = State(Holds.NOTHING)
AS_OF = datetime.date(2026, 3, 3)


def seed(*options: str) -> None:
    call_command("seed_demo", "--students=150", "--as-of=2026-03-03", *options, verbosity=0)


def digests() -> dict[str, str]:
    """A digest of all rows of each table, keys included, but for what the database makes of its own accord.

    That is the declared settings, none of which is in force, and the keys of the history of the others. Who has to show
    a second factor is decided when the demo is loaded, not by its plan.
    """
    found = {}
    with connection.cursor() as cursor:
        for table in DEMO_TABLES:
            rows = {
                "system_configurations": "to_jsonb(rows) - 'updated_at'",
                "configuration_history": "to_jsonb(rows) - 'id'",
            }.get(table, "rows")
            order = "configuration_id" if table == "configuration_history" else "id"
            where = {
                "system_configurations": f"WHERE is_active AND key <> '{SECOND_FACTOR_ROLES.key}'",
                "configuration_history": f"WHERE config_key <> '{SECOND_FACTOR_ROLES.key}'",
            }.get(table, "")
            cursor.execute(f"SELECT md5(string_agg(({rows})::text, ' ' ORDER BY {order})) FROM {table} rows {where}")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.django_db
def test_equal_plans_load_equal_rows_keys_included(plan):
    load(plan, EMPTY)
    first = digests()

    load(plan, database_state())

    assert digests() == first


@pytest.mark.django_db
def test_another_seed_loads_other_rows_in_every_table(plan):
    load(plan, EMPTY)
    first = digests()

    load(dataclasses.replace(plan, seed=2), database_state())

    second = digests()
    assert [table for table in DEMO_TABLES if second[table] == first[table]] == ["legal_holds"]


def test_the_rows_do_not_depend_on_the_number_of_processes(plan):
    assert list(make_schools(plan, 2)) == list(make_schools(plan, 0))


def test_keys_ascend_and_have_the_form_of_version_7(plan):
    keys = [
        line.split(b"\t")[0].decode()
        for blocks in make_schools(plan, 0)
        for block in blocks
        if block.table == "vaccinations"
        for line in block.text.splitlines()
    ]

    assert keys == sorted(set(keys))
    assert {key[14] for key in keys} == {"7"}
    assert {key[19] for key in keys} <= set("89ab")


def test_only_columns_that_the_database_does_not_fill_are_loaded():
    fields = {
        model._meta.db_table: {field.column: field for field in model._meta.concrete_fields}
        for model in apps.get_models()
    }

    for table, columns in COLUMNS.items():
        names = columns.split()
        assert len(names) == len(set(names))
        assert not [name for name in names if isinstance(fields[table][name], GeneratedField)]
    assert "district_id" not in COLUMNS["students"].split()


@pytest.mark.django_db
def test_one_can_log_in_in_every_role_and_with_no_other_account(plan):
    load(plan, EMPTY)

    assert set(LOGIN_ROLES) == set(UserRole.values)
    for role in LOGIN_ROLES:
        user = User.objects.get(email=login_of(role))
        assert (user.role, user.is_active, user.is_superuser) == (role, True, False)
        assert user.check_password(DEMO_PASSWORD)
    others = User.objects.exclude(email__in=map(login_of, LOGIN_ROLES))
    assert others.count() > 10
    assert not any(user.has_usable_password() for user in others)


@pytest.mark.django_db
def test_the_logins_of_a_school_belong_to_the_first_one(plan):
    load(plan, EMPTY)

    staff = User.objects.filter(email__in=[login_of(role) for role in LOGIN_ROLES], school__isnull=False)
    assert {user.role for user in staff} == {"NURSE", "COUNSELOR", "SCHOOL_ADMIN", "VIEWER"}
    assert set(staff.values_list("school__code", flat=True)) == {"OH-0001-0001"}
    assert District.objects.get(staff__email=login_of("DISTRICT_ADMIN"), staff__school=None).code == "OH-0001"


@pytest.mark.django_db
def test_two_districts_and_six_schools_by_default(plan):
    load(plan, EMPTY)

    sizes = {
        district.code: [school.students.count() for school in district.schools.order_by("code")]
        for district in District.objects.all()
    }

    assert sizes == {"OH-0001": [32, 18, 25], "OH-0002": [31, 19, 25]}


@pytest.mark.django_db
def test_the_same_demo_is_not_loaded_twice(capsys, django_assert_max_num_queries):
    seed()
    before = digests()

    with django_assert_max_num_queries(4):
        seed()
        call_command("seed_demo", "--students=150", verbosity=0)

    assert capsys.readouterr().out.count("The demo district is there already: 1/150/2026-03-03. Nothing to do.") == 2
    assert digests() == before


@pytest.mark.django_db
@pytest.mark.parametrize("option", ["--seed=2", "--students=151", "--as-of=2026-03-04"])
def test_another_demo_is_replaced_only_by_force(option):
    seed()
    before = digests()

    with pytest.raises(CommandError, match="another demo in this database: seed/students/day 1/150/2026-03-03"):
        seed(option)
    assert digests() == before

    seed(option, "--force")
    assert digests() != before
    assert str(database_state().mark) != "1/150/2026-03-03"


@pytest.mark.django_db
def test_other_data_is_refused():
    DistrictFactory.create()

    with pytest.raises(CommandError, match="not empty and holds no demo"):
        seed()

    assert (District.objects.count(), Student.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_by_force_the_demo_goes_beside_other_data_and_is_never_replaced_there():
    student = StudentFactory.create()

    seed("--force")
    assert Student.objects.count() == 151
    with pytest.raises(CommandError, match="beside other data"):
        seed("--seed=2", "--force")

    assert Student.objects.filter(pk=student.pk).exists()
    assert Student.objects.count() == 151


@pytest.mark.django_db
def test_a_clash_with_other_data_loads_nothing_and_names_no_one():
    taken = login_of(UserRole.NURSE)
    UserFactory.create(email=taken)

    with pytest.raises(CommandError, match="clashes with what the database holds") as caught:
        seed("--force")

    assert taken not in str(caught.value)
    assert (User.objects.count(), District.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_an_error_in_the_middle_leaves_nothing(plan):
    seen = []

    def fail_at_the_third(rows):
        seen.append(rows)
        if len(seen) == 3:
            raise OSError("the terminal is gone")

    with pytest.raises(OSError, match="the terminal is gone"):
        load(plan, EMPTY, progress=fail_at_the_third)

    assert seen[2] > 100
    assert database_state() == EMPTY


@pytest.mark.django_db
def test_an_emptied_demo_is_nothing(plan):
    load(plan, EMPTY)
    assert database_state().holds is Holds.DEMO

    empty_demo_tables()

    assert database_state() == EMPTY


@pytest.mark.django_db
def test_a_table_of_another_program_is_other_data():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE invoices (id integer)")

    assert database_state() == State(Holds.OTHERS)


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["2025-08-25", "2025-12-28", "2026-07-15", "2028-02-29", "2026-11-22"])
@pytest.mark.parametrize("students", [1, 40])
def test_any_day_of_the_year_and_any_size_will_do(day, students):
    call_command("seed_demo", f"--students={students}", f"--as-of={day}", verbosity=0)

    assert Student.objects.count() == students


@pytest.mark.django_db
def test_a_district_needs_students():
    with pytest.raises(CommandError, match="--students should be 1 or more"):
        call_command("seed_demo", "--students=0")
