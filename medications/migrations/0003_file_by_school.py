"""The guard: every record lies with its student's school, by which row security finds it.

Lock: each table against all others, for the moment in which an empty column is added. Undone by dropping the columns.
"""

from django.db import migrations, models

from core.database.operations import SCHOOL_OF_RECORD, CheckFiling, CreateFunction, CreateTrigger, FileRecords, Together

STUDENT_OF_ORDER = models.ForeignKey(
    "core.Student",
    on_delete=models.DO_NOTHING,
    null=True,
    blank=True,
    editable=False,
    db_index=False,
    db_constraint=False,
    db_comment="PHI: student of the order; copied by a trigger",
)

# A dose lies where its order lies, and belongs to the order's student.
FILE_UNDER_ORDER = r"""
CREATE OR REPLACE FUNCTION file_under_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    order_deleted_at timestamptz;
BEGIN
    SELECT m.student_id, m.school_id, m.deleted_at INTO NEW.student_id, NEW.school_id, order_deleted_at
    FROM student_medications m WHERE m.id = NEW.student_medication_id FOR SHARE;
    -- To whoever cannot see the order it is one that is not there: row security refuses the dose.
    IF order_deleted_at IS NOT NULL AND NEW.deleted_at IS NULL
        AND (current_setting('role') = 'whitecross_admin' OR current_setting('role') NOT LIKE 'whitecross\_%'
             OR NEW.school_id = ANY (nullif(current_setting('whitecross.schools', true), '')::uuid[]))
    THEN
        RAISE EXCEPTION 'The medication order of this dose is deleted.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Restore the order first.';
    END IF;
    RETURN NEW;
END
$$
"""


# An order with its doses cannot become another child's: it is ended or deleted, and a new one written.
KEEP_STUDENT = """
CREATE OR REPLACE FUNCTION keep_student() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'A medication order stays with its student.'
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
              HINT = 'End or delete this order and write one for the other student.';
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0004_file_by_school"), ("medications", "0002_performance_indexes")]

    operations = [
        CreateFunction(FILE_UNDER_ORDER),
        CheckFiling("check_order_filing", "student_medications", "student_medication_id", ["school_id", "student_id"]),
        CreateFunction(KEEP_STUDENT),
        Together(
            [
                migrations.AddField("StudentMedication", *SCHOOL_OF_RECORD),
                migrations.AddField("MedicationLog", *SCHOOL_OF_RECORD),
                migrations.AddField("MedicationLog", "student", STUDENT_OF_ORDER),
            ],
        ),
        FileRecords(["student_medications"]),
        CreateTrigger(
            "student_medications_keep",
            "student_medications",
            "BEFORE UPDATE",
            "FOR EACH ROW WHEN (OLD.student_id IS DISTINCT FROM NEW.student_id) EXECUTE FUNCTION keep_student()",
        ),
        CreateTrigger(
            "student_medications_move",
            "student_medications",
            "AFTER UPDATE",
            "REFERENCING OLD TABLE AS _old NEW TABLE AS _new FOR EACH STATEMENT EXECUTE FUNCTION move_records()",
        ),
        FileRecords(["medication_logs"], by="file_under_order", owner="student_medication_id"),
    ]
