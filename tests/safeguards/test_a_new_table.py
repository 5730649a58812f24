"""A table that is added without the guard is found, and each thing that it lacks is named."""

import pytest
from django.db import connection

from core.schema.safeguards import missing_safeguards, role_problems
from tests.safeguards.two_districts import taken_back
from tests.schema.rows import execute, need_superuser, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

NEW_TABLE = """
CREATE TABLE dental_checks (
    id uuid PRIMARY KEY, student_id uuid REFERENCES students ON DELETE CASCADE, school_id uuid, finding text,
    created_by uuid, updated_at timestamptz, deleted_at timestamptz, deletion_id uuid
);
"""
COMMENT = "COMMENT ON COLUMN dental_checks.{} IS 'PHI: what was found';"
COLUMNS = ("id", "student_id", "school_id", "finding", "created_by", "updated_at", "deleted_at", "deletion_id")
LACKING = {
    "has no row security",
    "is granted to no role: say in core.roles who may do what",
    "has no audit of INSERT",
    "has no audit of UPDATE",
    "has no audit of DELETE",
    "has no guard against TRUNCATE",
    "is not stamped at UPDATE",
    "is not stamped at INSERT",
    "has PHI and no guard against DELETE",
    "is soft-deleted and its deletions are not marked",
    "has PHI and no policy for whitecross_emergency",
}
# What gives the table each of these things, one after the other.
REMEDIES = {
    "ALTER TABLE dental_checks ENABLE ROW LEVEL SECURITY": {"has no row security"},
    "CREATE POLICY p ON dental_checks TO whitecross_app USING (school_id = ANY "
    "(nullif(current_setting('whitecross.schools', true), '')::uuid[]))": set(),
    "CREATE POLICY q ON dental_checks TO whitecross_emergency USING (student_id = ANY (emergency_students()))": {
        "has PHI and no policy for whitecross_emergency"
    },
    "GRANT SELECT ON dental_checks TO whitecross_nurse": {"is granted to no role: say in core.roles who may do what"},
    "CREATE TRIGGER a AFTER INSERT ON dental_checks REFERENCING NEW TABLE AS _new FOR EACH STATEMENT "
    "EXECUTE FUNCTION audit_records()": {"has no audit of INSERT"},
    "CREATE TRIGGER b AFTER UPDATE ON dental_checks REFERENCING OLD TABLE AS _old NEW TABLE AS _new "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_records()": {"has no audit of UPDATE"},
    "CREATE TRIGGER c AFTER DELETE ON dental_checks REFERENCING OLD TABLE AS _old FOR EACH STATEMENT "
    "EXECUTE FUNCTION audit_records()": {"has no audit of DELETE"},
    "CREATE TRIGGER d BEFORE TRUNCATE ON dental_checks FOR EACH STATEMENT EXECUTE FUNCTION guard_delete()": {
        "has no guard against TRUNCATE"
    },
    "CREATE TRIGGER e BEFORE UPDATE ON dental_checks FOR EACH ROW EXECUTE FUNCTION stamp_row()": {
        "is not stamped at UPDATE"
    },
    "CREATE TRIGGER f BEFORE INSERT ON dental_checks FOR EACH ROW EXECUTE FUNCTION stamp_row()": {
        "is not stamped at INSERT"
    },
    "CREATE TRIGGER g BEFORE DELETE ON dental_checks FOR EACH ROW EXECUTE FUNCTION guard_delete()": {
        "has PHI and no guard against DELETE"
    },
    "CREATE TRIGGER h BEFORE UPDATE ON dental_checks FOR EACH ROW EXECUTE FUNCTION mark_deletion()": {
        "is soft-deleted and its deletions are not marked"
    },
}


def lacking(table: str = "dental_checks") -> set[str]:
    with connection.cursor() as cursor:
        return {problem for name, problem in missing_safeguards(cursor).found if name == table}


def problems_of_roles() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        return role_problems(cursor).found


def add_table() -> None:
    execute(NEW_TABLE + "".join(COMMENT.format(column) for column in COLUMNS))


def test_the_tables_of_today_lack_nothing(db):
    with connection.cursor() as cursor:
        problems = missing_safeguards(cursor)
        assert problems.found == []
        assert problems.checked > 200
        assert role_problems(cursor).found == []


