"""The guard: what a value may be, who may set it, and a history that writes itself.

Lock: both tables against all others, both at once, for a moment. Undone by dropping the triggers and functions and
putting the old policies back; a history in which a value was taken back then has an empty text there.
"""

from django.db import migrations, models

from core.database.operations import (
    CreateFunction,
    CreateTrigger,
    Grant,
    LockTables,
    Policy,
    ReplacePolicies,
    RestrictFunction,
)

# The forms are those of configuration/values.py, which a test compares. In the C collation \d, \w and ranges mean ASCII,
# as they do there. Of JSON: a number is read by any parser the same if it has no exponent and few digits, and no parser
# fails at a document that is not deep. What no type can be read from is an error of class 22, which is a no.
SETTING_IS_RIGHT = r"""
CREATE OR REPLACE FUNCTION setting_is_right(kind text, value text, choices text[], lowest numeric, highest numeric, rules jsonb)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a_date text := '(?:19|2[01])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
    a_time text := '(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?';
    a_label text := '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
    form text := CASE kind
        WHEN 'NUMBER' THEN '(?:0|-?[1-9][0-9]{0,13}|-?(?:0|[1-9][0-9]{0,13})\.[0-9]{0,5}[1-9])'
        WHEN 'BOOLEAN' THEN '(?:true|false)'
        WHEN 'DATE' THEN a_date
        WHEN 'TIME' THEN a_time
        WHEN 'DATETIME' THEN a_date || 'T' || a_time || '(?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])'
        WHEN 'EMAIL' THEN '[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]{1,64}@' || a_label || '(?:\.' || a_label || ')+'
        WHEN 'URL' THEN 'https?://' || a_label || '(?:\.' || a_label || ')*(?::[0-9]{1,5})?(?:[/?#][!-~]*)?'
        WHEN 'COLOR' THEN '#[0-9A-Fa-f]{6}'
    END;
    document jsonb;
    parts text[] := ARRAY[value];
BEGIN
    IF char_length(value) > 10000 OR value COLLATE "C" !~ ('^(?:' || form || ')$') THEN
        RETURN false;
    END IF;
    IF kind IN ('DATE', 'DATETIME') THEN
        PERFORM make_date(substr(value, 1, 4)::int, substr(value, 6, 2)::int, substr(value, 9, 2)::int);
    ELSIF kind = 'NUMBER' THEN
        IF value::numeric < lowest OR value::numeric > highest
            OR (rules @> '{"whole": true}' AND position('.' IN value) > 0)
        THEN
            RETURN false;
        END IF;
    ELSIF kind IN ('JSON', 'ARRAY') THEN
        IF regexp_replace(value, '"(?:[^"\\]|\\.)*"', '""', 'g') COLLATE "C" ~ '[0-9][eE]|[0-9.]{21}' THEN
            RETURN false;
        END IF;
        document := value::jsonb;
        IF jsonb_path_exists(document, 'strict $.**{20} ? (@.type() == "array" || @.type() == "object")') THEN
            RETURN false;
        END IF;
        IF kind = 'ARRAY' THEN
            IF jsonb_typeof(document) <> 'array'
                OR EXISTS (SELECT FROM jsonb_array_elements(document) AS part WHERE jsonb_typeof(part) <> 'string')
            THEN
                RETURN false;
            END IF;
            parts := ARRAY(SELECT jsonb_array_elements_text(document));
        END IF;
    END IF;
    IF (cardinality(choices) > 0 OR kind = 'ENUM') AND NOT parts <@ choices THEN
        RETURN false;
    END IF;
    RETURN coalesce(value COLLATE "C" ~ ('^(?:' || (rules ->> 'pattern') || ')$'), true);
EXCEPTION WHEN data_exception THEN
    RETURN false;
END
$$
"""

