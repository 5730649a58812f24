"""The guard: the database stamps rows, deletes and restores trees of them, and lets nobody erase health records.

Lock: each table against writing, for the moment in which a trigger is made; `legal_holds` is new. Undone by dropping
the triggers and the table, and by the old body of `stamp_row()`.
"""

from django.db import migrations, models

from core.database.functions import WithinCalendar
from core.database.operations import (
    AUDIT_COLUMNS,
    KEY,
    SCHOOL_OF_RECORD,
    CreateFunction,
    CreateTrigger,
    DeleteTrees,
    MarkDeletions,
    RefuseDelete,
    RefuseTruncate,
    StampNewRows,
    StampRows,
)

OLD_STAMP_ROW = """
CREATE OR REPLACE FUNCTION stamp_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := statement_timestamp();
    RETURN NEW;
END
$$
"""

# Who made a row and who changed it last, and when. An update that changes nothing leaves the stamps, by which others
# know it; one that does moves updated_at, even twice in one statement or after the clock was set back.
# A generated column is null in NEW until the row is stored.
STAMP_ROW = """
CREATE OR REPLACE FUNCTION stamp_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.created_at := statement_timestamp();
        NEW.updated_at := NEW.created_at;
        NEW.created_by := nullif(current_setting('whitecross.actor_id', true), '')::uuid;
        NEW.updated_by := NEW.created_by;
        RETURN NEW;
    END IF;
    NEW.created_at := OLD.created_at;
    NEW.created_by := OLD.created_by;
    NEW.updated_at := OLD.updated_at;
    NEW.updated_by := OLD.updated_by;
    IF TG_TABLE_NAME IN ('students', 'users', 'medications') THEN
        NEW.search_vector := OLD.search_vector;
    ELSIF TG_TABLE_NAME = 'growth_measurements' THEN
        NEW.bmi := OLD.bmi;
    END IF;
    IF NEW *<> OLD THEN
        NEW.updated_at := greatest(statement_timestamp(), OLD.updated_at + interval '1 microsecond');
        NEW.updated_by := nullif(current_setting('whitecross.actor_id', true), '')::uuid;
    END IF;
    RETURN NEW;
END
$$
"""

# The rows that go together bear one mark; a row that comes back bears none. Through the web, the right to delete and to
# restore is the DELETE privilege, which erases nothing: guard_delete() refuses that. What goes along with an owner is
# updated by the owner of the tables, who has it.
MARK_DELETION = r"""
CREATE OR REPLACE FUNCTION mark_deletion() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    web_acts boolean := current_setting('role') LIKE 'whitecross\_%';
BEGIN
    IF TG_OP = 'INSERT' THEN
        RAISE EXCEPTION 'A new row of % cannot be a deleted one.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Add it, then delete it.';
    END IF;
    IF OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NOT NULL THEN
        NEW.deleted_at := OLD.deleted_at;
        NEW.deletion_id := OLD.deletion_id;
        RETURN NEW;
    END IF;
    IF OLD.deleted_at IS NULL AND NEW.deleted_at IS NULL THEN
        RETURN NEW;
    END IF;
    IF web_acts AND NOT has_table_privilege(current_user, TG_RELID, 'DELETE') THEN
        RAISE EXCEPTION 'Your role may neither delete nor restore rows of %.', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME,
                  HINT = 'It lacks the DELETE privilege on the table.';
    END IF;
    IF NEW.deleted_at IS NULL THEN
        NEW.deletion_id := NULL;
        RETURN NEW;
    END IF;
    NEW.deletion_id := coalesce(NEW.deletion_id, gen_random_uuid());
    IF web_acts THEN
        NEW.deleted_at := statement_timestamp();
    END IF;
    RETURN NEW;
END
$$
"""

