"""A second log, which a test keeps by triggers of its own for each row, to hold the audit log against.

It knows nothing of the guard: its tables are all there are, the actor is what the test says to it, and the images are
taken from the rows themselves.
"""

from collections.abc import Callable
from typing import Any

from tests.scratch import Scratch

_INSTALL = """
CREATE SCHEMA oracle;
CREATE TABLE oracle.changes (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction_id bigint NOT NULL,
    actor uuid,
    operation text NOT NULL,
    table_name text NOT NULL,
    key uuid NOT NULL,
    before jsonb,
    after jsonb
);
CREATE INDEX ON oracle.changes (table_name, key, number);

CREATE FUNCTION oracle.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    -- Computed from the others, or a secret.
    left_out text[] := ARRAY['password', 'search_vector', 'bmi'];
    stamps text[] := ARRAY['created_at', 'created_by', 'updated_at', 'updated_by'];
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    operation text := CASE TG_OP WHEN 'INSERT' THEN 'CREATE' ELSE TG_OP END;
BEGIN
    IF TG_OP = 'UPDATE' AND before - stamps = after - stamps THEN
        IF before <> after THEN
            RAISE EXCEPTION 'The stamps of % moved, and nothing else.', TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' AND current_setting('oracle.purge', true) = 'yes' THEN
        operation := 'PURGE';
    END IF;
    INSERT INTO oracle.changes (transaction_id, actor, operation, table_name, key, before, after)
    VALUES (pg_current_xact_id()::text::bigint, nullif(current_setting('oracle.actor', true), '')::uuid, operation,
            TG_TABLE_NAME, (coalesce(after, before) ->> 'id')::uuid, before - left_out, after - left_out);
    RETURN NULL;
END
$$;

DO $$
DECLARE
    rows regclass;
BEGIN
    FOR rows IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
          AND c.relname !~ '^(audit|auth|django)_'
    LOOP
        EXECUTE format('CREATE TRIGGER oracle AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW '
                       'EXECUTE FUNCTION oracle.note()', rows);
    END LOOP;
END
$$;
"""

_IN_THE_ORACLE = """
SELECT transaction_id, actor, operation, table_name, key, before,
       CASE table_name WHEN 'schools' THEN key ELSE (coalesce(before, after) ->> 'school_id')::uuid END,
       CASE table_name WHEN 'students' THEN key ELSE (coalesce(before, after) ->> 'student_id')::uuid END
FROM oracle.changes WHERE operation <> 'PURGE'
"""
_IN_THE_LOG = """
SELECT transaction_id, user_id, action::text, entity_type::text, entity_id, old_row, school_id, student_id
FROM audit_logs WHERE action IN ('CREATE', 'UPDATE', 'DELETE') AND created_at > '{since}'
"""
_PURGED_IN_THE_ORACLE = """
SELECT transaction_id, actor, table_name, count(*) FROM oracle.changes WHERE operation = 'PURGE' GROUP BY 1, 2, 3
"""
_PURGED_IN_THE_LOG = """
SELECT transaction_id, user_id, entity_type::text, sum(row_count)::bigint FROM audit_logs
WHERE action = 'PURGE' AND created_at > '{since}' GROUP BY 1, 2, 3
"""


def install(database: Scratch) -> str:
    """Write down every change from now on; returns the moment."""
    for statement in _INSTALL.split(";\n\n"):
        database.execute(statement)
    ((moment,),) = database.execute("SELECT clock_timestamp()::text")
    return str(moment)


def differences(execute: Callable[[str], list[Any]], since: str) -> dict[str, list[Any]]:
    """What only one of the two logs has, as multisets: transaction, actor, action, row, old image, school, student."""
    changes, entries = _IN_THE_ORACLE, _IN_THE_LOG.format(since=since)
    purged, purges = _PURGED_IN_THE_ORACLE, _PURGED_IN_THE_LOG.format(since=since)
    return {
        "changes without an entry": execute(f"({changes}) EXCEPT ALL ({entries}) LIMIT 5"),
        "entries without a change": execute(f"({entries}) EXCEPT ALL ({changes}) LIMIT 5"),
        "purged rows without an entry": execute(f"({purged}) EXCEPT ALL ({purges}) LIMIT 5"),
        "entries without a purged row": execute(f"({purges}) EXCEPT ALL ({purged}) LIMIT 5"),
    }


def images(database: Scratch, table: str, key: Any) -> list[tuple[str, Any]]:
    """What was done to a row, and how it was afterwards, oldest first."""
    return database.execute(
        f"SELECT operation, after FROM oracle.changes WHERE table_name = '{table}' AND key = '{key}' ORDER BY number"
    )
