"""The guard: who declares the reach in an emergency, and the functions by which it is opened and ended.

Lock: audit_logs against writing, for a moment. Undone by dropping the trigger and the functions, and by the old bodies
of the others; audit_logs is then locked against all others.
"""

from django.db import migrations

from core.database.operations import CreateFunction, CreateTrigger, LockTables, RestrictFunction

NURSES = ["whitecross_nurse"]

# As core.0009 made it, between the braces nothing. With what stands in EMERGENCIES a nurse who has opened an access
# takes the role that sees the student, in the districts she works for today, until it is over by this clock.
DECLARE_ACTOR = """
CREATE OR REPLACE FUNCTION declare_actor(actor uuid, source text, ip text, user_agent text, request_id text, reason text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person record;
    taken text := 'whitecross_anonymous';
    reach uuid[] := '{{}}';
    district uuid;
    districts uuid[] := '{{}}';{declared}
BEGIN
    SELECT users.id, users.role::text AS role, users.is_superuser, users.school_id, users.district_id INTO person
    FROM users WHERE users.id = actor AND users.is_active;
    IF person.is_superuser OR person.role = 'ADMIN' THEN
        taken := 'whitecross_admin';
    ELSIF person.role = 'DISTRICT_ADMIN' THEN
        taken := 'whitecross_district_admin';
        district := person.district_id;
        reach := ARRAY(SELECT schools.id FROM schools WHERE schools.district_id = person.district_id ORDER BY schools.id);
    ELSIF person.id IS NOT NULL THEN
        taken := 'whitecross_' || lower(person.role);
        district := coalesce(
            (SELECT schools.district_id FROM schools WHERE schools.id = person.school_id), person.district_id);
        reach := ARRAY(
            SELECT person.school_id WHERE person.school_id IS NOT NULL
            UNION
            SELECT school_assignments.school_id FROM school_assignments
            WHERE school_assignments.user_id = person.id AND school_assignments.start_date <= CURRENT_DATE
              AND (school_assignments.end_date IS NULL OR school_assignments.end_date >= CURRENT_DATE)
            ORDER BY 1
        );
        districts := ARRAY(SELECT DISTINCT schools.district_id FROM schools WHERE schools.id = ANY (reach) ORDER BY 1);
    END IF;
    IF district IS NOT NULL AND NOT district = ANY (districts) THEN
        districts := districts || district;
    END IF;{looked_up}
    PERFORM
        set_config('whitecross.actor_id', coalesce(person.id::text, ''), true),
        set_config('whitecross.schools', reach::text, true),
        set_config('whitecross.district_id', coalesce(district::text, ''), true),
        set_config('whitecross.districts',
                   (CASE WHEN districts <> '{{}}' THEN '00000000-0000-0000-0000-000000000000'::uuid || districts
                         ELSE '{{}}' END)::text, true),
        set_config('whitecross.home_school', coalesce(person.school_id::text, ''), true),{told}
        set_config('whitecross.source', coalesce(source, current_setting('whitecross.source', true), ''), true),
        set_config('whitecross.ip', coalesce(ip, current_setting('whitecross.ip', true), ''), true),
        set_config('whitecross.user_agent', coalesce(user_agent, current_setting('whitecross.user_agent', true), ''), true),
        set_config('whitecross.request_id', coalesce(request_id, current_setting('whitecross.request_id', true), ''), true),
        set_config('whitecross.reason', coalesce(reason, current_setting('whitecross.reason', true), ''), true);
    RETURN taken;
END
$$
"""
OLD_DECLARE_ACTOR = DECLARE_ACTOR.format(declared="", looked_up="", told="")
NEW_DECLARE_ACTOR = DECLARE_ACTOR.format(
    declared="""
    emergencies uuid[] := '{}';""",
    looked_up="""
    IF taken = 'whitecross_nurse' THEN
        emergencies := ARRAY(
            SELECT e.student_id FROM emergency_accesses e
            WHERE e.user_id = person.id AND e.ended_at IS NULL AND e.expires_at > statement_timestamp()
              AND e.district_id = ANY (districts));
        IF emergencies <> '{}' THEN
            taken := 'whitecross_nurse_emergency';
        END IF;
    END IF;""",
    told="""
        set_config('whitecross.emergency_students', emergencies::text, true),""",
)

