"""The guard: the roles that the web acts as, and the function that declares who acts.

Lock: none that readers or writers wait for. Undone by dropping the function and revoking the grants; the roles stay,
they belong to the server and other databases on it may use them.
"""

from django.db import migrations

from core.database.operations import CreateFunction, CreateRoles, Grant, RestrictFunction

ANONYMOUS = "whitecross_anonymous"

# A role for each reach, which row security knows, and one for each role of a user, which holds its grants.
ROLES = {
    "whitecross_app": (),
    "whitecross_district": (),
    "whitecross_all": (),
    "whitecross_anonymous": (),
    "whitecross_nurse": ("whitecross_app",),
    "whitecross_counselor": ("whitecross_app",),
    "whitecross_school_admin": ("whitecross_app",),
    "whitecross_viewer": ("whitecross_app",),
    "whitecross_district_admin": ("whitecross_district",),
    "whitecross_admin": ("whitecross_all",),
}
LOGGED_IN = [role for role, reach in ROLES.items() if reach]

# The settings end with the transaction. An argument that is null leaves what was declared before. The role itself
# cannot be set in here: PostgreSQL forbids it in a function that runs with its owner's rights.
DECLARE_ACTOR = """
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

# What row security asks of the few schools of a nurse. Not in SQL, which the planner would take apart and compute for
# every row; dear, so that it is asked once to begin an index scan.
SCHOOLS_IN_REACH = """
CREATE OR REPLACE FUNCTION schools_in_reach() RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 AS $$
BEGIN
    RETURN nullif(pg_catalog.current_setting('whitecross.schools', true), '')::pg_catalog.uuid[];
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_performance_indexes"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        CreateRoles(ROLES),
        CreateFunction(DECLARE_ACTOR),
        CreateFunction(SCHOOLS_IN_REACH),
        RestrictFunction("declare_actor(uuid, text, text, text, text, text)", [ANONYMOUS, *LOGGED_IN]),
        # Whoever logs in is looked up by someone who is nobody yet; so is every session.
        Grant("SELECT", "users", [ANONYMOUS]),
        Grant("UPDATE (last_login, password, password_changed_at)", "users", [ANONYMOUS]),
        Grant("SELECT, INSERT, UPDATE, DELETE", "django_session", [ANONYMOUS, *LOGGED_IN]),
        Grant("SELECT", "django_content_type", LOGGED_IN),
        Grant("SELECT", "django_migrations", LOGGED_IN),
        # Its key is an identity column, which needs no right to a sequence.
        Grant("SELECT, INSERT", "django_admin_log", LOGGED_IN),
    ]
