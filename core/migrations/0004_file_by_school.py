"""The guard: contacts lie with a school, and records with the school of their student.

Lock: contacts against all others, for the moment in which an empty column is added. Undone by dropping what it made.
"""

from django.db import migrations

from core.database.operations import SCHOOL_OF_RECORD, CheckFiling, CreateFunction, CreateTrigger, FileRecords

# A record lies where its student lies. The student is held until the end of the transaction: it cannot be deleted, or
# moved, between this look and the commit. The owner looks, because whoever writes may see no row of another school:
# the record is then refused by row security, which says the same of a student elsewhere and of one who is not.
FILE_UNDER_STUDENT = r"""
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

# A contact lies with its student's school, or else with the home school of its member of staff, or of who enters it.
FILE_CONTACT = """
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

# What belongs to a moved row follows it: the tables whose rows would go with it by a cascade, so no list can be wrong.
# EXCEPT takes two nulls for equal, and no plan of it is a nested loop.
MOVE_RECORDS = """
CREATE OR REPLACE FUNCTION move_records() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moved uuid[];
    owned record;
BEGIN
    moved := ARRAY(SELECT m.id FROM (SELECT id, school_id FROM _new EXCEPT SELECT id, school_id FROM _old) AS m);
    IF moved = '{}' THEN
        RETURN NULL;
    END IF;
    FOR owned IN
        SELECT k.conrelid::regclass AS rows, a.attname AS key
        FROM pg_constraint k
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        JOIN pg_attribute s ON s.attrelid = k.conrelid AND s.attname = 'school_id' AND NOT s.attisdropped
        WHERE k.confrelid = TG_RELID AND k.contype = 'f' AND k.confdeltype = 'c'
        ORDER BY k.conrelid::regclass::text
    LOOP
        EXECUTE format(
            'UPDATE %1$s AS r SET school_id = o.school_id FROM %2$s AS o '
            'WHERE o.id = ANY ($1) AND r.%3$I = o.id AND r.school_id IS DISTINCT FROM o.school_id',
            owned.rows, TG_RELID::regclass, owned.key) USING moved;
    END LOOP;
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_acting")]

    operations = [
        CreateFunction(FILE_UNDER_STUDENT),
        CheckFiling("check_student_filing", "students", "student_id", ["school_id"]),
        CreateFunction(FILE_CONTACT),
        CreateFunction(MOVE_RECORDS),
        CreateTrigger(
            "students_move",
            "students",
            "AFTER UPDATE",
            "REFERENCING OLD TABLE AS _old NEW TABLE AS _new FOR EACH STATEMENT EXECUTE FUNCTION move_records()",
        ),
        migrations.AddField("Contact", *SCHOOL_OF_RECORD),
        FileRecords(["contacts"], when="NEW.student_id IS NOT NULL"),
        CreateTrigger(
            "contacts_file_other",
            "contacts",
            "BEFORE INSERT",
            "FOR EACH ROW WHEN (NEW.student_id IS NULL) EXECUTE FUNCTION file_contact()",
        ),
        CreateTrigger(
            "contacts_refile_other",
            "contacts",
            "BEFORE UPDATE",
            "FOR EACH ROW WHEN (NEW.student_id IS NULL AND (OLD.student_id IS NOT NULL "
            "OR OLD.user_id IS DISTINCT FROM NEW.user_id OR OLD.school_id IS DISTINCT FROM NEW.school_id)) "
            "EXECUTE FUNCTION file_contact()",
        ),
    ]
