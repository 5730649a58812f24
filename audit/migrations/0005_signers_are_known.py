"""The guard: whoever is named in a record is known to the district where it lies, and nobody else can be named.

Also: the history of a district, a school or a setting is told to those only who see the row. Lock: each table against
writing, for a moment. Undone by dropping the triggers, and by the old body of the function.
"""

from django.db import migrations

from core.database.operations import CreateFunction, KnowSigners, NameSeen

RECORDS = [
    "health_records",
    "allergies",
    "chronic_conditions",
    "appointments",
    "vaccinations",
    "screenings",
    "growth_measurements",
    "vital_signs",
    "student_medications",
    "medication_logs",
    "incident_reports",
    "emergency_contacts",
]

# As made by 0004.
OLD_ROW_HISTORY = """
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
        -- What lies with no school is seen as the policies of its table say.
        IF NOT (CASE asked_table
            WHEN 'districts' THEN asked_id = ANY (nullif(current_setting('whitecross.districts', true), '')::uuid[])
            WHEN 'schools' THEN asked_id = ANY (nullif(current_setting('whitecross.schools', true), '')::uuid[])
                OR (now_row ->> 'district_id') = current_setting('whitecross.district_id', true)
            WHEN 'system_configurations' THEN setting_is_seen(now_row ->> 'scope', (now_row ->> 'scope_id')::uuid)
            WHEN 'configuration_history' THEN EXISTS (
                SELECT FROM system_configurations c WHERE c.id = (now_row ->> 'configuration_id')::uuid
                AND setting_is_seen(c.scope::text, c.scope_id))
            ELSE true
        END) THEN
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


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_reads"),
        ("core", "0013_see_own_district"),
        ("configuration", "0004_settings_by_district"),
        ("health", "0009_row_security"),
    ]

    operations = [
        KnowSigners(RECORDS),
        NameSeen("students", ["nurse_id"]),
        NameSeen("contacts", ["user_id"]),
        NameSeen("school_assignments", ["user_id"]),
        NameSeen("allergies", ["verified_by"]),
        NameSeen("appointments", ["nurse_id"]),
        NameSeen("medication_logs", ["nurse_id", "witnessed_by"]),
        NameSeen("incident_reports", ["reported_by_id", "parent_notified_by"]),
        CreateFunction(ROW_HISTORY, previous=OLD_ROW_HISTORY),
    ]