# The SYSTEM row of a key is its declaration, which migrate writes as the owner; what others have in its place takes
# everything but the value from it.
GUARD_SETTING = r"""
CREATE OR REPLACE FUNCTION guard_setting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    web_acts boolean := current_setting('role') LIKE 'whitecross\_%';
    declaration system_configurations;
BEGIN
    IF num_nulls(NEW.key, NEW.value, NEW.value_type, NEW.scope, NEW.valid_values, NEW.validation_rules, NEW.is_editable,
                 NEW.is_active) > 0
    THEN
        RETURN NEW;  -- the columns refuse it
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.key <> OLD.key OR NEW.value_type <> OLD.value_type OR NEW.scope <> OLD.scope
            OR NEW.scope_id IS DISTINCT FROM OLD.scope_id
        THEN
            RAISE EXCEPTION 'A setting keeps its key, its type and for whom it holds.'
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
                      HINT = 'Take this value back and set another.';
        END IF;
        IF NOT NEW.is_active AND NOT OLD.is_active AND NEW.value <> OLD.value
            AND NEW.value <> coalesce(NEW.default_value, '')
        THEN
            NEW.is_active := true;  -- a value that is set is meant to hold
        END IF;
        IF web_acts THEN
            declaration := NEW;
            declaration.value := OLD.value;
            declaration.is_active := OLD.is_active;
            declaration.created_at := OLD.created_at;
            declaration.created_by := OLD.created_by;
            declaration.updated_at := OLD.updated_at;
            declaration.updated_by := OLD.updated_by;
            IF declaration *<> OLD THEN
                RAISE EXCEPTION 'Of a setting only the value changes.'
                    USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME,
                          HINT = 'All else is declared in the code that reads it.';
            END IF;
        END IF;
        IF NEW.value = OLD.value AND NEW.is_active = OLD.is_active THEN
            RETURN NEW;
        END IF;
    ELSIF NEW.scope = 'SYSTEM' THEN
        IF web_acts THEN
            RAISE EXCEPTION 'A setting is declared in the code that reads it.'
                USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME, COLUMN = 'key',
                      HINT = 'Set one of those that there are.';
        END IF;
    ELSE
        SELECT * INTO declaration FROM system_configurations c WHERE c.key = NEW.key AND c.scope = 'SYSTEM';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'There is no setting of this key.'
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, COLUMN = 'key',
                      HINT = 'It is declared in the code that reads it, and migrate brings it in.';
        END IF;
        NEW.value_type := declaration.value_type;
        NEW.default_value := declaration.default_value;
        NEW.category := declaration.category;
        NEW.sub_category := declaration.sub_category;
        NEW.display_name := declaration.display_name;
        NEW.description := declaration.description;
        NEW.valid_values := declaration.valid_values;
        NEW.min_value := declaration.min_value;
        NEW.max_value := declaration.max_value;
        NEW.validation_rules := declaration.validation_rules;
        NEW.tags := declaration.tags;
        NEW.sort_order := declaration.sort_order;
        NEW.is_editable := declaration.is_editable;
        NEW.is_public := declaration.is_public;
        NEW.requires_restart := declaration.requires_restart;
        IF NOT coalesce(NEW.validation_rules -> 'scopes' ? NEW.scope::text, false) THEN
            RAISE EXCEPTION '% cannot be set for a %.', NEW.key, lower(NEW.scope::text)
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, COLUMN = 'scope_id',
                      HINT = 'Its declaration says for whom it can.';
        END IF;
        IF NOT (CASE NEW.scope
            WHEN 'DISTRICT' THEN EXISTS (SELECT FROM districts d WHERE d.id = NEW.scope_id)
            WHEN 'SCHOOL' THEN EXISTS (SELECT FROM schools s WHERE s.id = NEW.scope_id)
            ELSE EXISTS (SELECT FROM users u WHERE u.id = NEW.scope_id)
        END) THEN
            RAISE EXCEPTION 'There is no such %.', lower(NEW.scope::text)
                USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, COLUMN = 'scope_id',
                      HINT = 'A value for the system belongs to nobody; any other names its district, school or user.';
        END IF;
    END IF;
    IF NOT NEW.is_editable AND (web_acts OR (TG_OP = 'UPDATE' AND OLD.is_active)) THEN
        RAISE EXCEPTION '% cannot be changed.', NEW.key
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, COLUMN = 'value',
                  HINT = 'Its declaration says so: it is set once, when White Cross is set up.';
    END IF;
    IF NOT (NEW.value = '' AND NEW.default_value IS NULL)
        AND (TG_OP = 'INSERT' OR NEW.is_active OR NEW.value <> OLD.value)
        AND NOT setting_is_right(NEW.value_type::text, NEW.value, NEW.valid_values, NEW.min_value, NEW.max_value,
                                 NEW.validation_rules)
    THEN
        RAISE EXCEPTION '% should be %.', NEW.key,
            coalesce(NEW.validation_rules ->> 'right', 'a value of the type ' || NEW.value_type)
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME, COLUMN = 'value';
    END IF;
    RETURN NEW;
END
$$
"""

# A value that is not in force is none. The moment is that of the row, by which changes of one row are ordered; where
# nobody was declared to act, an import says by it when, and by the stamps of the row who.
NOTE_SETTING = """
CREATE OR REPLACE FUNCTION note_setting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before text;
    after text := CASE WHEN NEW.is_active THEN NEW.value END;
    actor uuid := coalesce(nullif(current_setting('whitecross.actor_id', true), '')::uuid, NEW.updated_by);
    address inet;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.is_active THEN
        before := OLD.value;
    END IF;
    IF before IS NOT DISTINCT FROM after THEN
        RETURN NULL;
    END IF;
    BEGIN
        address := nullif(current_setting('whitecross.ip', true), '')::inet;
    EXCEPTION WHEN invalid_text_representation THEN
        address := NULL;  -- a proxy's "unknown"
    END;
    INSERT INTO configuration_history (configuration_id, config_key, old_value, new_value, changed_by, changed_by_name,
                                       change_reason, ip_address, user_agent, created_at)
    SELECT NEW.id, NEW.key, before, after, actor,
           (SELECT left(u.first_name || ' ' || u.last_name, 200) FROM users u WHERE u.id = actor),
           nullif(current_setting('whitecross.reason', true), ''), address,
           nullif(current_setting('whitecross.user_agent', true), ''), NEW.updated_at;
    RETURN NULL;
END
$$
"""

