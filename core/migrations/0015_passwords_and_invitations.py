"""The guard: nobody sets another's password; a user is invited, and what a password says about itself is true.

Lock: users against all others, for the moment in which an empty column is added and its constraint reads the staff;
nothing is written. Undone by dropping the column and the trigger, and by giving back to whoever is not logged in the
right to set passwords.
"""

from django.db import migrations, models

from core.database.functions import WithinCalendar
from core.database.operations import CreateFunction, CreateTrigger, Revoke

# A password that cannot be used begins with "!", as Django writes it. The log-in renews a hash that is out of fashion:
# it says so (whitecross.rehash), for the password is the old one.
KEEP_TRUE = r"""
CREATE OR REPLACE FUNCTION keep_password() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    by_web boolean := current_setting('role') LIKE 'whitecross\_%';
    actor uuid := nullif(current_setting('whitecross.actor_id', true), '')::uuid;
    usable boolean := NEW.password NOT LIKE '!%';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF by_web AND usable THEN
            RAISE EXCEPTION 'Nobody sets the password of another.'
                USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME, HINT = 'Invite the user.';
        ELSIF by_web THEN
            NEW.password_changed_at := NULL;
            NEW.email_verified := false;
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.password IS DISTINCT FROM OLD.password THEN
        IF by_web AND usable AND NEW.id IS DISTINCT FROM actor THEN
            RAISE EXCEPTION 'Nobody sets the password of another.'
                USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME, HINT = 'Invite the user again.';
        END IF;
        IF current_setting('whitecross.rehash', true) = 'on' THEN
            NEW.password_changed_at := OLD.password_changed_at;
        ELSE
            IF by_web OR NEW.password_changed_at IS NOT DISTINCT FROM OLD.password_changed_at OR NOT usable THEN
                NEW.password_changed_at := CASE WHEN usable THEN now() END;
            END IF;
            IF NEW.id = actor THEN
                NEW.must_change_password := false;
                -- Who has no password comes by the link that was sent to the address.
                NEW.email_verified := NEW.email_verified OR OLD.password LIKE '!%';
            END IF;
        END IF;
    ELSIF by_web THEN
        NEW.password_changed_at := OLD.password_changed_at;
        NEW.must_change_password := NEW.must_change_password OR (OLD.must_change_password AND NEW.id = actor);
    END IF;
    IF NEW.email IS DISTINCT FROM OLD.email THEN
        NEW.email_verified := NEW.email_verified AND NOT OLD.email_verified AND NOT by_web;
    END IF;
    IF NEW.email IS DISTINCT FROM OLD.email OR (OLD.is_active AND NOT NEW.is_active) THEN
        NEW.invited_at := NULL;
    END IF;
    RETURN NEW;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0014_emergency_reach")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="invited_at",
            field=models.DateTimeField(
                blank=True,
                db_comment="When the user was last sent an invitation; null when it holds no longer",
                editable=False,
                null=True,
            ),
        ),
        migrations.RemoveConstraint(model_name="user", name="users_calendar"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    WithinCalendar("last_login", "password_changed_at", "invited_at", "created_at", "updated_at")
                ),
                name="users_calendar",
                violation_error_message="A date should lie in the years 1900 to 2199.",
            ),
        ),
        CreateFunction(KEEP_TRUE),
        CreateTrigger(
            "users_password", "users", "BEFORE INSERT OR UPDATE", "FOR EACH ROW EXECUTE FUNCTION keep_password()"
        ),
        # A link in an e-mail lets its reader act as the user; so does a log-in that renews a hash.
        Revoke("UPDATE (password, password_changed_at)", "users", ["whitecross_anonymous"]),
    ]