# As medications.0003 made it, and with the two things more that core.0014 says of records.
FILE_UNDER_ORDER = r"""
CREATE OR REPLACE FUNCTION file_under_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    order_deleted_at timestamptz;{declared}
BEGIN
    SELECT m.student_id, m.school_id, m.deleted_at INTO NEW.student_id, NEW.school_id, order_deleted_at
    FROM student_medications m WHERE m.id = NEW.student_medication_id FOR SHARE;
    -- To whoever cannot see the order it is one that is not there: row security refuses the dose.
    IF order_deleted_at IS NOT NULL AND NEW.deleted_at IS NULL
        AND (current_setting('role') = 'whitecross_admin' OR current_setting('role') NOT LIKE 'whitecross\_%'
             OR NEW.school_id = ANY (nullif(current_setting('whitecross.schools', true), '')::uuid[]){of_emergency})
    THEN
        RAISE EXCEPTION 'The medication order of this dose is deleted.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, HINT = 'Restore the order first.';
    END IF;{stays}
    RETURN NEW;
END
$$
"""
OLD_FILE_UNDER_ORDER = FILE_UNDER_ORDER.format(declared="", of_emergency="", stays="")
NEW_FILE_UNDER_ORDER = FILE_UNDER_ORDER.format(
    declared="""
    emergencies uuid[] := emergency_students();""",
    of_emergency="""
             OR NEW.student_id = ANY (emergencies)""",
    stays="""
    IF TG_OP = 'UPDATE' AND OLD.student_id IS DISTINCT FROM NEW.student_id
        AND emergencies && ARRAY[OLD.student_id, NEW.student_id]
    THEN
        RAISE EXCEPTION 'In an emergency a record stays with its student.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;""",
)

# Every entry about the student that is written under the access names it, whoever writes it: the page that was shown,
# the change of a row, the granting itself. By its key, as the reason may tell of the student's health.
NAME_EMERGENCY = """
CREATE OR REPLACE FUNCTION name_emergency() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    named text;
BEGIN
    SELECT string_agg(latest.id::text, ', ' ORDER BY latest.id) INTO named
    FROM (
        SELECT DISTINCT ON (e.student_id) e.id FROM emergency_accesses e
        WHERE e.user_id = NEW.user_id AND e.student_id = ANY (emergency_students())
          AND (e.student_id = NEW.student_id OR e.student_id = ANY (NEW.student_ids))
        ORDER BY e.student_id, e.granted_at DESC
    ) AS latest;
    IF named IS NOT NULL THEN
        NEW.reason := concat_ws('. ', 'Emergency access ' || named, NEW.reason);
    END IF;
    RETURN NEW;
END
$$
"""

# The nurse's own row is held, so that what she does at the same moment elsewhere waits and is counted.
_NURSE = """
    PERFORM FROM users u
    WHERE u.id = actor AND u.is_active AND u.role = 'NURSE' AND NOT u.is_superuser FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Only a nurse has access in an emergency.'
            USING ERRCODE = 'insufficient_privilege', TABLE = 'emergency_accesses';
    END IF;
"""
_ACTOR = "actor uuid := nullif(current_setting('whitecross.actor_id', true), '')::uuid;"
_DISTRICTS = "districts uuid[] := nullif(current_setting('whitecross.districts', true), '')::uuid[];"

