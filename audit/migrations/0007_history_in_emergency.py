"""The guard: in an emergency one is told the history of the student's rows as well, as far as the rows are seen.

Lock: none. Undone by the old body of the function.
"""

from django.db import migrations

from core.database.operations import CreateFunction

# As made by 0005, with nothing between the braces.
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
                nullif(current_setting('whitecross.schools', true), '')::uuid[]), false){in_emergency} THEN
            RETURN;
        END IF;
        -- What lies with no school is seen as the policies of its table say.
        IF NOT (CASE asked_table
            WHEN 'districts' THEN asked_id = ANY (nullif(current_setting('whitecross.districts', true), '')::uuid[])
            WHEN 'schools' THEN asked_id = ANY (nullif(current_setting('whitecross.schools', true), '')::uuid[])
                OR (now_row ->> 'district_id') = current_setting('whitecross.district_id', true)
            WHEN 'system_configurations' THEN setting_is_seen(now_row ->> 'scope', (now_row ->> 'scope_id')::uuid)
            WHEN 'configuration_history' THEN EXISTS (
                SELECT FROM system_configurations c WHERE c.id = (now_row ->> 'configuration_id')::uuid
                AND setting_is_seen(c.scope::text, c.scope_id)){of_accesses}
            ELSE true
        END) THEN
            RETURN;
        END IF;
        IF (now_row ->> 'is_confidential')::boolean AND role NOT IN ('whitecross_nurse'{and_in_emergency}, 'whitecross_counselor') THEN
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
OLD_ROW_HISTORY = ROW_HISTORY.format(in_emergency="", of_accesses="", and_in_emergency="")
NEW_ROW_HISTORY = ROW_HISTORY.format(
    in_emergency="""
            AND NOT coalesce((CASE asked_table WHEN 'students' THEN asked_id ELSE (now_row ->> 'student_id')::uuid END)
                = ANY (emergency_students()) AND role = 'whitecross_nurse_emergency'
                AND asked_table <> 'emergency_accesses' AND now_row ->> 'deleted_at' IS NULL, false)""",
    # To a nurse her own, whatever school it was at.
    of_accesses="""
            WHEN 'emergency_accesses' THEN role = 'whitecross_district_admin'
                OR (now_row ->> 'user_id') = current_setting('whitecross.actor_id', true)""",
    and_in_emergency=", 'whitecross_nurse_emergency'",
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_know_old_signers"), ("core", "0014_emergency_reach")]

    operations = [CreateFunction(NEW_ROW_HISTORY, previous=OLD_ROW_HISTORY)]
