"""What a schema of the database holds, read from PostgreSQL's catalogue in PostgreSQL's own words."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

Key = tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column as the catalogue has it."""

    type: str
    nullable: bool
    default: str | None
    generated: str | None


@dataclass
class Catalogue:
    """Definitions by name. Two catalogues are equal when the schemas are."""

    tables: dict[Key, str] = field(default_factory=dict)
    columns: dict[Key, Column] = field(default_factory=dict)
    comments: dict[Key, str | None] = field(default_factory=dict)
    constraints: dict[Key, str] = field(default_factory=dict)
    foreign_keys: dict[Key, str] = field(default_factory=dict)
    indexes: dict[Key, str] = field(default_factory=dict)
    enums: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    enum_columns: dict[Key, tuple[str, ...]] = field(default_factory=dict)
    triggers: dict[Key, str] = field(default_factory=dict)
    functions: dict[Key, str] = field(default_factory=dict)
    policies: dict[Key, str] = field(default_factory=dict)
    grants: dict[Key, str] = field(default_factory=dict)
    function_grants: dict[Key, str] = field(default_factory=dict)

    def only_tables(self, tables: Iterable[str]) -> "Catalogue":
        """The same without what belongs to other tables. Enum types and functions belong to none and stay."""
        kept = set(tables)
        by_table = (
            "tables",
            "columns",
            "comments",
            "constraints",
            "foreign_keys",
            "indexes",
            "triggers",
            "policies",
            "grants",
        )
        return Catalogue(
            **{
                part.name: {
                    key: value
                    for key, value in getattr(self, part.name).items()
                    if part.name not in by_table or key[0] in kept
                }
                for part in fields(self)
            }
        )


# Partitions are left out: they come and go with the months, and are as their table is.
_RELATIONS = "c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"

_TABLES = f"""
SELECT c.relname,
       CASE c.relpersistence WHEN 'p' THEN 'table' WHEN 'u' THEN 'unlogged table' ELSE 'temporary table' END
       || CASE WHEN c.relrowsecurity THEN ' with row security' ELSE '' END
       || CASE WHEN c.relforcerowsecurity THEN ', forced on its owner' ELSE '' END
       || coalesce((SELECT ' with the rule ' || string_agg(r.rulename, ', ' ORDER BY r.rulename)
                    FROM pg_rewrite r WHERE r.ev_class = c.oid), '')
       || coalesce((SELECT ' that inherits from ' || string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno)
                    FROM pg_inherits h WHERE h.inhrelid = c.oid), '')
       || coalesce((SELECT ' inherited by ' || string_agg(h.inhrelid::regclass::text, ', ' ORDER BY 1)
                    FROM pg_inherits h WHERE h.inhparent = c.oid AND c.relkind = 'r'), '')
       || coalesce(' partitioned by ' || pg_get_partkeydef(c.oid), ''),
       obj_description(c.oid, 'pg_class')
FROM pg_class c WHERE {_RELATIONS}
"""

_COLUMNS = f"""
SELECT c.relname, a.attname,
       format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END,
       NOT a.attnotnull OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n'
                                   AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated),
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
       CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
       a.attidentity, col_description(c.oid, a.attnum)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE {_RELATIONS}
"""

# From version 18 on a NOT NULL is a constraint as well (contype n); here it is a property of its column everywhere.
# A foreign key is enforced by triggers of PostgreSQL's own, which DISABLE TRIGGER ALL switches off.
_CONSTRAINTS = f"""
SELECT c.relname, k.conname, k.contype, pg_get_constraintdef(k.oid)
       || CASE WHEN EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O')
               THEN ' (not enforced: its triggers are disabled)' ELSE '' END
       || CASE WHEN k.contype <> 'f' AND EXISTS (SELECT FROM pg_index i WHERE i.indexrelid = k.conindid
                                                 AND NOT (i.indisvalid AND i.indisready))
               THEN ' (not enforced: its index is INVALID)' ELSE '' END
FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid
WHERE {_RELATIONS} AND k.contype IN ('c', 'f', 'p', 'u', 'x')
"""

_INDEXES = f"""
SELECT c.relname, x.relname, pg_get_indexdef(i.indexrelid), i.indisvalid AND i.indisready AND i.indislive
FROM pg_class c
JOIN pg_index i ON i.indrelid = c.oid
JOIN pg_class x ON x.oid = i.indexrelid
WHERE {_RELATIONS} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype <> 'f')
"""

_ENUMS = """
SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
WHERE t.typnamespace = %(schema)s::regnamespace
GROUP BY t.typname
"""

_ENUM_COLUMNS = """
SELECT t.typname, array_agg(c.relname || '.' || a.attname ORDER BY c.relname, a.attname)
       FILTER (WHERE a.attname IS NOT NULL)
FROM pg_type t
LEFT JOIN (pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
                                AND NOT c.relispartition)
       ON a.atttypid IN (t.oid, t.typarray) AND NOT a.attisdropped
WHERE t.typtype = 'e' AND t.typnamespace = %(schema)s::regnamespace
GROUP BY t.typname
"""

_TRIGGERS = f"""
SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid, true), t.tgenabled
FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
WHERE {_RELATIONS}
"""