# A second time for the same student is the first. A student of another district is one who is not there.
OPEN_ACCESS = f"""
CREATE OR REPLACE FUNCTION open_emergency_access(asked_student uuid, stated_reason text) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    {_ACTOR}
    {_DISTRICTS}
    at_school uuid;
    access uuid;
BEGIN{_NURSE}
    SELECT s.school_id INTO at_school FROM students s
    WHERE s.id = asked_student AND s.deleted_at IS NULL AND s.district_id = ANY (districts);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'There is no such student in your district.'
            USING ERRCODE = 'restrict_violation', TABLE = 'emergency_accesses';
    ELSIF at_school = ANY (nullif(current_setting('whitecross.schools', true), '')::uuid[]) THEN
        RAISE EXCEPTION 'The student is at a school of yours: you see the chart without an emergency.'
            USING ERRCODE = 'restrict_violation', TABLE = 'emergency_accesses';
    END IF;
    SELECT e.id INTO access FROM emergency_accesses e
    WHERE e.user_id = actor AND e.student_id = asked_student AND e.ended_at IS NULL
      AND e.expires_at > statement_timestamp();
    IF FOUND THEN
        RETURN access;
    END IF;
    IF 3 <= (SELECT count(*) FROM emergency_accesses e
             WHERE e.user_id = actor AND e.ended_at IS NULL AND e.expires_at > statement_timestamp()) THEN
        RAISE EXCEPTION 'Three emergency accesses are open at once at most.'
            USING ERRCODE = 'restrict_violation', TABLE = 'emergency_accesses', HINT = 'End one of them first.';
    END IF;
    INSERT INTO emergency_accesses (user_id, student_id, reason) VALUES (actor, asked_student, stated_reason)
    RETURNING id INTO access;
    RETURN access;
END
$$
"""

# Whether there was one to end.
END_ACCESS = f"""
CREATE OR REPLACE FUNCTION end_emergency_access(access uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    {_ACTOR}
BEGIN
    UPDATE emergency_accesses e SET ended_at = statement_timestamp()
    WHERE e.id = access AND e.user_id = actor AND e.ended_at IS NULL AND e.expires_at > statement_timestamp();
    RETURN FOUND;
END
$$
"""

# A student of the nurse's districts by the exact number, or by last name and day of birth. Each search is an entry of
# the log, and one more for the students it told of; by the entries it is counted. What was typed is not kept.
FIND_STUDENT = f"""
CREATE OR REPLACE FUNCTION find_in_emergency(asked_number text, asked_name text, asked_birth date) RETURNS TABLE (found_id uuid, found_name text, found_grade text, found_school text, in_reach boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    {_ACTOR}
    {_DISTRICTS}
    reach uuid[] := nullif(current_setting('whitecross.schools', true), '')::uuid[];
    reason text := coalesce(current_setting('whitecross.reason', true), '');
    matches uuid[];
BEGIN{_NURSE}
    IF 20 <= (SELECT count(*) FROM audit_logs l
              WHERE l.user_id = actor AND l.created_at > statement_timestamp() - interval '1 hour'
                AND l.action = 'SEARCH' AND l.entity_type = 'emergency_accesses') THEN
        RAISE EXCEPTION 'You have looked for 20 students within an hour.'
            USING ERRCODE = 'restrict_violation', TABLE = 'emergency_accesses', HINT = 'Call the student''s school.';
    END IF;
    IF btrim(asked_number) <> '' THEN
        matches := ARRAY(
            SELECT s.id FROM students s
            WHERE s.student_number = btrim(asked_number) AND s.deleted_at IS NULL AND s.district_id = ANY (districts)
            ORDER BY s.id LIMIT 5);
    ELSIF btrim(asked_name) <> '' AND asked_birth IS NOT NULL THEN
        matches := ARRAY(
            SELECT s.id FROM students s
            WHERE s.date_of_birth = asked_birth AND lower(s.last_name) = lower(btrim(asked_name))
              AND s.deleted_at IS NULL AND s.district_id = ANY (districts)
            ORDER BY s.id LIMIT 5);
    ELSE
        RAISE EXCEPTION 'A student is looked for by number, or by last name and date of birth.'
            USING ERRCODE = 'restrict_violation', TABLE = 'emergency_accesses';
    END IF;
    PERFORM set_config('whitecross.reason', 'Emergency search', true);
    PERFORM record_access('SEARCH', 'emergency_accesses', NULL, NULL, NULL, cardinality(matches));
    IF matches <> '{{}}' THEN
        PERFORM record_access('SEARCH', 'students', NULL, NULL, matches, NULL);
    END IF;
    PERFORM set_config('whitecross.reason', reason, true);
    RETURN QUERY
        SELECT s.id, s.first_name || ' ' || s.last_name, s.grade::text, coalesce(c.name::text, ''),
               coalesce(s.school_id = ANY (reach), false)
        FROM students s LEFT JOIN schools c ON c.id = s.school_id
        WHERE s.id = ANY (matches) ORDER BY s.id;
END
$$
"""

