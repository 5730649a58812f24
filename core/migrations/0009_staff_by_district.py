"""The guard: users are known to the districts they work for; who acts is declared with the districts in sight.

Lock: users against all others, and the other tables against writing, for a moment; no row is written or read. Undone by
dropping the column and the triggers.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

from core.database.operations import (
    CreateFunction,
    CreateTrigger,
    KnowSigners,
    RestrictFunction,
)

OLD_DECLARE_ACTOR = """
CREATE OR REPLACE FUNCTION declare_actor(actor uuid, source text, ip text, user_agent text, request_id text, reason text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person record;
    taken text := 'whitecross_anonymous';
    reach uuid[] := '{}';
    district uuid;
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
        reach := ARRAY(
            SELECT person.school_id WHERE person.school_id IS NOT NULL
            UNION
            SELECT school_assignments.school_id FROM school_assignments
            WHERE school_assignments.user_id = person.id AND school_assignments.start_date <= CURRENT_DATE
              AND (school_assignments.end_date IS NULL OR school_assignments.end_date >= CURRENT_DATE)
            ORDER BY 1
        );
    END IF;
    PERFORM
        set_config('whitecross.actor_id', coalesce(person.id::text, ''), true),
        set_config('whitecross.schools', reach::text, true),
        set_config('whitecross.district_id', coalesce(district::text, ''), true),
        set_config('whitecross.home_school', coalesce(person.school_id::text, ''), true),
        set_config('whitecross.source', coalesce(source, current_setting('whitecross.source', true), ''), true),
        set_config('whitecross.ip', coalesce(ip, current_setting('whitecross.ip', true), ''), true),
        set_config('whitecross.user_agent', coalesce(user_agent, current_setting('whitecross.user_agent', true), ''), true),
        set_config('whitecross.request_id', coalesce(request_id, current_setting('whitecross.request_id', true), ''), true),
        set_config('whitecross.reason', coalesce(reason, current_setting('whitecross.reason', true), ''), true);
    RETURN taken;
END
$$
"""

# The home district of school staff is their school's, or else the one that is said; further districts are those of the
# schools they cover today. Whoever is known everywhere (the nil key) is known to each of them.
DECLARE_ACTOR = """
CREATE OR REPLACE FUNCTION declare_actor(actor uuid, source text, ip text, user_agent text, request_id text, reason text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person record;
    taken text := 'whitecross_anonymous';
    reach uuid[] := '{}';
    district uuid;
    districts uuid[] := '{}';
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
    END IF;
    PERFORM
        set_config('whitecross.actor_id', coalesce(person.id::text, ''), true),
        set_config('whitecross.schools', reach::text, true),
        set_config('whitecross.district_id', coalesce(district::text, ''), true),
        set_config('whitecross.districts',
                   (CASE WHEN districts <> '{}' THEN '00000000-0000-0000-0000-000000000000'::uuid || districts
                         ELSE '{}' END)::text, true),
        set_config('whitecross.home_school', coalesce(person.school_id::text, ''), true),
        set_config('whitecross.source', coalesce(source, current_setting('whitecross.source', true), ''), true),
        set_config('whitecross.ip', coalesce(ip, current_setting('whitecross.ip', true), ''), true),
        set_config('whitecross.user_agent', coalesce(user_agent, current_setting('whitecross.user_agent', true), ''), true),
        set_config('whitecross.request_id', coalesce(request_id, current_setting('whitecross.request_id', true), ''), true),
        set_config('whitecross.reason', coalesce(reason, current_setting('whitecross.reason', true), ''), true);
    RETURN taken;
END
$$
"""

# Only the owner's functions say who is known where: the names of all users would be a district administrator's who
# could write it.
KEEP_KNOWN_TO = """
CREATE OR REPLACE FUNCTION keep_known_to() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF current_user <> (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
        IF TG_OP = 'INSERT' THEN
            NEW.known_to := '{}';
        ELSE
            NEW.known_to := OLD.known_to;
        END IF;
    END IF;
    RETURN NEW;
END
$$
"""

# Where a user works or has worked; everywhere, who administers all. It never shrinks.
KNOW_STAFF = """
CREATE OR REPLACE FUNCTION know_staff() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.known_to IS NULL THEN
        RETURN NEW;  -- which the column refuses
    ELSIF TG_OP = 'UPDATE' THEN
        NEW.known_to := OLD.known_to || NEW.known_to;
    END IF;
    NEW.known_to := ARRAY(
        SELECT known.district FROM unnest(NEW.known_to) AS known(district)
        UNION SELECT NEW.district_id WHERE NEW.district_id IS NOT NULL
        UNION SELECT s.district_id FROM schools s WHERE s.id = NEW.school_id
        UNION SELECT s.district_id FROM school_assignments a JOIN schools s ON s.id = a.school_id WHERE a.user_id = NEW.id
        UNION SELECT '00000000-0000-0000-0000-000000000000'::uuid WHERE NEW.role = 'ADMIN' OR NEW.is_superuser
        ORDER BY 1
    );
    RETURN NEW;
END
$$
"""

KNOW_COVERING_STAFF = """
CREATE OR REPLACE FUNCTION know_covering_staff() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE users u SET known_to = u.known_to || s.district_id FROM schools s
    WHERE u.id = NEW.user_id AND s.id = NEW.school_id
      AND NOT u.known_to && ARRAY['00000000-0000-0000-0000-000000000000'::uuid, s.district_id];
    RETURN NULL;
END
$$
"""

# A school that passes to another district takes its staff along.
KNOW_STAFF_OF_SCHOOL = """
CREATE OR REPLACE FUNCTION know_staff_of_school() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE users u SET known_to = u.known_to || NEW.district_id
    WHERE (u.school_id = NEW.id OR u.id IN (SELECT a.user_id FROM school_assignments a WHERE a.school_id = NEW.id))
      AND NOT u.known_to && ARRAY['00000000-0000-0000-0000-000000000000'::uuid, NEW.district_id];
    RETURN NULL;
END
$$
"""

# A district knows whoever is named in a record that lies there: by whatever column that refers to users, so no list can
# be wrong. What does it is made into a statement for a table and the rows of it to look at (the table itself, or those
# that a statement has written), to be planned for the rows at hand. Null for a table in which nobody is named.
SIGNERS_STATEMENT = """
CREATE OR REPLACE FUNCTION signers_statement(table_name text, rows text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    signers text;
    district text;
BEGIN
    SELECT string_agg(format('(r.%I)', a.attname), ', ') INTO signers
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    WHERE k.conrelid = to_regclass(format('public.%I', table_name)) AND k.confrelid = 'public.users'::regclass
      AND k.contype = 'f';
    -- A student without a school is the district's all the same.
    SELECT CASE WHEN count(*) > 0 THEN 'r.district_id' ELSE 's.district_id' END INTO district
    FROM pg_attribute a
    WHERE a.attrelid = to_regclass(format('public.%I', table_name)) AND a.attname = 'district_id' AND NOT a.attisdropped;
    RETURN format($sql$
        UPDATE users u SET known_to = u.known_to || named.districts
        FROM (
            SELECT signed.id, array_agg(signed.district) AS districts
            FROM (SELECT DISTINCT v.id, %1$s AS district
                  FROM %2$I AS r LEFT JOIN schools s ON s.id = r.school_id CROSS JOIN LATERAL (VALUES %3$s) AS v(id)
                  WHERE v.id IS NOT NULL AND %1$s IS NOT NULL) AS signed
            JOIN users known ON known.id = signed.id
            WHERE NOT known.known_to && ARRAY['00000000-0000-0000-0000-000000000000'::uuid, signed.district]
            GROUP BY signed.id
        ) AS named
        WHERE u.id = named.id
    $sql$, district, rows, signers);
END
$$
"""

KNOW_SIGNERS = """
CREATE OR REPLACE FUNCTION know_signers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
BEGIN
    IF EXISTS (SELECT FROM _new) THEN
        EXECUTE signers_statement(TG_TABLE_NAME, '_new');
    END IF;
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0008_row_security")]

    operations = [
        migrations.AddField(
            "User",
            "known_to",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(),
                default=list,
                db_default=[],
                editable=False,
                db_comment="Districts that know the user: worked for, or signed a record there; 0 for all; "
                "kept by triggers",
            ),
        ),
        CreateFunction(DECLARE_ACTOR, previous=OLD_DECLARE_ACTOR),
        CreateFunction(KEEP_KNOWN_TO),
        CreateFunction(KNOW_STAFF),
        CreateFunction(KNOW_COVERING_STAFF),
        CreateFunction(KNOW_STAFF_OF_SCHOOL),
        CreateFunction(SIGNERS_STATEMENT),
        RestrictFunction("signers_statement(text, text)", []),
        CreateFunction(KNOW_SIGNERS),
        # Triggers of one moment fire in the order of their names.
        CreateTrigger(
            "users_known_kept",
            "users",
            "BEFORE INSERT OR UPDATE OF known_to",
            "FOR EACH ROW EXECUTE FUNCTION keep_known_to()",
        ),
        CreateTrigger(
            "users_known_to",
            "users",
            "BEFORE INSERT OR UPDATE OF known_to, role, is_superuser, school_id, district_id",
            "FOR EACH ROW EXECUTE FUNCTION know_staff()",
        ),
        CreateTrigger(
            "school_assignments_known",
            "school_assignments",
            "AFTER INSERT OR UPDATE OF user_id, school_id",
            "FOR EACH ROW EXECUTE FUNCTION know_covering_staff()",
        ),
        CreateTrigger(
            "schools_known",
            "schools",
            "AFTER UPDATE OF district_id",
            "FOR EACH ROW WHEN (OLD.district_id IS DISTINCT FROM NEW.district_id) "
            "EXECUTE FUNCTION know_staff_of_school()",
        ),
        KnowSigners(["students", "contacts", "legal_holds"]),
    ]