# What belongs to deleted rows goes with them, and what went with restored ones comes back: the tables whose rows a
# cascade would take, so no list can be wrong. EXECUTE plans for the rows at hand; a cached plan for one would be kept
# for thousands. A snapshot older than the lock on the owner would miss a record added meanwhile: hence the isolation.
SOFT_DELETE_TREE = """
CREATE OR REPLACE FUNCTION soft_delete_tree() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    deleted uuid[];
    restored uuid[];
    owned record;
BEGIN
    deleted := ARRAY(SELECT d.id FROM (
        SELECT id FROM _new WHERE deleted_at IS NOT NULL EXCEPT SELECT id FROM _old WHERE deleted_at IS NOT NULL) AS d);
    restored := ARRAY(SELECT d.id FROM (
        SELECT id FROM _old WHERE deleted_at IS NOT NULL EXCEPT SELECT id FROM _new WHERE deleted_at IS NOT NULL) AS d);
    IF deleted = '{}' AND restored = '{}' THEN
        RETURN NULL;
    END IF;
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION 'Rows of % cannot be deleted or restored in a % transaction.',
            TG_TABLE_NAME, current_setting('transaction_isolation')
            USING ERRCODE = 'feature_not_supported', TABLE = TG_TABLE_NAME, HINT = 'Use READ COMMITTED.';
    END IF;
    FOR owned IN
        SELECT k.conrelid::regclass AS rows, a.attname AS key
        FROM pg_constraint k
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
        JOIN pg_attribute d ON d.attrelid = k.conrelid AND d.attname = 'deletion_id' AND NOT d.attisdropped
        WHERE k.confrelid = TG_RELID AND k.contype = 'f' AND k.confdeltype = 'c'
        ORDER BY k.conrelid::regclass::text
    LOOP
        IF deleted <> '{}' THEN
            EXECUTE format(
                'UPDATE %1$s AS r SET deleted_at = o.deleted_at, deletion_id = o.deletion_id FROM _new AS o '
                'WHERE o.id = ANY ($1) AND r.%2$I = o.id AND r.deleted_at IS NULL',
                owned.rows, owned.key) USING deleted;
        END IF;
        IF restored <> '{}' THEN
            EXECUTE format(
                'UPDATE %1$s AS r SET deleted_at = NULL, deletion_id = NULL FROM _old AS o '
                'WHERE o.id = ANY ($1) AND r.%2$I = o.id AND r.deletion_id = o.deletion_id '
                'AND r.deleted_at IS NOT NULL',
                owned.rows, owned.key) USING restored;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$
"""

# Health records are erased in a purge that the owner of the tables declares, with a reason; and not even then while
# their student is under a legal hold. A hold itself is never erased.
GUARD_DELETE = r"""
CREATE OR REPLACE FUNCTION guard_delete() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    student uuid;
BEGIN
    IF coalesce(current_setting('whitecross.purge', true), '') = '' OR current_setting('role') LIKE 'whitecross\_%'
    THEN
        RAISE EXCEPTION 'Rows of % cannot be erased.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                  HINT = 'Mark them as deleted (soft delete); what need be kept no longer, purge_records erases.';
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        IF EXISTS (SELECT FROM legal_holds WHERE released_at IS NULL) THEN
            RAISE EXCEPTION '% cannot be emptied while a legal hold is open.', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Release the legal holds first.';
        END IF;
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'legal_holds' THEN
        RAISE EXCEPTION 'A legal hold cannot be erased.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Release it instead.';
    ELSIF TG_TABLE_NAME = 'students' THEN
        student := OLD.id;
    ELSE
        student := OLD.student_id;
    END IF;
    IF EXISTS (SELECT FROM legal_holds WHERE student_id = student AND released_at IS NULL) THEN
        RAISE EXCEPTION 'The student of this row of % is under a legal hold.', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Release the legal hold first.';
    END IF;
    RETURN OLD;
END
$$
"""

# A hold lies where its student lies. The student is locked, so that a purge under way and a new hold see one another.
# Of whoever has a reach row security refuses a hold on no student, as it does one on a student elsewhere.
KEEP_HOLD = r"""
CREATE OR REPLACE FUNCTION keep_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT s.school_id INTO NEW.school_id FROM students s WHERE s.id = NEW.student_id FOR NO KEY UPDATE;
        IF NOT FOUND
            AND (current_setting('role') = 'whitecross_admin' OR current_setting('role') NOT LIKE 'whitecross\_%')
        THEN
            RAISE EXCEPTION 'A legal hold needs a student.'
                USING ERRCODE = 'foreign_key_violation', TABLE = 'students', HINT = 'There is none with this key.';
        END IF;
        IF NEW.released_reason IS NOT NULL THEN
            NEW.released_at := coalesce(NEW.released_at, statement_timestamp());
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.student_id <> OLD.student_id OR NEW.reason <> OLD.reason
        OR (OLD.released_at IS NOT NULL AND (NEW.released_at, NEW.released_reason)
            IS DISTINCT FROM (OLD.released_at, OLD.released_reason))
    THEN
        RAISE EXCEPTION 'A legal hold stays as it was placed and as it was released.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Place another one.';
    END IF;
    IF OLD.released_at IS NULL THEN
        NEW.released_at := CASE WHEN NEW.released_reason IS NOT NULL THEN statement_timestamp() END;
    END IF;
    SELECT s.school_id INTO NEW.school_id FROM students s WHERE s.id = NEW.student_id;
    IF NOT FOUND THEN
        NEW.school_id := OLD.school_id;
    END IF;
    RETURN NEW;
END
$$
"""

