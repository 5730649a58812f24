"""Who is logged in, in a table of our own, in place of Django's table of sessions.

The web keeps its sessions by functions that ask for the key, and reads no key: of the rows, a person sees their own, a
district administrator those of the district's staff, an administrator all, without key and contents.

Lock: users and django_session against writing, both at once, for the foreign key and the trigger. Everybody logs in
anew. Undone by dropping the table and the functions, and by giving Django's table back to the web; everybody logs in
anew again.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.database.functions import WithinCalendar
from core.database.operations import (
    KEY,
    CreateFunction,
    CreateTrigger,
    Grant,
    LockTables,
    Policy,
    RefuseTruncate,
    RestrictFunction,
    SecureRows,
)

ANONYMOUS = "whitecross_anonymous"
LOGGED_IN = [
    "whitecross_nurse",
    "whitecross_counselor",
    "whitecross_school_admin",
    "whitecross_viewer",
    "whitecross_district_admin",
    "whitecross_admin",
]
EVERYBODY = [ANONYMOUS, *LOGGED_IN]

ACTOR = "nullif(current_setting('whitecross.actor_id', true), '')::uuid"
DISTRICT = "nullif(current_setting('whitecross.district_id', true), '')::uuid"
SCHOOLS = "(SELECT unnest(nullif(current_setting('whitecross.schools', true), '')::uuid[]))"
# As in core.0008: whose account a district administrator may change.
STAFF = (
    f"(u.district_id = {DISTRICT} OR (u.district_id IS NULL AND u.school_id IS NOT NULL)) "
    f"AND (u.school_id IS NULL OR u.school_id IN {SCHOOLS})"
)
OF_MANAGED = "user_id IN (SELECT u.id FROM users u WHERE {managed})"
MANAGED = f"{STAFF} AND u.role <> 'ADMIN' AND NOT u.is_superuser"

POLICIES = [
    Policy("user_sessions_own", to="whitecross_app, whitecross_district", using=f"user_id = {ACTOR}", command="SELECT"),
    Policy(
        "user_sessions_district",
        to="whitecross_district",
        using=OF_MANAGED.format(managed=MANAGED),
        command="SELECT",
    ),
    Policy("user_sessions_all", to="whitecross_all", using="true", command="SELECT"),
]
READABLE = "SELECT (id, user_id, ip_address, user_agent, second_factor, created_at, last_activity_at, expire_date)"

# The session of a cookie, if it is not over. What the transaction changes then counts as done in it.
LOAD_SESSION = """
CREATE OR REPLACE FUNCTION load_session(asked_key text)
RETURNS TABLE (contents text, began timestamptz, active timestamptz, ends timestamptz, session_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT s.session_data, s.created_at, s.last_activity_at, s.expire_date, s.id
    INTO contents, began, active, ends, session_id
    FROM user_sessions s WHERE s.session_key = asked_key AND s.expire_date > now();
    PERFORM set_config('whitecross.session', coalesce(session_id::text, ''), true);
    IF session_id IS NOT NULL THEN
        RETURN NEXT;
    END IF;
END
$$
"""

# Makes a session (no old key), or changes one, its key included; false if it is no more: what was ended stays ended. A
# log-in dates it anew. It waits for whoever is changing the account, and refuses one that may not log in.
WRITE_SESSION = """
CREATE OR REPLACE FUNCTION write_session(old_key text, new_key text, contents text, ends timestamptz, who uuid, factor text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    written uuid;
    before uuid;
    address inet;
    agent text := coalesce(current_setting('whitecross.user_agent', true), '');
BEGIN
    BEGIN
        address := nullif(current_setting('whitecross.ip', true), '')::inet;
    EXCEPTION WHEN invalid_text_representation THEN
        address := NULL;
    END;
    IF old_key IS NOT NULL THEN
        SELECT s.id, s.user_id INTO written, before FROM user_sessions s
        WHERE s.session_key = old_key AND s.expire_date > now();
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;
    IF who IS NOT NULL AND who IS DISTINCT FROM before THEN
        PERFORM FROM users u WHERE u.id = who AND u.is_active FOR SHARE;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;
    IF old_key IS NULL THEN
        INSERT INTO user_sessions (session_key, session_data, expire_date, user_id, ip_address, user_agent, second_factor)
        VALUES (new_key, contents, ends, who, address, agent, factor) RETURNING id INTO written;
    ELSE
        UPDATE user_sessions s SET
            session_key = new_key, session_data = contents, second_factor = factor,
            expire_date = coalesce(ends, s.expire_date), user_id = who,
            created_at = CASE WHEN who IS DISTINCT FROM before THEN now() ELSE s.created_at END,
            last_activity_at = CASE WHEN who IS DISTINCT FROM before THEN now() ELSE s.last_activity_at END,
            ip_address = CASE WHEN who IS DISTINCT FROM before THEN address ELSE s.ip_address END,
            user_agent = CASE WHEN who IS DISTINCT FROM before THEN agent ELSE s.user_agent END
        WHERE s.session_key = old_key;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;
    PERFORM set_config('whitecross.session', written::text, true);
    RETURN true;
END
$$
"""

TOUCH_SESSION = """
CREATE OR REPLACE FUNCTION touch_session(asked_key text, ends timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE user_sessions SET last_activity_at = greatest(last_activity_at, now()), expire_date = ends
    WHERE session_key = asked_key AND expire_date > now()
$$
"""

# Not for the web to call: it asks nobody's right. The audit log has the reason.
ERASE_SESSIONS = """
CREATE OR REPLACE FUNCTION erase_sessions(keys uuid[], why text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    reason text := current_setting('whitecross.reason', true);
    erased bigint;
BEGIN
    IF keys IS NULL OR keys = '{}' THEN
        RETURN 0;
    END IF;
    PERFORM set_config('whitecross.reason', coalesce(nullif(why, ''), reason, ''), true);
    DELETE FROM user_sessions WHERE id = ANY (keys);
    GET DIAGNOSTICS erased = ROW_COUNT;
    PERFORM set_config('whitecross.reason', coalesce(reason, ''), true);
    RETURN erased;
END
$$
"""

END_SESSION = """
CREATE OR REPLACE FUNCTION end_session(asked_key text, why text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM erase_sessions(ARRAY(SELECT id FROM user_sessions WHERE session_key = asked_key), why);
END
$$
"""

# One's own sessions, and those of the accounts one may change. Gives how many were ended; others are passed over.
END_SESSIONS = """
CREATE OR REPLACE FUNCTION end_sessions(keys uuid[], why text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    actor uuid := {actor};
    taken text := current_setting('role');
    above boolean := EXISTS (SELECT FROM users u WHERE u.id = actor AND u.is_superuser);
BEGIN
    RETURN erase_sessions(ARRAY(
        SELECT s.id FROM user_sessions s LEFT JOIN users u ON u.id = s.user_id
        WHERE s.id = ANY (keys) AND (
            u.id = actor
            OR taken NOT LIKE 'whitecross\\_%'
            OR (taken = 'whitecross_admin' AND (above OR u.is_superuser IS NOT TRUE))
            OR (taken = 'whitecross_district_admin' AND {managed})
        )
        ORDER BY s.id
    ), why);
END
$$
"""

# For every path by which an account is changed. One's own session goes on when one changes one's own account.
END_SESSIONS_OF_ACCOUNT = """
CREATE OR REPLACE FUNCTION end_sessions_of_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kept uuid := CASE WHEN NEW.id = {actor} AND NEW.is_active
                      THEN nullif(current_setting('whitecross.session', true), '')::uuid END;
BEGIN
    PERFORM erase_sessions(
        ARRAY(SELECT s.id FROM user_sessions s
              WHERE s.user_id = NEW.id AND s.id IS DISTINCT FROM kept ORDER BY s.id FOR UPDATE),
        CASE WHEN NOT NEW.is_active THEN 'The account was deactivated.'
             WHEN NEW.password IS DISTINCT FROM OLD.password THEN 'The password was changed.'
             WHEN NEW.email IS DISTINCT FROM OLD.email THEN 'The e-mail address was changed.'
             ELSE 'The role was changed.' END
    );
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("core", "0013_see_own_district"),
        ("audit", "0001_audit_logs"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="UserSession",
            fields=[
                KEY,
                (
                    "session_key",
                    models.CharField(db_comment="SHA-256 of the cookie's value; never the value itself", max_length=64),
                ),
                (
                    "session_data",
                    models.TextField(db_comment="What is kept in the session, signed for this cookie alone"),
                ),
                (
                    "expire_date",
                    models.DateTimeField(
                        db_comment="When the session is over, if it is not used before", verbose_name="ends"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_comment="Who is logged in; null before the log-in",
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ip_address",
                    models.GenericIPAddressField(
                        blank=True, db_comment="Address the log-in came from", null=True, verbose_name="IP address"
                    ),
                ),
                (
                    "user_agent",
                    models.TextField(
                        blank=True, db_comment="Program the log-in came from", db_default="", verbose_name="browser"
                    ),
                ),
                (
                    "second_factor",
                    models.CharField(
                        blank=True,
                        db_comment="How the second factor was shown; empty if it was not",
                        db_default="",
                        max_length=40,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_comment="When the log-in was", db_default=Now(), verbose_name="since"),
                ),
                (
                    "last_activity_at",
                    models.DateTimeField(
                        db_comment="When somebody last did something in it, to a minute",
                        db_default=Now(),
                        verbose_name="last activity",
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
                "db_table": "user_sessions",
                "db_table_comment": (
                    "Transient: who is logged in, since when, from where; the audit log has how they ended"
                ),
                "ordering": ["-last_activity_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("session_key",), name="user_sessions_key_unique"),
                    models.CheckConstraint(
                        condition=Q(session_key__regex="^[0-9a-f]{64}$"),
                        name="user_sessions_key_form",
                        violation_error_message="The key of a session should be the SHA-256 of its cookie.",
                    ),
                    models.CheckConstraint(
                        condition=Q(WithinCalendar("created_at", "last_activity_at")),
                        name="user_sessions_calendar",
                        violation_error_message="A date should lie in the years 1900 to 2199.",
                    ),
                ],
                "indexes": [
                    models.Index(F("user"), F("last_activity_at").desc(), name="idx_user_sessions_user"),
                    models.Index(fields=["expire_date"], name="idx_user_sessions_expiry"),
                ],
            },
        ),
        RefuseTruncate(["user_sessions"]),
        # Log-ins and what is done in them stand in the audit log anyway: of a session its end is written down, with
        # whose it was and why it ended.
        CreateTrigger(
            "user_sessions_audit_delete",
            "user_sessions",
            "AFTER DELETE",
            "REFERENCING OLD TABLE AS _old FOR EACH STATEMENT "
            "EXECUTE FUNCTION audit_unstamped('session_key', 'session_data')",
        ),
        Grant(READABLE, "user_sessions", LOGGED_IN),
        SecureRows("user_sessions", POLICIES),
        CreateFunction(LOAD_SESSION),
        RestrictFunction("load_session(text)", EVERYBODY),
        CreateFunction(WRITE_SESSION),
        RestrictFunction("write_session(text, text, text, timestamptz, uuid, text)", EVERYBODY),
        CreateFunction(TOUCH_SESSION),
        RestrictFunction("touch_session(text, timestamptz)", EVERYBODY),
        CreateFunction(ERASE_SESSIONS),
        RestrictFunction("erase_sessions(uuid[], text)", []),
        CreateFunction(END_SESSION),
        RestrictFunction("end_session(text, text)", EVERYBODY),
        CreateFunction(END_SESSIONS.format(actor=ACTOR, managed=MANAGED)),
        RestrictFunction("end_sessions(uuid[], text)", LOGGED_IN),
        CreateFunction(END_SESSIONS_OF_ACCOUNT.format(actor=ACTOR)),
        # Who logs in to the release before writes both.
        LockTables(["users", "django_session"]),
        CreateTrigger(
            "users_end_sessions",
            "users",
            "AFTER UPDATE OF password, is_active, role, is_superuser, email",
            # As PostgreSQL prints it, which rows compared as wholes are not: a restored trigger would read otherwise.
            "FOR EACH ROW WHEN (NEW.password IS DISTINCT FROM OLD.password "
            "OR NEW.is_active IS DISTINCT FROM OLD.is_active OR NEW.role IS DISTINCT FROM OLD.role "
            "OR NEW.is_superuser IS DISTINCT FROM OLD.is_superuser OR NEW.email IS DISTINCT FROM OLD.email) "
            "EXECUTE FUNCTION end_sessions_of_account()",
        ),
        # Django's own table stays, empty, for a migration of core names it; the web has no more to do with it.
        migrations.RunSQL("DELETE FROM django_session", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"REVOKE SELECT, INSERT, UPDATE, DELETE ON django_session FROM {', '.join(EVERYBODY)}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO {', '.join(EVERYBODY)}",
        ),
    ]
