"""The guard: what each role may do with a table, and which of its rows it sees.

Lock: each table against all others, for a moment. Undone by taking back the privileges and dropping the policies.
"""

from django.db import migrations

from core.database.operations import (
    CreateFunction,
    CreateTrigger,
    Grant,
    GrantTable,
    Policy,
    SecureRows,
    reach_policies,
)
from core.database.operations.row_security import IN_DISTRICT, IN_REACH

READ = "SELECT"
DISTRICT = "nullif(current_setting('whitecross.district_id', true), '')::uuid"
ACTOR = "nullif(current_setting('whitecross.actor_id', true), '')::uuid"

# The organisation is no secret among those who work in it. A district administrator changes what is the district's own.
DISTRICTS = [
    Policy("districts_read", to="whitecross_app, whitecross_district", using="true", command=READ),
    Policy("districts_own", to="whitecross_district", using=f"id = {DISTRICT}", command="UPDATE"),
    Policy("districts_all", to="whitecross_all", using="true"),
]
SCHOOLS = [
    Policy("schools_read", to="whitecross_app, whitecross_district", using="true", command=READ),
    Policy("schools_add", to="whitecross_district", check=f"district_id = {DISTRICT}", command="INSERT"),
    Policy("schools_change", to="whitecross_district", using=f"district_id = {DISTRICT}", command="UPDATE"),
    Policy("schools_all", to="whitecross_all", using="true"),
]
# A student whose place is being sought has no school, and is the district's all the same.
STUDENTS = [
    Policy("students_app", to="whitecross_app", using=IN_REACH),
    Policy("students_district", to="whitecross_district", using=f"district_id = {DISTRICT}"),
    Policy("students_all", to="whitecross_all", using="true"),
]
SCHOOL_ASSIGNMENTS = [
    Policy("school_assignments_read", to="whitecross_app, whitecross_district", using="true", command=READ),
    Policy("school_assignments_add", to="whitecross_district", check=IN_DISTRICT, command="INSERT"),
    Policy("school_assignments_change", to="whitecross_district", using=IN_DISTRICT, command="UPDATE"),
    Policy("school_assignments_erase", to="whitecross_district", using=IN_DISTRICT, command="DELETE"),
    Policy("school_assignments_all", to="whitecross_all", using="true"),
]
# Staff of the district: by the district that is said, or by the school where none is; never one foot elsewhere.
_STAFF = (
    f"(district_id = {DISTRICT} OR (district_id IS NULL AND school_id IS NOT NULL)) "
    f"AND (school_id IS NULL OR {IN_DISTRICT})"
)
USERS = [
    Policy("users_anonymous", to="whitecross_anonymous", using="true"),
    Policy("users_read", to="whitecross_app, whitecross_district", using="true", command=READ),
    Policy("users_self", to="whitecross_app, whitecross_district", using=f"id = {ACTOR}", command="UPDATE"),
    Policy("users_add", to="whitecross_district", check=_STAFF, command="INSERT"),
    Policy("users_change", to="whitecross_district", using=_STAFF, command="UPDATE"),
    Policy("users_all", to="whitecross_all", using="true"),
]

# Nobody rises by changing an account: not the own one, not by making or taking over one that may do more.
GUARD_ACCOUNT = """
CREATE OR REPLACE FUNCTION guard_account() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    actor uuid := nullif(current_setting('whitecross.actor_id', true), '')::uuid;
    above boolean := NEW.is_superuser OR (TG_OP = 'UPDATE' AND OLD.is_superuser);
    administers boolean := NEW.role = 'ADMIN' OR (TG_OP = 'UPDATE' AND OLD.role = 'ADMIN');
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = actor THEN
        IF (NEW.role, NEW.school_id, NEW.district_id, NEW.is_active, NEW.is_superuser)
            IS DISTINCT FROM (OLD.role, OLD.school_id, OLD.district_id, OLD.is_active, OLD.is_superuser) THEN
            RAISE EXCEPTION 'Nobody changes their own role, reach or right to log in.'
                USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME, HINT = 'Ask another administrator.';
        END IF;
    ELSIF above AND NOT EXISTS (SELECT FROM users WHERE users.id = actor AND users.is_superuser) THEN
        RAISE EXCEPTION 'Only a superuser makes or changes the account of a superuser.'
            USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME;
    ELSIF administers AND current_setting('role') <> 'whitecross_admin' THEN
        RAISE EXCEPTION 'Only an administrator makes or changes the account of an administrator.'
            USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$
"""