# What was seen and changed under an access, in the order of time: for the nurse, and for those who review it.
ACTIVITY = f"""
CREATE OR REPLACE FUNCTION emergency_activity(asked_access uuid) RETURNS TABLE (done_at timestamptz, done text, done_table text, done_id uuid, done_rows bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE
    {_ACTOR}
    role text := current_setting('role');
    access record;
BEGIN
    SELECT e.user_id, e.district_id, e.granted_at, e.expires_at INTO access
    FROM emergency_accesses e WHERE e.id = asked_access;
    IF NOT FOUND OR NOT (CASE
        WHEN role = 'whitecross_admin' OR role NOT LIKE 'whitecross\\_%' THEN true
        WHEN role = 'whitecross_district_admin'
            THEN coalesce(access.district_id::text = current_setting('whitecross.district_id', true), false)
        ELSE access.user_id = actor
    END) THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT l.created_at, l.action::text, l.entity_type::text, l.entity_id, l.row_count
        FROM audit_logs l
        WHERE l.user_id = access.user_id
          AND l.created_at BETWEEN access.granted_at AND access.expires_at + interval '10 minutes'
          AND l.reason LIKE 'Emergency access %' AND strpos(l.reason, asked_access::text) > 0
          AND l.entity_type <> 'emergency_accesses'
        ORDER BY l.created_at, l.id;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("emergency", "0002_policies_in_emergency"),
        ("audit", "0006_know_old_signers"),
        ("medications", "0007_row_security"),
    ]

    operations = [
        CreateFunction(NEW_FILE_UNDER_ORDER, previous=OLD_FILE_UNDER_ORDER),
        CreateFunction(NAME_EMERGENCY),
        CreateTrigger(
            "audit_logs_emergency",
            "audit_logs",
            "BEFORE INSERT",
            "FOR EACH ROW WHEN (current_setting('role') = 'whitecross_nurse_emergency') "
            "EXECUTE FUNCTION name_emergency()",
        ),
        # To drop the trigger PostgreSQL locks the partitions first, and whoever reads the log has the table before them.
        LockTables([], undoing=["audit_logs"]),
        CreateFunction(OPEN_ACCESS),
        RestrictFunction("open_emergency_access(uuid, text)", NURSES),
        CreateFunction(END_ACCESS),
        RestrictFunction("end_emergency_access(uuid)", NURSES),
        CreateFunction(FIND_STUDENT),
        RestrictFunction("find_in_emergency(text, text, date)", NURSES),
        CreateFunction(ACTIVITY),
        RestrictFunction(
            "emergency_activity(uuid)", ["whitecross_nurse", "whitecross_district_admin", "whitecross_admin"]
        ),
        # Last: from here on somebody may have the reach.
        CreateFunction(NEW_DECLARE_ACTOR, previous=OLD_DECLARE_ACTOR),
    ]
