"""What every table must have for the guard to hold, read from the catalogue: a table nobody thought of shows here."""

from dataclasses import dataclass, field
from typing import Any

from core.database.operations.row_security import privileges_of
from core.models import UserRole
from core.roles import EMERGENCY_REACH, EMERGENCY_ROLE, LETTERS, REACH, database_role
from core.schema.expectation import our_models

REACH_OF = {database_role(role): reach for role, reach in REACH.items()}
# Which roles each role inherits from.
_MEMBER_OF = {
    "whitecross_anonymous": set(),
    **{reach: set() for reach in sorted(set(REACH_OF.values()))},
    EMERGENCY_REACH: set(),
    **{role: {reach} for role, reach in REACH_OF.items()},
    EMERGENCY_ROLE: {database_role(UserRole.NURSE), EMERGENCY_REACH},
}


@dataclass
class Problems:
    """How many things were looked at, and what is wrong: names, each with what is wrong about it."""

    checked: int = 0
    found: list[tuple[str, str]] = field(default_factory=list)


# Django's own tables hold no health data and have no rows of a school; partitions are reached through their table.
_TABLES = """
SELECT c.relname, c.relrowsecurity,
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
               AND col_description(c.oid, a.attnum) LIKE 'PHI:%%') AS has_phi,
       array(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped AND col_description(c.oid, a.attnum) IS NULL) AS silent,
       array(SELECT p.proname::text || CASE WHEN t.tgtype & 2 > 0 THEN ' before' ELSE ' after' END
                    || CASE WHEN t.tgtype & 4 > 0 THEN ' insert' ELSE '' END
                    || CASE WHEN t.tgtype & 8 > 0 THEN ' delete' ELSE '' END
                    || CASE WHEN t.tgtype & 16 > 0 THEN ' update' ELSE '' END
                    || CASE WHEN t.tgtype & 32 > 0 THEN ' truncate' ELSE '' END
             FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
             WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')) AS triggers,
       array(SELECT pg_get_userbyid(r)::text FROM pg_policy p, unnest(p.polroles) AS r
             WHERE p.polrelid = c.oid AND p.polpermissive) AS open_to,
       array(SELECT pg_get_userbyid(a.grantee)::text FROM aclexplode(c.relacl) AS a
             WHERE a.grantee <> c.relowner AND a.grantee <> 0
             UNION
             SELECT pg_get_userbyid(a.grantee)::text FROM pg_attribute t, aclexplode(t.attacl) AS a
             WHERE t.attrelid = c.oid AND a.grantee <> c.relowner AND a.grantee <> 0) AS granted_to,
       coalesce(obj_description(c.oid) LIKE 'Derived:%%', false) AND NOT EXISTS (
           SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
       ) AS is_derived,
       coalesce(obj_description(c.oid) LIKE 'Transient:%%', false) AS is_transient,
       EXISTS (SELECT FROM pg_constraint k WHERE k.confrelid = c.oid AND k.contype = 'f' AND k.confdeltype = 'c'
               AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'deleted_at')
       ) AS owns_records
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname !~ '^(django|auth)_'
ORDER BY c.relname
"""


def missing_safeguards(cursor: Any) -> Problems:
    """Tables without row security, policies, audit, stamps, guards against deletion, or comments."""
    problems = Problems()
    cursor.execute(_TABLES)
    for row in cursor.fetchall():
        table, secured, has_phi, columns, silent, triggers, open_to, granted_to = row[:8]
        is_derived, is_transient, owns_records = row[8:]
        wanted = [
            (secured, "has no row security"),
            (bool(granted_to), "is granted to no role: say in core.roles who may do what"),
            (not silent, f"has no comment on {', '.join(silent)}: say whether it is PHI"),
        ]
        wanted += [
            (REACH_OF[role] in open_to, f"is granted to {role} and has no policy for {REACH_OF[role]}")
            for role in granted_to
            if role in REACH_OF
        ]
        # What can be computed again from audited rows, and what the web may only read, has nothing to tell of its own.
        # Of what comes and goes by itself, such as a session, the end is written down.
        if not _is_log(triggers) and not is_derived:
            wanted += [
                (_runs(triggers, "audit_", f"after {event}"), f"has no audit of {event.upper()}")
                for event in (("delete",) if is_transient else ("insert", "update", "delete"))
            ]
        if not _is_log(triggers):
            wanted.append((_runs(triggers, "guard_delete", "truncate"), "has no guard against TRUNCATE"))
        if "updated_at" in columns:
            wanted.append((_runs(triggers, "stamp_row", "update"), "is not stamped at UPDATE"))
        if "created_by" in columns:
            wanted.append((_runs(triggers, "stamp_row", "insert"), "is not stamped at INSERT"))
        if has_phi and not _is_log(triggers):
            wanted += [
                (_runs(triggers, "guard_delete", "delete"), "has PHI and no guard against DELETE"),
                ("school_id" in columns, "has PHI and no school_id, by which row security finds it"),
            ]
        if has_phi and "deleted_at" in columns:
            wanted.append((EMERGENCY_REACH in open_to, f"has PHI and no policy for {EMERGENCY_REACH}"))
        if "deleted_at" in columns:
            wanted.append(
                (_runs(triggers, "mark_deletion", "update"), "is soft-deleted and its deletions are not marked")
            )
            if owns_records:
                wanted.append((_runs(triggers, "soft_delete_tree", "update"), "owns records that do not go with it"))
        problems.checked += len(wanted)
        problems.found += [(table, problem) for holds, problem in wanted if not holds]
    return problems


