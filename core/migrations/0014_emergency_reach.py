"""The guard: a reach for emergencies, which is one student and no school.

The roles are here, the setting that names the students, and what files their records. Who is given this reach, and for
how long, is said by the app `emergency`. Lock: none. Undone by dropping the function, and by the old bodies of the
others; the roles stay, as they belong to the server.
"""

from django.db import migrations

from core.database.operations import CreateFunction, CreateRoles

# As `schools_in_reach()`, and for the same reasons.
EMERGENCY_STUDENTS = """
CREATE OR REPLACE FUNCTION emergency_students() RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 AS $$
BEGIN
    RETURN nullif(pg_catalog.current_setting('whitecross.emergency_students', true), '')::pg_catalog.uuid[];
END
$$
"""

# As made by 0004.
OLD_FILE_UNDER_STUDENT = r"""
CREATE OR REPLACE FUNCTION file_under_student() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    student_deleted_at timestamptz;
BEGIN
    SELECT s.school_id, s.deleted_at INTO NEW.school_id, student_deleted_at
    FROM students s WHERE s.id = NEW.student_id FOR SHARE;
    -- To whoever cannot see the student it is one that is not there: row security refuses the record.
    IF student_deleted_at IS NOT NULL AND NEW.deleted_at IS NULL
        AND (current_setting('role') = 'whitecross_admin' OR current_setting('role') NOT LIKE 'whitecross\_%'
             OR NEW.school_id = ANY (nullif(current_setting('whitecross.schools', true), '')::uuid[]))
    THEN
        RAISE EXCEPTION 'The student of this row is deleted.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Restore the student first.';
    END IF;
    RETURN NEW;
END
$$
"""

# Two things more. A student who is deleted in the middle of an emergency takes no new record. And no record passes from
# a student of the one reach to a student of the other: each policy for itself would let it through.
FILE_UNDER_STUDENT = r"""
CREATE OR REPLACE FUNCTION file_under_student() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    student_deleted_at timestamptz;
    emergencies uuid[] := emergency_students();
BEGIN
    SELECT s.school_id, s.deleted_at INTO NEW.school_id, student_deleted_at
    FROM students s WHERE s.id = NEW.student_id FOR SHARE;
    -- To whoever cannot see the student it is one that is not there: row security refuses the record.
    IF student_deleted_at IS NOT NULL AND NEW.deleted_at IS NULL
        AND (current_setting('role') = 'whitecross_admin' OR current_setting('role') NOT LIKE 'whitecross\_%'
             OR NEW.school_id = ANY (nullif(current_setting('whitecross.schools', true), '')::uuid[])
             OR NEW.student_id = ANY (emergencies))
    THEN
        RAISE EXCEPTION 'The student of this row is deleted.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Restore the student first.';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.student_id IS DISTINCT FROM NEW.student_id
        AND emergencies && ARRAY[OLD.student_id, NEW.student_id]
    THEN
        RAISE EXCEPTION 'In an emergency a record stays with its student.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$
"""

# As made by 0004.
OLD_FILE_CONTACT = """
CREATE OR REPLACE FUNCTION file_contact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.user_id IS NOT NULL THEN
        SELECT u.school_id INTO NEW.school_id FROM users u WHERE u.id = NEW.user_id;
    ELSIF TG_OP = 'INSERT' THEN
        NEW.school_id := nullif(current_setting('whitecross.home_school', true), '')::uuid;
    ELSE
        NEW.school_id := OLD.school_id;
    END IF;
    RETURN NEW;
END
$$
"""

FILE_CONTACT = """
CREATE OR REPLACE FUNCTION file_contact() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.student_id = ANY (emergency_students()) THEN
        RAISE EXCEPTION 'In an emergency a record stays with its student.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.user_id IS NOT NULL THEN
        SELECT u.school_id INTO NEW.school_id FROM users u WHERE u.id = NEW.user_id;
    ELSIF TG_OP = 'INSERT' THEN
        NEW.school_id := nullif(current_setting('whitecross.home_school', true), '')::uuid;
    ELSE
        NEW.school_id := OLD.school_id;
    END IF;
    RETURN NEW;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0013_see_own_district")]

    operations = [
        CreateRoles(
            {
                # There since 0003; whoever inherits is named behind what it inherits.
                "whitecross_app": (),
                "whitecross_nurse": ("whitecross_app",),
                "whitecross_emergency": (),
                "whitecross_nurse_emergency": ("whitecross_nurse", "whitecross_emergency"),
            }
        ),
        CreateFunction(EMERGENCY_STUDENTS),
        CreateFunction(FILE_UNDER_STUDENT, previous=OLD_FILE_UNDER_STUDENT),
        CreateFunction(FILE_CONTACT, previous=OLD_FILE_CONTACT),
    ]