def test_each_thing_that_a_new_table_lacks_is_named_until_it_has_it(db):
    with taken_back():
        add_table()
        missing = set(LACKING)
        assert lacking() == missing
        for remedy, names in REMEDIES.items():
            execute(remedy)
            missing -= names
            assert lacking() == missing, remedy
        assert missing == set()


def test_a_new_table_without_comments_or_school_is_named(db):
    with taken_back():
        execute(NEW_TABLE)
        assert f"has no comment on {', '.join(COLUMNS)}: say whether it is PHI" in lacking()
    with taken_back():
        add_table()
        execute("ALTER TABLE dental_checks DROP COLUMN school_id")
        assert "has PHI and no school_id, by which row security finds it" in lacking()


def test_a_new_table_granted_without_a_policy_for_the_reach_is_named(db):
    with taken_back():
        add_table()
        execute("GRANT SELECT ON dental_checks TO whitecross_viewer, whitecross_district_admin")
        execute("CREATE POLICY p ON dental_checks TO whitecross_district USING (false)")
        assert "is granted to whitecross_viewer and has no policy for whitecross_app" in lacking()
        assert not any("whitecross_district_admin" in problem for problem in lacking())


@pytest.mark.parametrize("trigger", ["guard_delete", "audit_students", "stamp_row"])
def test_a_trigger_that_is_disabled_counts_for_none(db, trigger):
    triggers = query(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'students'::regclass AND tgfoid = %s::regproc", [trigger]
    )
    assert triggers
    for (name,) in triggers:
        with taken_back():
            execute(f"ALTER TABLE students DISABLE TRIGGER {name}")
            assert len(lacking("students")) == 1, name


def test_a_function_that_anybody_may_use_with_the_owners_rights_is_named(db):
    with taken_back():
        execute("GRANT EXECUTE ON FUNCTION file_under_student() TO PUBLIC")
        execute("CREATE FUNCTION of_the_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
        assert problems_of_roles() == [
            ("file_under_student", "may be called, or hung on a temporary table, by anybody"),
            ("of_the_owner", "may be called, or hung on a temporary table, by anybody"),
            ("of_the_owner", "runs as its owner and has no search_path of its own"),
        ]


@pytest.mark.parametrize(
    ("change", "role"),
    [
        ("GRANT DELETE ON students TO whitecross_viewer", "whitecross_viewer"),
        ("GRANT TRUNCATE ON students TO whitecross_nurse", "whitecross_nurse"),
        ("GRANT TRIGGER ON allergies TO whitecross_nurse", "whitecross_nurse"),
        ("REVOKE INSERT ON allergies FROM whitecross_nurse", "whitecross_nurse"),
        ("GRANT SELECT ON health_records TO PUBLIC", "whitecross_viewer"),
        ("GRANT SELECT ON health_records TO whitecross_viewer", "whitecross_viewer"),
        ("GRANT SELECT ON health_records TO whitecross_anonymous", "whitecross_anonymous"),
        ("GRANT SELECT ON health_records TO whitecross_app", "whitecross_viewer"),
        ("GRANT INSERT ON audit_logs TO whitecross_admin", "whitecross_admin"),
        ("GRANT UPDATE (old_row) ON audit_logs TO whitecross_admin", "whitecross_admin"),
        ("GRANT SELECT (old_row) ON audit_logs TO whitecross_school_admin", "whitecross_school_admin"),
        ("GRANT SELECT ON audit_logs_default TO whitecross_nurse", "whitecross_nurse"),
        ("GRANT CREATE ON SCHEMA public TO whitecross_nurse", "whitecross_nurse"),
        ("ALTER ROLE whitecross_nurse BYPASSRLS", "whitecross_nurse"),
        ("GRANT whitecross_all TO whitecross_viewer", "whitecross_viewer"),
        ("GRANT whitecross_emergency TO whitecross_nurse", "whitecross_nurse"),
        ("REVOKE whitecross_nurse FROM whitecross_nurse_emergency", "whitecross_nurse_emergency"),
        ("GRANT SELECT ON legal_holds TO whitecross_emergency", "whitecross_nurse_emergency"),
        ("ALTER FUNCTION keep_student() OWNER TO whitecross_nurse", "whitecross_nurse"),
    ],
)
def test_a_right_that_the_table_of_roles_does_not_give_is_named(db, change, role):
    if "BYPASSRLS" in change or "OWNER TO" in change:
        need_superuser()
    with taken_back():
        execute(change)
        assert role in {name for name, _ in problems_of_roles()}
