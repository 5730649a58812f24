"""The guard: what each role may do with a table, and which of its rows it sees.

Lock: each table against all others, for a moment. Undone by taking back the privileges and dropping the policies.
"""

from django.db import migrations

from core.database.operations import CreateFunction, CreateTrigger, GrantTable, Policy, SecureRows, reach_policies

# Which roles see them is said in core.roles. Restrictive: no other policy opens what this one closes.
CONFIDENTIAL = Policy(
    "health_records_confidential",
    to="whitecross_school_admin, whitecross_viewer, whitecross_district_admin",
    using="NOT is_confidential",
    restrictive=True,
)

# A foreign key finds rows that row security hides. Whoever acts through the web refers to rows they see, and is told
# the same of a row elsewhere and of one that is not there: the function runs with the rights of whoever calls it.
REFER_TO_SEEN = """
CREATE OR REPLACE FUNCTION refer_to_seen() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    referred uuid := to_jsonb(NEW) ->> TG_ARGV[1];
    is_seen boolean;
BEGIN
    IF TG_OP = 'UPDATE' AND referred::text = to_jsonb(OLD) ->> TG_ARGV[1] THEN
        RETURN NEW;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id = $1)', TG_ARGV[0]) INTO is_seen USING referred;
    IF NOT is_seen THEN
        RAISE EXCEPTION 'The % refers to a row of % that is not there.', TG_TABLE_NAME, TG_ARGV[0]
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[1];
    END IF;
    RETURN NEW;
END
$$
"""


def refer_to_seen(table: str, column: str, referred: str) -> CreateTrigger:
    """Let the web refer, by a column of a table, to no row that the actor does not see."""
    return CreateTrigger(
        f"{table}_of_{column.removesuffix('_id').split('_')[-1]}",
        table,
        f"BEFORE INSERT OR UPDATE OF {column}",
        rf"FOR EACH ROW WHEN (NEW.{column} IS NOT NULL AND current_setting('role') LIKE 'whitecross\_%') "
        f"EXECUTE FUNCTION refer_to_seen('{referred}', '{column}')",
    )


class Migration(migrations.Migration):
    dependencies = [("core", "0003_acting"), ("health", "0008_stamps_and_deletion")]

    operations = [
        GrantTable("health_records", {"admin": "vacdres", "nurse": "vacdres", "counselor": "vacs"}),
        SecureRows("health_records", [*reach_policies("health_records"), CONFIDENTIAL]),
        GrantTable("allergies", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("allergies", reach_policies("allergies")),
        GrantTable("chronic_conditions", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("chronic_conditions", reach_policies("chronic_conditions")),
        GrantTable("appointments", {"admin": "vacdre", "nurse": "vacdre", "counselor": "vac"}),
        SecureRows("appointments", reach_policies("appointments")),
        GrantTable(
            "vaccinations",
            {"admin": "vacdre", "nurse": "vacdre", "counselor": "v", "school_admin": "ve", "district_admin": "ve"},
        ),
        SecureRows("vaccinations", reach_policies("vaccinations")),
        GrantTable(
            "screenings",
            {"admin": "vacdre", "nurse": "vacdre", "counselor": "v", "school_admin": "ve", "district_admin": "ve"},
        ),
        SecureRows("screenings", reach_policies("screenings")),
        GrantTable("growth_measurements", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("growth_measurements", reach_policies("growth_measurements")),
        GrantTable("vital_signs", {"admin": "vacdre", "nurse": "vacdre", "counselor": "v"}),
        SecureRows("vital_signs", reach_policies("vital_signs")),
        CreateFunction(REFER_TO_SEEN),
        *(
            refer_to_seen(table, "health_record_id", "health_records")
            for table in (
                "allergies",
                "chronic_conditions",
                "vaccinations",
                "screenings",
                "growth_measurements",
                "vital_signs",
            )
        ),
        refer_to_seen("vital_signs", "appointment_id", "appointments"),
    ]