# As made by 0001, and with the schema said: to whoever acts a temporary table of the same name comes first, by which a
# school could be given another district, and that district be asked for its students' numbers.
FILL_STUDENT_DISTRICT = """
CREATE OR REPLACE FUNCTION fill_student_district() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.school_id IS NOT NULL THEN
        SELECT s.district_id INTO NEW.district_id FROM public.schools s WHERE s.id = NEW.school_id;
    END IF;
    RETURN NEW;
END
$$
"""

MOVE_STUDENTS_DISTRICT = """
CREATE OR REPLACE FUNCTION move_students_district() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE public.students SET district_id = NEW.district_id WHERE students.school_id = NEW.id;
    RETURN NULL;
END
$$
"""

OLD_FILL_STUDENT_DISTRICT = """
CREATE OR REPLACE FUNCTION fill_student_district() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.school_id IS NOT NULL THEN
        SELECT schools.district_id INTO NEW.district_id FROM schools WHERE schools.id = NEW.school_id;
    END IF;
    RETURN NEW;
END
$$
"""

OLD_MOVE_STUDENTS_DISTRICT = """
CREATE OR REPLACE FUNCTION move_students_district() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE students SET district_id = NEW.district_id WHERE students.school_id = NEW.id;
    RETURN NULL;
END
$$
"""

# Django's log of its admin names rows by their keys, whoever's they are: to each what they did themselves.
ADMIN_LOG = [
    Policy("django_admin_log_own", to="whitecross_app, whitecross_district", using=f"user_id = {ACTOR}"),
    Policy("django_admin_log_all", to="whitecross_all", using="true"),
]


class Migration(migrations.Migration):
    dependencies = [("core", "0003_acting"), ("core", "0007_stamps_and_deletion")]

    operations = [
        CreateFunction(FILL_STUDENT_DISTRICT, previous=OLD_FILL_STUDENT_DISTRICT),
        CreateFunction(MOVE_STUDENTS_DISTRICT, previous=OLD_MOVE_STUDENTS_DISTRICT),
        SecureRows("django_admin_log", ADMIN_LOG),
        GrantTable(
            "districts",
            {
                "admin": "vace",
                "nurse": "v",
                "counselor": "v",
                "school_admin": "v",
                "district_admin": "vce",
                "viewer": "v",
            },
        ),
        SecureRows("districts", DISTRICTS),
        GrantTable(
            "schools",
            {
                "admin": "vace",
                "nurse": "v",
                "counselor": "v",
                "school_admin": "v",
                "district_admin": "vace",
                "viewer": "v",
            },
        ),
        SecureRows("schools", SCHOOLS),
        GrantTable(
            "school_assignments", {"admin": "vacde", "nurse": "v", "school_admin": "v", "district_admin": "vacde"}
        ),
        SecureRows("school_assignments", SCHOOL_ASSIGNMENTS),
        GrantTable(
            "users",
            {
                "admin": "vace",
                "nurse": "v",
                "counselor": "v",
                "school_admin": "v",
                "district_admin": "vace",
                "viewer": "l",
            },
        ),
        SecureRows("users", USERS),
        GrantTable(
            "students",
            {
                "admin": "vacdre",
                "nurse": "vacdre",
                "counselor": "v",
                "school_admin": "vace",
                "district_admin": "vce",
                "viewer": "v",
            },
        ),
        SecureRows("students", STUDENTS),
        GrantTable("contacts", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v", "school_admin": "vac"}),
        SecureRows("contacts", reach_policies("contacts")),
        GrantTable("legal_holds", {"admin": "vac", "district_admin": "vac"}),
        SecureRows("legal_holds", reach_policies("legal_holds")),
        Grant(
            "UPDATE (password, password_changed_at, must_change_password, last_login)",
            "users",
            ["whitecross_nurse", "whitecross_counselor", "whitecross_school_admin", "whitecross_viewer"],
        ),
        CreateFunction(GUARD_ACCOUNT),
        CreateTrigger(
            "users_account",
            "users",
            "BEFORE INSERT OR UPDATE",
            r"FOR EACH ROW WHEN (current_setting('role') LIKE 'whitecross\_%' AND current_setting('role') "
            "<> 'whitecross_anonymous') EXECUTE FUNCTION guard_account()",
        ),
    ]
