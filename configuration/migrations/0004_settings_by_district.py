"""The guard: a district administrator reads the settings of the system and of the own district, with their history.

Lock: both tables against all others, for a moment. Undone by the old policies, by which all are read.
"""

from django.db import migrations

from core.database.operations import CreateFunction, Policy, ReplacePolicies, RestrictFunction, open_policies

# Users by the district that they belong to, not by those who once knew them.
SETTING_IS_SEEN = """
CREATE OR REPLACE FUNCTION setting_is_seen(scope text, scope_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    district uuid := nullif(current_setting('whitecross.district_id', true), '')::uuid;
    reach uuid[] := nullif(current_setting('whitecross.schools', true), '')::uuid[];
BEGIN
    RETURN coalesce(CASE scope
        WHEN 'SYSTEM' THEN true
        WHEN 'DISTRICT' THEN scope_id = district
        WHEN 'SCHOOL' THEN scope_id = ANY (reach)
        ELSE EXISTS (SELECT FROM users u WHERE u.id = scope_id AND (u.district_id = district OR u.school_id = ANY (reach)))
    END, false);
END
$$
"""

LOGGED_IN = [
    "whitecross_nurse",
    "whitecross_counselor",
    "whitecross_school_admin",
    "whitecross_viewer",
    "whitecross_district_admin",
    "whitecross_admin",
]
STAFF = "whitecross_app, whitecross_district"


class Migration(migrations.Migration):
    dependencies = [("core", "0013_see_own_district"), ("configuration", "0003_row_security")]

    operations = [
        CreateFunction(SETTING_IS_SEEN),
        RestrictFunction("setting_is_seen(text, uuid)", LOGGED_IN),
        ReplacePolicies(
            "system_configurations",
            old=open_policies("system_configurations"),
            new=[
                Policy("settings_seen", to=STAFF, using="setting_is_seen(scope::text, scope_id)"),
                Policy("settings_all", to="whitecross_all", using="true"),
            ],
        ),
        ReplacePolicies(
            "configuration_history",
            old=open_policies("configuration_history"),
            new=[
                Policy(
                    "setting_history_seen",
                    to=STAFF,
                    using="configuration_id IN (SELECT c.id FROM system_configurations c)",
                ),
                Policy("setting_history_all", to="whitecross_all", using="true"),
            ],
        ),
    ]
