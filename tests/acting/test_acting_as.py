"""Who acts, and for how long."""

import contextlib

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.acting import acting_as
from core.models import District, User, UserRole
from tests.acting.declared import declared, execute
from tests.factories.core import SchoolFactory, UserFactory

pytestmark = pytest.mark.django_db

NOBODY = {
    "role": "whitecross_anonymous",
    "actor_id": "",
    "schools": "{}",
    "district_id": "",
    "districts": "{}",
    "home_school": "",
}


def without_actor() -> dict[str, str]:
    return dict.fromkeys(declared(), "") | {"role": "none"}


def test_a_user_acts_with_role_schools_and_origin_until_the_block_ends():
    school = SchoolFactory.create()
    user = UserFactory.create(school=school)

    with acting_as(
        user, source="web", ip="203.0.113.7", user_agent="Firefox", request_id="r-1", reason="a parent asked"
    ):
        inside = declared()

    assert inside == {
        "role": "whitecross_nurse",
        "actor_id": str(user.pk),
        "schools": f"{{{school.pk}}}",
        "district_id": str(school.district_id),
        "districts": f"{{00000000-0000-0000-0000-000000000000,{school.district_id}}}",
        "home_school": str(school.pk),
        "source": "web",
        "ip": "203.0.113.7",
        "user_agent": "Firefox",
        "request_id": "r-1",
        "reason": "a parent asked",
    }
    assert declared() == without_actor()


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (UserRole.ADMIN, "whitecross_admin"),
        (UserRole.NURSE, "whitecross_nurse"),
        (UserRole.SCHOOL_ADMIN, "whitecross_school_admin"),
        (UserRole.DISTRICT_ADMIN, "whitecross_district_admin"),
        (UserRole.VIEWER, "whitecross_viewer"),
        (UserRole.COUNSELOR, "whitecross_counselor"),
    ],
)
def test_each_role_of_a_user_is_a_role_of_the_database(role, expected):
    with acting_as(UserFactory.create(role=role)):
        assert declared()["role"] == expected
        assert execute("SELECT current_user") == [(expected,)]


def test_every_role_of_a_user_is_covered_by_a_role_of_the_database():
    known = {name for (name,) in execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'whitecross%'")}

    assert {f"whitecross_{role.value.lower()}" for role in UserRole} <= known


def test_a_nested_actor_gives_way_to_the_outer_one():
    nurse = UserFactory.create(school=SchoolFactory.create())
    counselor = UserFactory.create(role=UserRole.COUNSELOR, school=SchoolFactory.create())

    with acting_as(nurse, source="web", ip="203.0.113.7"):
        outer = declared()
        with acting_as(counselor, reason="on behalf"):
            inner = declared()
        after = declared()

    assert inner["role"] == "whitecross_counselor"
    assert inner["schools"] == f"{{{counselor.school_id}}}"
    assert (inner["source"], inner["ip"], inner["reason"]) == ("web", "203.0.113.7", "on behalf")
    assert after == outer
    assert declared() == without_actor()


def lose_a_district() -> None:
    District.objects.create(name="Lost", code="LOST")
    raise LookupError


def go_on_after_an_error() -> None:
    with contextlib.suppress(DatabaseError):
        execute("SELECT 1 / 0")


def test_an_error_takes_the_actor_and_the_writes_of_its_block_back():
    nurse, admin = UserFactory.create(), UserFactory.create(role=UserRole.ADMIN)

    with acting_as(nurse):
        outer = declared()
        with pytest.raises(LookupError), acting_as(admin):
            lose_a_district()
        after = declared()

    assert after == outer
    assert not District.objects.filter(code="LOST").exists()


def test_an_error_of_the_database_takes_the_actor_back():
    with (
        pytest.raises(ProgrammingError, match="permission denied for table audit_logs"),
        acting_as(UserFactory.create()),
    ):
        execute("SELECT count(*) FROM audit_logs")

    assert declared() == without_actor()


def test_going_on_after_an_error_of_the_database_is_refused():
    with pytest.raises(transaction.TransactionManagementError, match="went on after"), acting_as(source="a command"):
        go_on_after_an_error()

    assert declared() == without_actor()


def test_without_a_user_the_owner_acts_from_a_source_and_for_a_reason():
    with acting_as(source="purge_records", reason="retention"):
        inside = declared()
        execute("SELECT count(*) FROM students")

    assert inside == without_actor() | {"source": "purge_records", "reason": "retention"}
    assert declared() == without_actor()


def test_without_a_user_inside_an_actor_the_actor_goes_on():
    nurse = UserFactory.create()

    with acting_as(nurse, source="web"), acting_as(reason="print"):
        inside = declared()

    assert (inside["role"], inside["actor_id"]) == ("whitecross_nurse", str(nurse.pk))
    assert (inside["source"], inside["reason"]) == ("web", "print")


@pytest.mark.parametrize(
    "somebody",
    [
        AnonymousUser,
        lambda: User(email="never@example.org", role=UserRole.ADMIN),
        lambda: UserFactory.create(is_active=False, role=UserRole.ADMIN, school=SchoolFactory.create()),
        lambda: UserFactory.create(is_active=False, is_superuser=True),
    ],
    ids=["anonymous", "never saved", "inactive", "inactive superuser"],
)
def test_an_unknown_or_inactive_user_is_nobody(somebody):
    user = somebody()

    with acting_as(user):
        inside = declared()

    assert {name: inside[name] for name in NOBODY} == NOBODY


def test_nobody_reads_no_student_and_may_look_up_who_logs_in():
    with acting_as(AnonymousUser()):
        execute("SELECT email, password FROM users")
        with pytest.raises(ProgrammingError, match="permission denied for table students"), transaction.atomic():
            execute("SELECT 1 FROM students")
        with pytest.raises(ProgrammingError, match="permission denied for table users"), transaction.atomic():
            execute("UPDATE users SET role = 'ADMIN'")


def test_declaring_takes_one_round_trip():
    user = UserFactory.create()

    with acting_as(AnonymousUser()), CaptureQueriesContext(connection) as captured, acting_as(user):
        pass

    statements = [query["sql"].split("(")[0] for query in captured.captured_queries]
    assert [sql.split(" ")[0] for sql in statements] == ["SAVEPOINT", "SELECT", "SELECT", "SELECT", "RELEASE"]
    assert sum("declare_actor" in query["sql"] for query in captured.captured_queries) == 1


def test_only_the_roles_of_the_web_may_declare_an_actor():
    def may(role: str) -> bool:
        asked = f"SELECT has_function_privilege('{role}', oid, 'EXECUTE') FROM pg_proc WHERE proname = 'declare_actor'"
        return bool(execute(asked)[0][0])

    assert [may(f"whitecross_{role}") for role in ("anonymous", *(role.value.lower() for role in UserRole))] == [
        True
    ] * 7
    assert not may("pg_monitor")  # some role that has what PUBLIC has


def test_a_schema_of_somebody_elses_does_not_change_what_is_looked_up():
    """The function runs with its owner's rights, so its search path is pinned."""
    school = SchoolFactory.create()
    user = UserFactory.create(school=school)
    execute(
        "CREATE TEMP TABLE users ON COMMIT DROP AS SELECT id, 'ADMIN'::text AS role, true AS is_superuser, "
        "school_id, district_id, is_active FROM public.users"
    )

    with acting_as(user):
        assert declared()["role"] == "whitecross_nurse"
