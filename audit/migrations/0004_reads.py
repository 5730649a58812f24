"""The guard: reads are written down, and who may ask is told what happened to a row and who saw a student.

Lock: none. Undone by dropping the functions.
"""

from django.db import migrations

from core.database.operations import CreateFunction, RestrictFunction

LOGGED_IN = [
    "whitecross_nurse",
    "whitecross_counselor",
    "whitecross_school_admin",
    "whitecross_viewer",
    "whitecross_district_admin",
    "whitecross_admin",
]
MAY_ASK_WHO_SAW = ["whitecross_nurse", "whitecross_school_admin", "whitecross_district_admin", "whitecross_admin"]

# As in 0001.
CONTEXT = """
    _transaction bigint := pg_current_xact_id()::text::bigint;
    _actor uuid := nullif(current_setting('whitecross.actor_id', true), '')::uuid;
    _address inet;
    _stated_address text := current_setting('whitecross.ip', true);
    _agent text := nullif(current_setting('whitecross.user_agent', true), '');
    _request text := nullif(current_setting('whitecross.request_id', true), '');
    _reason text := nullif(current_setting('whitecross.reason', true), '');
    _source text := coalesce(nullif(current_setting('whitecross.source', true), ''),
                          current_setting('application_name'));
"""

READ_ADDRESS = """
    IF _stated_address <> '' THEN
        BEGIN
            _address := _stated_address::inet;
        EXCEPTION WHEN invalid_text_representation THEN
            _address := NULL;
        END;
    END IF;
"""

# The web says what it showed; it adds to the log in no other way. `shown_students` names a student once for each row
# shown: there is an entry for each school among them, so that a school learns of its own students only. At a log-in
# nobody is declared yet: who logs in is who does it.
RECORD_ACCESS = """
CREATE OR REPLACE FUNCTION record_access(done text, shown_table text, shown_id uuid, at_school uuid, shown_students uuid[], shown_rows bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE{context}
BEGIN{read_address}
    IF done NOT IN ('VIEW', 'LIST', 'SEARCH', 'EXPORT', 'IMPORT', 'PRINT', 'LOGIN', 'LOGOUT',
                    'AUTHENTICATION_FAILED', 'AUTHORIZATION_FAILED') THEN
        RAISE EXCEPTION 'Changes are recorded by the tables themselves.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF done = 'LOGIN' THEN
        _actor := shown_id;
    END IF;
    INSERT INTO audit_logs (transaction_id, user_id, action, entity_type, entity_id, school_id, student_id, student_ids,
                            row_count, ip_address, user_agent, request_id, reason, source)
    SELECT _transaction, _actor, done::"AuditAction", shown_table, shown_id, s.school_id,
           CASE WHEN shown_id IS NOT NULL THEN min(shown.id::text)::uuid END, array_agg(DISTINCT shown.id),
           CASE WHEN shown_id IS NULL THEN count(*) END, _address, _agent, _request, _reason, _source
    FROM unnest(shown_students) AS shown(id) LEFT JOIN students s ON s.id = shown.id
    WHERE shown.id IS NOT NULL
    GROUP BY s.school_id;
    IF NOT FOUND THEN
        INSERT INTO audit_logs (transaction_id, user_id, action, entity_type, entity_id, school_id,
                                row_count, ip_address, user_agent, request_id, reason, source)
        VALUES (_transaction, _actor, done::"AuditAction", shown_table, shown_id, at_school,
                shown_rows, _address, _agent, _request, _reason, _source);
    END IF;
END
$$
"""

# The entries of a row, oldest first, and last the row as it is now, with no action. To the web only of rows within
# reach, as row security has it; nothing is said of the others, not even that they are there.
ROW_HISTORY = """
CREATE OR REPLACE FUNCTION row_history(asked_table text, asked_id uuid) RETURNS TABLE (done_at timestamptz, done_by uuid, done text, image text, address inet, reason text, source text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    role text := current_setting('role');
    rows regclass;
    hidden text[];
    now_row jsonb;
BEGIN
    -- A table with a history is one whose changes are audited; its trigger knows what no image may hold.
    SELECT t.tgrelid, string_to_array(rtrim(encode(t.tgargs, 'escape'), '\\000'), '\\000') INTO rows, hidden
    FROM pg_trigger t
    WHERE t.tgrelid = to_regclass(format('public.%I', asked_table)) AND t.tgname = asked_table || '_audit_update';
    IF rows IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT to_jsonb(r) - $2 FROM %s AS r WHERE r.id = $1', rows) INTO now_row USING asked_id, hidden;
    IF role LIKE 'whitecross\\_%' AND role <> 'whitecross_admin' THEN
        IF now_row IS NULL OR NOT has_table_privilege(role, rows, 'SELECT') THEN
            RETURN;
        END IF;
        IF now_row ? 'school_id' AND NOT coalesce((now_row ->> 'school_id')::uuid = ANY (
                nullif(current_setting('whitecross.schools', true), '')::uuid[]), false) THEN
            RETURN;
        END IF;
        IF (now_row ->> 'is_confidential')::boolean AND role NOT IN ('whitecross_nurse', 'whitecross_counselor') THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
        SELECT l.created_at, l.user_id, l.action::text, l.old_row::text, l.ip_address, l.reason, l.source
        FROM audit_logs l
        WHERE l.entity_type = asked_table AND l.entity_id = asked_id AND l.action IN ('CREATE', 'UPDATE', 'DELETE')
        ORDER BY l.created_at, l.id;
    IF now_row IS NOT NULL THEN
        RETURN QUERY SELECT NULL::timestamptz, NULL::uuid, NULL, now_row::text, NULL::inet, NULL, NULL;
    END IF;
END
$$
"""

# Latest first. Every read that showed a student names the student among `student_ids`, so one index answers.
STUDENT_DISCLOSURES = """
CREATE OR REPLACE FUNCTION student_disclosures(asked_student uuid, since timestamptz, until timestamptz) RETURNS TABLE (seen_at timestamptz, seen_by uuid, done text, seen_table text, seen_id uuid, at_school uuid, address inet, agent text, reason text, source text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    role text := current_setting('role');
BEGIN
    IF role LIKE 'whitecross\\_%' AND role <> 'whitecross_admin' THEN
        IF NOT EXISTS (SELECT FROM students s WHERE s.id = asked_student AND s.school_id = ANY (
                           nullif(current_setting('whitecross.schools', true), '')::uuid[])) THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
        SELECT l.created_at, l.user_id, l.action::text, l.entity_type::text, l.entity_id, l.school_id,
               l.ip_address, l.user_agent, l.reason, l.source
        FROM audit_logs l
        WHERE l.student_ids @> ARRAY[asked_student] AND l.created_at >= since AND l.created_at < until
        ORDER BY l.created_at DESC, l.id DESC;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_row_security"), ("core", "0003_acting")]

    operations = [
        CreateFunction(RECORD_ACCESS.format(context=CONTEXT, read_address=READ_ADDRESS)),
        # Nobody yet, too: failed log-ins are written down.
        RestrictFunction("record_access(text, text, uuid, uuid, uuid[], bigint)", ["whitecross_anonymous", *LOGGED_IN]),
        CreateFunction(ROW_HISTORY),
        RestrictFunction("row_history(text, uuid)", LOGGED_IN),
        CreateFunction(STUDENT_DISCLOSURES),
        RestrictFunction("student_disclosures(uuid, timestamptz, timestamptz)", MAY_ASK_WHO_SAW),
    ]
