"""What the login that migrates may do, and what the web's login should not."""

from collections.abc import Iterator
from typing import Any

from core.preflight.findings import Finding, fine, problem, warning
from core.roles import REACH, database_role

ANONYMOUS = "whitecross_anonymous"  # whoever is not logged in

_OWN = """
SELECT session_user::text, r.rolsuper, r.rolcreaterole, current_schema(),
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
       has_database_privilege(current_database(), 'CREATE')
FROM pg_roles r WHERE r.rolname = session_user
"""
_FOREIGN = """
SELECT c.relname::text, pg_get_userbyid(c.relowner)::text FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname = ANY (%s)
  AND NOT pg_has_role(session_user, c.relowner, 'USAGE') ORDER BY 1
"""
_ROLES = """
SELECT r.rolname::text, pg_has_role(session_user, r.oid, 'MEMBER'),
       r.rolcanlogin OR r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication
FROM pg_roles r WHERE r.rolname = ANY (%s)
"""
# Who may log in and take the web's roles, but owns no database, as who migrates does: the web.
_WEB = """
SELECT r.rolname::text, concat_ws(', ', CASE WHEN r.rolsuper THEN 'SUPERUSER' END,
           CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
           CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END),
       EXISTS (SELECT FROM pg_roles o WHERE o.rolname = ANY (%s) AND pg_has_role(r.oid, o.oid, 'USAGE')),
       EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)
           OR EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid),
       has_schema_privilege(r.oid, 'public', 'CREATE') OR has_database_privilege(r.oid, current_database(), 'CREATE'),
       EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
               AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
FROM pg_roles r
WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname <> session_user
  AND pg_has_role(r.oid, (SELECT oid FROM pg_roles WHERE rolname = %s), 'MEMBER')
  AND NOT EXISTS (SELECT FROM pg_database d WHERE d.datdba = r.oid)
ORDER BY 1
"""


def web_roles() -> list[str]:
    """The roles of the database that the web acts as, and the reaches they belong to."""
    return [ANONYMOUS, *sorted(set(REACH.values())), *(database_role(role) for role in REACH)]


def check_login(cursor: Any, tables: set[str]) -> Iterator[Finding]:
    """Whether the login can make what migrations make, beside the `tables` that are there; no superuser is needed."""
    cursor.execute(_OWN)
    login, is_superuser, may_create_roles, schema, may_create, may_create_schema = cursor.fetchone()
    if is_superuser:
        yield warning("login", f"{login} is a superuser", "Migrate as the owner of the database: no more is needed.")
    else:
        yield fine("login", f"{login}, no superuser")
    if schema == "public" and may_create:
        yield fine("schema", "may create tables in public")
    elif schema == "public":
        yield problem("schema", "may not create tables in public", f"GRANT CREATE, USAGE ON SCHEMA public TO {login};")
    else:
        yield problem(
            "schema",
            f"the session works in the schema {schema or '(none)'}",
            f"ALTER ROLE {login} SET search_path = public; White Cross lives there.",
        )
    if may_create_schema:
        yield fine("database", "may create a schema, as verify_schema does for a moment")
    else:
        yield warning(
            "database",
            "may not create a schema, so verify_schema cannot run as this login",
            f"GRANT CREATE ON DATABASE ... TO {login}; or make it the database's owner.",
        )
    yield fine("extensions", "none is needed")
    cursor.execute(_FOREIGN, [sorted(tables)])
    foreign = cursor.fetchall()
    if foreign:
        names = ", ".join(f"{table} ({owner})" for table, owner in foreign[:5])
        more = f" and {len(foreign) - 5} more" if len(foreign) > 5 else ""
        yield problem(
            "ownership",
            f"others own {names}{more}",
            f"Migrate as their owner, or: REASSIGN OWNED BY {foreign[0][1]} TO {login};",
        )
    else:
        yield fine("ownership", f"the login owns all {len(tables)} tables" if tables else "no table of ours is there")
    yield _roles(cursor, login, may_make_them=is_superuser or may_create_roles, is_superuser=is_superuser)


def _roles(cursor: Any, login: str, *, may_make_them: bool, is_superuser: bool) -> Finding:
    """Whether the roles of the web are there and fit, or can be made."""
    wanted = web_roles()
    cursor.execute(_ROLES, [wanted])
    there = {role: (is_member, is_unfit) for role, is_member, is_unfit in cursor.fetchall()}
    unfit = [role for role, (_, is_unfit) in there.items() if is_unfit]
    if unfit:
        return problem(
            "roles",
            f"{', '.join(unfit)} may log in, or has an attribute that goes around the guard",
            "ALTER ROLE ... NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION;",
        )
    missing = [role for role in wanted if role not in there]
    not_ours = [role for role, (is_member, _) in there.items() if not is_member and not is_superuser]
    if not missing and not not_ours:
        return fine("roles", f"all {len(wanted)} roles of the web are there")
    if may_make_them and not not_ours:
        return fine("roles", f"{len(missing)} of {len(wanted)} roles of the web are missing; the login may create them")
    what = [f"{len(missing)} are missing"] if missing else []
    what += [f"{login} is no member of {', '.join(not_ours)}"] if not_ours else []
    return problem(
        "roles",
        f"of the {len(wanted)} roles of the web {' and '.join(what)}",
        "An administrator of the server makes them once; migrate prints the statements.",
    )


def check_web_logins(cursor: Any) -> Iterator[Finding]:
    """Whether the web has a login of its own, and that it can do nothing but take the web's roles."""
    cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [ANONYMOUS])
    if not cursor.fetchone()[0]:
        yield fine("web login", "none yet: the roles it takes are made by migrate")
        return
    cursor.execute(_WEB, [web_roles(), ANONYMOUS])
    logins = cursor.fetchall()
    if not logins:
        yield warning(
            "web login",
            "there is none: the web would run as the owner of the tables, whom no row security binds",
            "Make one: docs/operations.md, Rotate secrets, has the statements.",
        )
    for login, attributes, inherits, owns, may_create, is_owner in logins:
        wrong = [
            words
            for words, holds in (
                (f"has {attributes}", bool(attributes)),
                ("inherits rights without declaring who acts: say NOINHERIT", inherits),
                ("owns tables or functions", owns),
                ("may create schemas or tables", may_create),
                ("is a member of the tables' owner", is_owner),
            )
            if holds
        ]
        if wrong:
            yield problem("web login", f"{login} {'; '.join(wrong)}", f"Take that from {login}: the guard rests on it.")
        else:
            yield fine("web login", f"{login} owns nothing and can only take the web's roles")