MOVE_HOLDS = """
CREATE OR REPLACE FUNCTION move_holds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE legal_holds SET school_id = NEW.school_id WHERE student_id = NEW.id;
    RETURN NULL;
END
$$
"""

EVERY_TABLE = ["districts", "schools", "users", "school_assignments", "students", "contacts"]


class Migration(migrations.Migration):
    dependencies = [("core", "0006_index_schools")]

    operations = [
        CreateFunction(STAMP_ROW, previous=OLD_STAMP_ROW),
        CreateFunction(MARK_DELETION),
        CreateFunction(SOFT_DELETE_TREE),
        CreateFunction(GUARD_DELETE),
        CreateFunction(KEEP_HOLD),
        CreateFunction(MOVE_HOLDS),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                KEY,
                *AUDIT_COLUMNS,
                (
                    "student",
                    models.ForeignKey(
                        to="core.student",
                        on_delete=models.DO_NOTHING,
                        db_index=False,
                        db_constraint=False,
                        related_name="legal_holds",
                        db_comment="PHI: student whose records must be kept",
                    ),
                ),
                SCHOOL_OF_RECORD,
                ("reason", models.TextField(db_comment="PHI: why the records must be kept: the matter and who asked")),
                (
                    "released_reason",
                    models.TextField(
                        "reason for the release",
                        null=True,
                        blank=True,
                        db_comment="PHI: why they need be kept no longer; null while open",
                    ),
                ),
                (
                    "released_at",
                    models.DateTimeField(
                        null=True,
                        blank=True,
                        editable=False,
                        db_comment="When the hold was released; set by a trigger",
                    ),
                ),
            ],
            options={
                "db_table": "legal_holds",
                "db_table_comment": "Students whose records may not be erased, and until when",
                "ordering": ["-created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["student"],
                        condition=models.Q(released_at=None),
                        name="legal_holds_student_live",
                        violation_error_message="This student is under a legal hold already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(reason__regex=r"\S")
                        & (models.Q(released_reason=None) | models.Q(released_reason__regex=r"\S")),
                        name="legal_holds_reason",
                        violation_error_message="A hold is placed, and released, for a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(released_at=None) | models.Q(released_reason__isnull=False),
                        name="legal_holds_release",
                        violation_error_message="A hold is released with a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(WithinCalendar("released_at", "created_at", "updated_at")),
                        name="legal_holds_calendar",
                        violation_error_message="A date should lie in the years 1900 to 2199.",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["student"], name="idx_legal_holds_student"),
                    models.Index("school", models.F("created_at").desc(), name="idx_legal_holds_school"),
                ],
            },
        ),
        CreateTrigger(
            "legal_holds_keep",
            "legal_holds",
            "BEFORE INSERT OR UPDATE",
            "FOR EACH ROW EXECUTE FUNCTION keep_hold()",
        ),
        CreateTrigger(
            "students_move_holds",
            "students",
            "AFTER UPDATE OF school_id",
            "FOR EACH ROW WHEN (OLD.school_id IS DISTINCT FROM NEW.school_id) EXECUTE FUNCTION move_holds()",
        ),
        StampRows(["legal_holds"]),
        StampNewRows([*EVERY_TABLE, "legal_holds"]),
        MarkDeletions(["students", "contacts"]),
        DeleteTrees(["students"]),
        RefuseDelete(["students", "contacts", "legal_holds"]),
        RefuseTruncate([*EVERY_TABLE, "legal_holds"]),
    ]
