"""Rules of the schema, read from PostgreSQL's catalogue and not from lists of ours."""

import pytest

from audit.models import AuditAction
from core.database.soft_delete import SoftDeleteModel
from tests.schema.plan_enums import PLAN_ENUMS
from tests.schema.rows import query
from tests.test_factories import OUR_MODELS

pytestmark = pytest.mark.django_db

OUR_TABLES = [model._meta.db_table for model in OUR_MODELS]
# Tables that Django makes for many-to-many relations of the user; their shape is Django's.
DJANGO_TABLES = "^(auth|django)_"
SOFT_DELETED_TABLES = [model._meta.db_table for model in OUR_MODELS if issubclass(model, SoftDeleteModel)]

# Columns of PHI tables that tell nothing about a student: who or what did the work, with which means, and switches of
# the row itself. Whatever is not named here must say "PHI: ".
NOT_PHI = {
    *("id", "created_at", "updated_at", "created_by", "updated_by", "deleted_at", "deletion_id", "is_active"),
    *("nurse_id", "user_id", "district_id", "reported_by_id", "witnessed_by", "parent_notified_by", "verified_by"),
    *("verified", "verification_date", "measured_by", "measured_by_role", "screened_by", "screened_by_role"),
    *("administered_by", "administered_by_role", "manufacturer", "expiration_date", "total_doses", "equipment_used"),
    *("height_unit", "weight_unit", "temperature_unit", "duration", "priority", "is_primary", "completed_at"),
    *("cancelled_at", "vis_provided", "vis_date", "consent_obtained", "requires_parent_consent"),
}
NAMED_BY_RULE = ("_pkey", "_key", "_like", "_audit_insert", "_audit_update", "_audit_delete")
NOT_PHI_IN = {("contacts", column) for column in ("type", "organization", "title", "state")}

COLUMNS = """
SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
  AND c.relname !~ %s
"""

# Columns in order, each with its direction and operator class; the predicate; whether it is a constraint's.
INDEXES = """
SELECT t.relname::text, i.relname::text, m.amname::text, x.indisunique, x.indisvalid,
       coalesce(pg_get_expr(x.indpred, x.indrelid), ''),
       ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, true) || o.opcname_unless_default
             FROM generate_series(1, x.indnkeyatts) n,
             LATERAL (SELECT CASE WHEN opcdefault THEN '' ELSE ' ' || opcname END opcname_unless_default
                      FROM pg_opclass WHERE oid = x.indclass[n - 1]) o
             ORDER BY n),
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_am m ON m.oid = i.relam
WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition AND t.relname !~ %s
ORDER BY 1, 2
"""


@pytest.fixture
def indexes():
    return query(INDEXES, [DJANGO_TABLES])


def test_the_tables_are_those_of_the_plan_and_the_assignments():
    found = query(
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
        "AND relnamespace = 'public'::regnamespace "
        "AND relname !~ %s",
        [DJANGO_TABLES],
    )

    assert {table for (table,) in found} == set(OUR_TABLES)
    assert len(OUR_TABLES) == 31


def test_every_table_says_what_it_holds():
    silent = query(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
        "AND relnamespace = 'public'::regnamespace "
        "AND relname !~ %s AND coalesce(obj_description(oid, 'pg_class'), '') = ''",
        [DJANGO_TABLES],
    )

    assert silent == []


def test_every_column_says_what_it_holds():
    assert [(table, column) for table, column, _, comment in query(COLUMNS, [DJANGO_TABLES]) if not comment] == []


def test_every_column_with_phi_says_so():
    unmarked = {
        (table, column)
        for table, column, _, comment in query(COLUMNS, [DJANGO_TABLES])
        if table in SOFT_DELETED_TABLES and not comment.startswith("PHI: ")
    }

    assert {key for key in unmarked if key[1] not in NOT_PHI} == NOT_PHI_IN


def test_only_tables_with_phi_have_such_columns_and_the_table_says_so_too():
    marked = {table for table, _, _, comment in query(COLUMNS, [DJANGO_TABLES]) if comment.startswith("PHI: ")}
    tables = query(
        "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') "
        "AND obj_description(oid, 'pg_class') LIKE '%(PHI)'"
    )

    # A hold is about a student as well, and is not deleted: it is released. The log is never deleted, nor is that
    # somebody saw a student in an emergency.
    kept = {"legal_holds", "audit_logs", "emergency_accesses"}
    assert (
        marked
        == {table for (table,) in tables} | {"legal_holds", "emergency_accesses"}
        == {*SOFT_DELETED_TABLES, *kept}
    )


def test_the_enum_types_are_the_plan_s_with_their_values_in_order():
    found = query(
        "SELECT t.typname::text, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) "
        "FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid "
        "WHERE t.typnamespace = 'public'::regnamespace GROUP BY 1"
    )

    assert {name: tuple(values) for name, values in found} == PLAN_ENUMS | {"AuditAction": tuple(AuditAction.values)}
    assert len(found) == 23


def test_every_enum_type_is_the_type_of_a_column():
    types = [f'"{name}"' for name in (*PLAN_ENUMS, "AuditAction")]
    used = {kind for _, _, kind, _ in query(COLUMNS, [DJANGO_TABLES])}

    assert sorted(set(types) - used) == []
    assert sorted(kind for kind in used if kind.startswith('"')) == sorted(types)