KEEP_SETTING_HISTORY = """
CREATE OR REPLACE FUNCTION keep_setting_history() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'The history of settings is only ever added to.'
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
              HINT = 'To undo a change, set the former value again.';
END
$$
"""

STAFF = "whitecross_app, whitecross_district"
DISTRICT = "nullif(current_setting('whitecross.district_id', true), '')::uuid"
SCHOOLS = "nullif(current_setting('whitecross.schools', true), '')::uuid[]"
OF_DISTRICT = (
    f"(scope = 'DISTRICT' AND scope_id = {DISTRICT}) OR (scope = 'SCHOOL' AND scope_id IN (SELECT unnest({SCHOOLS})))"
)
OF_SCHOOLS = "scope = 'SCHOOL' AND scope_id = ANY (schools_in_reach())"


def own_policies(to: str, own: str) -> list[Policy]:
    """What somebody may set: what is the own district's, or a school's in reach."""
    name = to.removeprefix("whitecross_")
    return [
        Policy(f"settings_{name}_add", to=to, check=own, command="INSERT"),
        Policy(f"settings_{name}_change", to=to, using=own, check=own, command="UPDATE"),
    ]


class Migration(migrations.Migration):
    dependencies = [("configuration", "0005_settings_are_read")]

    operations = [
        LockTables(["system_configurations", "configuration_history"], "ACCESS EXCLUSIVE"),
        migrations.AlterField(
            model_name="configurationhistory",
            name="new_value",
            field=models.TextField(
                blank=True, db_comment="Value after; null if none is set there any longer", null=True
            ),
        ),
        # The mark of a demo said by a tag that other data was there before it; tags are now those of the declaration.
        migrations.RunSQL(
            "UPDATE system_configurations SET value = value || ' beside other data' "
            "WHERE key = 'demo.seed' AND 'beside-other-data' = ANY (tags)",
            "UPDATE system_configurations SET value = replace(value, ' beside other data', ''), "
            "tags = tags || '{beside-other-data}'::varchar[] WHERE key = 'demo.seed' AND value LIKE '%beside other data'",
        ),
        migrations.RunSQL(
            migrations.RunSQL.noop, "UPDATE configuration_history SET new_value = '' WHERE new_value IS NULL"
        ),
        CreateFunction(SETTING_IS_RIGHT),
        CreateFunction(GUARD_SETTING),
        CreateFunction(NOTE_SETTING),
        CreateFunction(KEEP_SETTING_HISTORY),
        RestrictFunction("setting_is_right(text, text, text[], numeric, numeric, jsonb)", []),
        # Its name sorts before that of the stamps, which look at the row as it will be.
        CreateTrigger(
            "system_configurations_guarded",
            "system_configurations",
            "BEFORE INSERT OR UPDATE",
            "FOR EACH ROW EXECUTE FUNCTION guard_setting()",
        ),
        CreateTrigger(
            "system_configurations_noted",
            "system_configurations",
            "AFTER INSERT OR UPDATE OF value, is_active",
            "FOR EACH ROW EXECUTE FUNCTION note_setting()",
        ),
        CreateTrigger(
            "configuration_history_kept",
            "configuration_history",
            "BEFORE UPDATE OR DELETE",
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_setting_history()",
        ),
        Grant("INSERT, UPDATE", "system_configurations", ["whitecross_district_admin", "whitecross_school_admin"]),
        Grant("SELECT", "configuration_history", ["whitecross_school_admin"]),
        ReplacePolicies(
            "system_configurations",
            old=[Policy("settings_seen", to=STAFF, using="setting_is_seen(scope::text, scope_id)")],
            new=[
                Policy("settings_seen", to=STAFF, using="setting_is_seen(scope::text, scope_id)", command="SELECT"),
                *own_policies("whitecross_district", OF_DISTRICT),
                *own_policies("whitecross_app", OF_SCHOOLS),
            ],
        ),
        migrations.AlterModelOptions(
            "systemconfiguration", {"ordering": ["category", "sort_order", "key"], "verbose_name": "setting"}
        ),
        migrations.AlterModelOptions(
            "configurationhistory",
            {
                "ordering": ["-created_at"],
                "verbose_name": "change of a setting",
                "verbose_name_plural": "changes of settings",
            },
        ),
        LockTables([], undoing=["system_configurations", "configuration_history"]),
    ]