_FUNCTIONS = """
SELECT p.proname, pg_get_function_identity_arguments(p.oid), pg_get_functiondef(p.oid)
FROM pg_proc p
WHERE p.pronamespace = %(schema)s::regnamespace AND p.prokind = 'f'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
"""

_POLICIES = f"""
SELECT c.relname, p.polname,
       CASE WHEN p.polpermissive THEN '' ELSE 'restrictive ' END
       || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
                        ELSE 'ALL' END
       || ' to ' || (SELECT string_agg(role, ', ' ORDER BY role)
                     FROM (SELECT CASE WHEN r = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END
                           FROM unnest(p.polroles) AS r) AS named (role))
       || coalesce(' using ' || pg_get_expr(p.polqual, p.polrelid), '')
       || coalesce(' with check ' || pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
WHERE {_RELATIONS}
"""

_GRANTEE = "CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END"

# Privileges on the whole table, and those on single columns with the column's name.
_GRANTS = f"""
SELECT c.relname, {_GRANTEE}, a.privilege_type
       || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END
FROM pg_class c, aclexplode(c.relacl) AS a WHERE {_RELATIONS} AND a.grantee <> c.relowner
UNION ALL
SELECT c.relname, {_GRANTEE}, a.privilege_type || '(' || t.attname || ')'
       || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) AS a
WHERE {_RELATIONS} AND a.grantee <> c.relowner
"""

# A function without a list of its own may be called by anybody.
_FUNCTION_GRANTS = """
SELECT p.proname, pg_get_function_identity_arguments(p.oid),
       coalesce((SELECT string_agg(CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, ', '
                                   ORDER BY 1)
                 FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee <> p.proowner),
                'nobody but the owner')
FROM pg_proc p WHERE p.pronamespace = %(schema)s::regnamespace AND p.prokind = 'f'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
"""

# A partition has its table's row triggers from PostgreSQL, unless somebody disabled them; those of statements it has
# only if whoever made it did not forget them.
_UNGUARDED_PARTITIONS = """
SELECT h.inhrelid::regclass::text, t.tgname
FROM pg_class c
JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
JOIN pg_inherits h ON h.inhparent = c.oid
WHERE c.relkind = 'p' AND c.relnamespace = %(schema)s::regnamespace
  AND NOT EXISTS (SELECT FROM pg_trigger p WHERE p.tgrelid = h.inhrelid AND p.tgname = t.tgname
                  AND p.tgfoid = t.tgfoid AND p.tgtype = t.tgtype AND p.tgenabled = 'O')
ORDER BY 1, 2
"""

_NOT_ENABLED = {"D": "disabled", "R": "enabled on replicas only", "A": "enabled always"}


def read_catalogue(cursor: Any, schema: str = "public") -> Catalogue:
    """Read what `schema` holds. It must be first on the search path, so that both sides name things alike."""
    found = Catalogue()

    def rows(statement: str) -> list[Any]:
        cursor.execute(statement, {"schema": schema})
        result: list[Any] = cursor.fetchall()
        return result

    for table, kind, comment in rows(_TABLES):
        found.tables[(table,)] = kind
        found.comments[(table,)] = comment
    for table, column, kind, nullable, default, generated, identity, comment in rows(_COLUMNS):
        found.columns[table, column] = Column(kind, nullable, default or (identity and "identity") or None, generated)
        found.comments[table, column] = comment
    for table, name, kind, definition in rows(_CONSTRAINTS):
        (found.foreign_keys if kind == "f" else found.constraints)[table, name] = definition
    for table, name, definition, valid in rows(_INDEXES):
        plain = definition.replace(f" ON {schema}.", " ON ").replace(f" ON ONLY {schema}.", " ON ")
        found.indexes[table, name] = plain if valid else f"INVALID {plain}"
    for name, labels in rows(_ENUMS):
        found.enums[(name,)] = tuple(labels)
    for name, columns in rows(_ENUM_COLUMNS):
        found.enum_columns[(name,)] = tuple(columns or ())
    for table, name, definition, enabled in rows(_TRIGGERS):
        state = _NOT_ENABLED.get(enabled)
        found.triggers[table, name] = f"{definition} ({state})" if state else definition
    for name, arguments, definition in rows(_FUNCTIONS):
        found.functions[f"{name}({arguments})",] = definition.replace(f" {schema}.{name}(", f" {name}(")
    for table, name, definition in rows(_POLICIES):
        found.policies[table, name] = definition
    privileges: dict[Key, set[str]] = {}
    for table, role, privilege in rows(_GRANTS):
        privileges.setdefault((table, role), set()).add(privilege)
    found.grants = {key: ", ".join(sorted(names)) for key, names in privileges.items()}
    for name, arguments, roles in rows(_FUNCTION_GRANTS):
        found.function_grants[f"{name}({arguments})",] = roles
    return found


def unguarded_partitions(cursor: Any, schema: str = "public") -> list[tuple[str, str]]:
    """The partitions that lack a trigger of their table, or have it disabled, each with the trigger's name."""
    cursor.execute(_UNGUARDED_PARTITIONS, {"schema": schema})
    found: list[tuple[str, str]] = cursor.fetchall()
    return found