def _runs(triggers: list[str], function: str, event: str) -> bool:
    return any(trigger.startswith(function) and f" {event}" in trigger for trigger in triggers)


def _is_log(triggers: list[str]) -> bool:
    """Whether a table is append-only: the audit itself."""
    return any(_runs(triggers, guard, "truncate") for guard in ("guard_audit", "refuse_seal_change"))


_ROLES = """
SELECT r.rolname, r.rolcanlogin, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication,
       EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)
       OR EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid),
       has_schema_privilege(r.oid, 'public', 'CREATE'),
       array(SELECT m.rolname::text FROM pg_auth_members g JOIN pg_roles m ON m.oid = g.roleid WHERE g.member = r.oid)
FROM pg_roles r WHERE r.rolname LIKE 'whitecross\\_%%'
"""


def role_problems(cursor: Any) -> Problems:
    """Roles of the web that may do more than the table of roles says, and privileges that differ from it."""
    problems = Problems()
    cursor.execute(_ROLES)
    found = {row[0]: row[1:] for row in cursor.fetchall()}
    for role, inherited in _MEMBER_OF.items():
        if role not in found:
            problems.checked += 1
            problems.found.append((role, "is missing"))
            continue
        may_log_in, has_attributes, owns, may_create, member_of = found[role]
        wanted = [
            (not may_log_in, "may log in"),
            (not has_attributes, "has an attribute that goes around the guard (SUPERUSER, BYPASSRLS, CREATEROLE, ...)"),
            (not owns, "owns a table or function: row security does not bind owners"),
            (not may_create, "may create objects in the schema public"),
            (set(member_of) == inherited, f"is a member of {member_of}"),
        ]
        problems.checked += len(wanted)
        problems.found += [(role, problem) for holds, problem in wanted if not holds]
    _compare_privileges(cursor, problems, found.keys())
    _check_functions(cursor, problems)
    return problems


def _check_functions(cursor: Any, problems: Problems) -> None:
    """Functions that run as their owner, or as triggers, and that anybody may call or hang on a table of their own."""
    cursor.execute(
        "SELECT p.proname, p.prosecdef, EXISTS (SELECT FROM "
        "aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0), "
        "coalesce(array_to_string(p.proconfig, ' '), '') ~ 'search_path=' "
        "FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace "
        "AND (p.prosecdef OR p.prorettype = 'trigger'::regtype) "
        "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') ORDER BY 1"
    )
    for function, runs_as_owner, is_open, has_path in cursor.fetchall():
        wanted = [
            (not is_open, "may be called, or hung on a temporary table, by anybody"),
            (has_path or not runs_as_owner, "runs as its owner and has no search_path of its own"),
        ]
        problems.checked += len(wanted)
        problems.found += [(function, problem) for holds, problem in wanted if not holds]


def _compare_privileges(cursor: Any, problems: Problems, roles: Any) -> None:
    """The table of roles against what the database lets each role do with a table, by whatever way it came to it."""
    cursor.execute("SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    there = {name for (name,) in cursor.fetchall()}
    for model in our_models():
        table = model._meta.db_table
        if table not in there:
            continue  # which is a difference of its own
        row = LETTERS.get(model._meta.label_lower, {})
        letters_of = {database_role(role): row.get(role, "") for role in REACH}
        # Whoever logs in is looked up by somebody who is nobody yet, under the settings that hold at the door.
        letters_of["whitecross_anonymous"] = "l" if table in ("users", "system_configurations") else ""
        letters_of[EMERGENCY_ROLE] = letters_of[database_role(UserRole.NURSE)]
        for role, letters in letters_of.items():
            if role not in roles:
                continue
            cursor.execute(
                "SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', "
                "'REFERENCES']) AS privilege WHERE has_table_privilege(%s, %s::regclass, privilege)",
                [role, table],
            )
            given = sorted(privilege for (privilege,) in cursor.fetchall())
            problems.checked += 1
            if given != privileges_of(letters):
                problems.found.append(
                    (role, f"may {', '.join(given) or 'do nothing'} on {table}; core.roles says {letters or '-'!r}")
                )
    cursor.execute(_PARTS_GRANTED)
    for role, part, holds in cursor.fetchall():
        problems.checked += 1
        if not holds:
            problems.found.append((role, f"is granted {part}, which core.roles does not say"))


# Grants on a part of a table: columns (how a log is read without images, and a password set) and partitions (never).
_PARTS_GRANTED = """
SELECT coalesce(r.rolname, 'public'), a.privilege_type || ' (' || t.attname || ') on ' || c.relname,
       (c.relname = 'users' AND a.privilege_type = 'UPDATE'
        AND t.attname IN ('password', 'password_changed_at', 'must_change_password', 'last_login', 'saved_filters'))
       OR (c.relname = 'audit_logs' AND a.privilege_type = 'SELECT' AND t.attname <> 'old_row'
           AND r.rolname IN ('whitecross_school_admin', 'whitecross_district_admin'))
       OR (c.relname = 'user_sessions' AND a.privilege_type = 'SELECT'
           AND t.attname NOT IN ('session_key', 'session_data') AND r.rolname <> 'whitecross_anonymous')
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid CROSS JOIN aclexplode(t.attacl) AS a
LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
UNION ALL
SELECT coalesce(r.rolname, 'public'), a.privilege_type || ' on ' || c.relname, false
FROM pg_class c CROSS JOIN aclexplode(c.relacl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = 'public'::regnamespace AND c.relispartition AND a.grantee <> c.relowner
"""
