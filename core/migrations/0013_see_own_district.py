"""The guard: districts, schools and staff are seen by the district they belong to.

Lock: each table against all others, for a moment. Undone by the old policies, by which all staff see all.
"""

from django.db import migrations

from core.database.operations import Policy, ReplacePolicies

READ = "SELECT"
STAFF = "whitecross_app, whitecross_district"
DISTRICT = "nullif(current_setting('whitecross.district_id', true), '')::uuid"
ACTOR = "nullif(current_setting('whitecross.actor_id', true), '')::uuid"
# In a subselect it is read once for a statement, not once for each row.
DISTRICTS = "(SELECT nullif(current_setting('whitecross.districts', true), '')::uuid[])::uuid[]"
IN_SIGHT = "school_id IN (SELECT s.id FROM schools s)"


class Migration(migrations.Migration):
    dependencies = [("core", "0012_know_old_staff")]

    operations = [
        ReplacePolicies(
            "districts",
            old=[Policy("districts_read", to=STAFF, using="true", command=READ)],
            new=[Policy("districts_read", to=STAFF, using=f"id = ANY ({DISTRICTS})", command=READ)],
        ),
        ReplacePolicies(
            "schools",
            old=[Policy("schools_read", to=STAFF, using="true", command=READ)],
            new=[
                Policy("schools_read", to=STAFF, using=f"district_id = {DISTRICT}", command=READ),
                Policy("schools_covered", to="whitecross_app", using="id = ANY (schools_in_reach())", command=READ),
            ],
        ),
        ReplacePolicies(
            "school_assignments",
            old=[Policy("school_assignments_read", to=STAFF, using="true", command=READ)],
            new=[Policy("school_assignments_read", to=STAFF, using=IN_SIGHT, command=READ)],
        ),
        ReplacePolicies(
            "users",
            old=[Policy("users_read", to=STAFF, using="true", command=READ)],
            new=[
                Policy("users_read", to=STAFF, using=f"known_to && {DISTRICTS}", command=READ),
                Policy("users_read_self", to=STAFF, using=f"id = {ACTOR}", command=READ),
            ],
        ),
    ]