def test_there_are_at_least_fifty_indexes_beyond_keys_and_unique_constraints(indexes):
    plain = [row for row in indexes if not row[3]]

    assert len(plain) >= 50
    assert all(row[4] for row in indexes)


def test_no_two_indexes_are_equal(indexes):
    shapes = [(table, method, predicate, tuple(columns)) for table, _, method, _, _, predicate, columns, _ in indexes]

    assert sorted(shape for shape in set(shapes) if shapes.count(shape) > 1) == []


def test_no_index_is_the_beginning_of_another(indexes):
    def bare(columns):
        return [column.removesuffix(" DESC") for column in columns]

    prefixes = [
        (name, longer)
        for table, name, method, unique, _, predicate, columns, _ in indexes
        for other_table, longer, other_method, _, _, other_predicate, other_columns, _ in indexes
        if (table, method, predicate) == (other_table, other_method, other_predicate)
        and name != longer
        and not unique
        and bare(other_columns)[: len(columns)] == bare(columns)
    ]

    assert prefixes == []


def test_every_foreign_key_has_an_index_that_leads_with_it(indexes):
    leading = {(table, columns[0]) for table, *_, predicate, columns, _ in indexes if not predicate}
    foreign = query(
        "SELECT k.conrelid::regclass::text, a.attname::text FROM pg_constraint k "
        "JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] "
        "WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND k.conrelid::regclass::text !~ %s "
        "AND a.attname NOT IN ('created_by', 'updated_by')",
        [DJANGO_TABLES],
    )

    assert sorted(set(foreign) - leading) == []
    assert len(foreign) >= 30


def test_every_table_with_updated_at_has_its_stamp_switched_on():
    stamped = query(
        "SELECT tgrelid::regclass::text, tgname::text, tgenabled FROM pg_trigger "
        "WHERE NOT tgisinternal AND tgfoid = 'stamp_row'::regproc"
    )
    dated = {table for table, column, _, _ in query(COLUMNS, [DJANGO_TABLES]) if column == "updated_at"}

    assert sorted(stamped) == sorted(
        (table, f"{table}_{name}", "O") for table in dated for name in ("stamp", "stamped")
    )
    assert len(dated) == 25


def test_names_fit_thirty_characters():
    names = query(
        "SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
        "AND contype NOT IN ('f', 'p', 'n') AND conrelid::regclass::text !~ %(django)s "
        "UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ %(django)s "
        "AND NOT (SELECT relispartition FROM pg_class WHERE oid = tablename::regclass) "
        "UNION SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        {"django": DJANGO_TABLES},
    )
    # Django names primary keys (..._pkey), unique columns (..._key) and their LIKE companions (..._like) itself; the
    # triggers of the audit are named after their table.
    long = [name for (name,) in names if len(name) > 30 and not name.endswith(NAMED_BY_RULE)]

    assert long == []


def test_every_name_of_an_index_begins_alike(indexes):
    ours = [name for _, name, _, _, _, _, _, constraint in indexes if not constraint]

    assert [
        name
        for name in ours
        if not name.startswith("idx_")
        and not name.endswith(("_like", "_live", "_slot", "_district", "_apps_one", "_apps_new"))
    ] == []


def test_no_column_has_a_type_that_misleads():
    types = {kind.split("(")[0] for _, _, kind, _ in query(COLUMNS, [DJANGO_TABLES])}

    assert types - {f'"{name}"' for name in (*PLAN_ENUMS, "AuditAction")} == {
        "bigint",  # of the audit log: transactions, and rows by the million
        "boolean",
        "bytea",  # of the seals
        "character varying",  # of a length, and arrays of such
        "date",
        "inet",
        "integer",
        "jsonb",
        "numeric",
        "smallint",
        "smallint[]",  # days of the week
        "text",
        "time without time zone[]",  # times of the day, which are the schools' own wherever they are
        "timestamp with time zone",
        "tsvector",
        "uuid",
        "uuid[]",  # of the students whom a page showed
    }


def test_numbers_are_not_kept_as_text():
    counted = ("%quantity%", "%\\_level", "%\\_rate", "height", "weight", "%percentile", "temperature", "%\\_doses")
    found = query(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND column_name LIKE ANY (%s) AND data_type NOT IN ('integer', 'numeric')",
        [list(counted)],
    )

    assert found == []


def test_days_are_dates_and_moments_are_timestamps():
    columns = query(COLUMNS, [DJANGO_TABLES])
    moments = {(table, column) for table, column, kind, _ in columns if kind == "timestamp with time zone"}
    days = {(table, column) for table, column, kind, _ in columns if kind == "date"}

    assert {key for key in moments if not key[1].endswith(("_at", "_given", "_for", "last_login"))} == {
        ("health_records", "record_date"),
        ("vital_signs", "measurement_date"),
        ("user_sessions", "expire_date"),  # as Django's sessions have it
        *(("audit_seals", column) for column in ("since", "earliest", "latest", "dropped_from", "dropped_before")),
    }
    assert [key for key in days if not key[1].endswith(("_date", "_of_birth", "_expiration"))] == []
