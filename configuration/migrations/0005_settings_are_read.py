"""The guard: whoever works reads the settings that hold for them; before a log-in, those that are public.

Lock: the table against all others, for a moment. Undone by taking the privileges, the policy and the functions back.
"""

from django.db import migrations

from core.database.operations import (
    CreateFunction,
    Grant,
    GrantTable,
    Policy,
    ReplacePolicies,
    RestrictFunction,
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

BEFORE = """
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

# What holds in a district holds for all its schools, also for somebody who covers one of them today.
SETTING_IS_SEEN = """
CREATE OR REPLACE FUNCTION setting_is_seen(scope text, scope_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    district uuid := nullif(current_setting('whitecross.district_id', true), '')::uuid;
    reach uuid[] := nullif(current_setting('whitecross.schools', true), '')::uuid[];
BEGIN
    RETURN coalesce(CASE scope
        WHEN 'SYSTEM' THEN true
        WHEN 'DISTRICT' THEN scope_id = ANY (nullif(current_setting('whitecross.districts', true), '')::uuid[])
        WHEN 'SCHOOL' THEN scope_id = ANY (reach)
        ELSE scope_id = nullif(current_setting('whitecross.actor_id', true), '')::uuid
            OR EXISTS (SELECT FROM users u WHERE u.id = scope_id AND (u.district_id = district OR u.school_id = ANY (reach)))
    END, false);
END
$$
"""

# With the rows of a district, so that one query resolves a school's settings for whoever may not list schools.
SCHOOLS_OF_DISTRICT = """
CREATE OR REPLACE FUNCTION schools_of_district(district uuid) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT array_agg(s.id) FROM schools s WHERE s.district_id = district
$$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0013_see_own_district"), ("configuration", "0004_settings_by_district")]

    operations = [
        CreateFunction(SETTING_IS_SEEN, previous=BEFORE),
        CreateFunction(SCHOOLS_OF_DISTRICT),
        RestrictFunction("schools_of_district(uuid)", [ANONYMOUS, *LOGGED_IN]),
        GrantTable("system_configurations", {"nurse": "l", "counselor": "l", "school_admin": "l", "viewer": "l"}),
        Grant("SELECT", "system_configurations", [ANONYMOUS]),
        ReplacePolicies(
            "system_configurations",
            old=[],
            new=[Policy("settings_public", to=ANONYMOUS, using="is_public", command="SELECT")],
        ),
    ]
