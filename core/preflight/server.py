"""The server and the session on it: version, encryption, settings, connections left, age of transactions."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from core.preflight.findings import Finding, fine, problem, warning

OLDEST, NEWEST = 15, 18
_PER_VERSION = 10_000
_FEWEST_CONNECTIONS = 3
_FEW_CONNECTIONS = 10
_LOCKS_PER_RELATION = 2
_NEARLY_WRAPPED = 1_500_000_000  # of about 2,147 million transactions, at which the server takes no more writes
_LOOPBACK = ("127.0.0.0/8", "::1/128")

_SESSION = """
SELECT current_database(), session_user, coalesce(host(inet_server_addr()), ''),
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
       coalesce((SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()), ''),
       inet_server_addr() IS NULL OR inet_server_addr() <<= ANY (%s::inet[]),
       pg_is_in_recovery(), current_setting('transaction_read_only')::boolean
"""
_SETTINGS = """
SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), current_setting('TimeZone'),
       current_setting('session_replication_role'), current_setting('autovacuum')::boolean,
       current_setting('fsync')::boolean AND current_setting('full_page_writes')::boolean,
       current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int
           + current_setting('max_prepared_transactions')::int),
       (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'i', 'I')),
       (SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'), current_setting('statement_timeout')
"""
_CONNECTIONS = """
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
    (SELECT CASE WHEN datconnlimit >= 0 THEN datconnlimit - numbackends END
     FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid WHERE d.datname = current_database()),
    (SELECT CASE WHEN rolconnlimit >= 0 THEN rolconnlimit
                 - (SELECT count(*) FROM pg_stat_activity WHERE usename = session_user) END
     FROM pg_roles WHERE rolname = session_user)), current_setting('max_connections')::int
"""
_AGE = """
SELECT greatest(age(datfrozenxid), mxid_age(datminmxid)), current_setting('autovacuum_freeze_max_age')::int
FROM pg_database WHERE datname = current_database()
"""


def is_this_machine(cursor: Any) -> bool:
    """Whether the server runs where this program does: reached by a socket, or by the loopback address."""
    cursor.execute(_SESSION, [list(_LOOPBACK)])
    return bool(cursor.fetchone()[5])


def check_connection(cursor: Any, connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    """Where the session is, whether it may write there, and who can read what it says."""
    cursor.execute(_SESSION, [list(_LOOPBACK)])
    database, login, address, encrypted, protocol, is_near, is_standby, is_read_only = cursor.fetchone()
    where = f"database {database} as {login}, {'at ' + address if address else 'by a socket'}"
    if is_standby:
        yield problem("connection", f"{where}: a standby, which takes no write", "Name the primary in DATABASE_URL.")
    elif is_read_only:
        yield problem(
            "connection",
            f"{where}: transactions are read-only",
            "Take default_transaction_read_only away from the login or the database.",
        )
    else:
        yield fine("connection", where)
    mode = str(connection.settings_dict.get("OPTIONS", {}).get("sslmode", "prefer"))
    if encrypted and mode not in ("verify-ca", "verify-full"):
        yield warning(
            "encryption",
            f"{protocol}, but nobody checks that it is the right server (sslmode={mode})",
            "Say ?sslmode=verify-full&sslrootcert=... in DATABASE_URL.",
        )
    elif encrypted:
        yield fine("encryption", f"{protocol}, sslmode={mode}")
    elif is_near:
        yield fine("encryption", "none, and nothing leaves this machine")
    else:
        yield problem(
            "encryption",
            "none: health records and passwords travel in clear",
            "Switch ssl on at the server, and say ?sslmode=verify-full&sslrootcert=... in DATABASE_URL.",
        )


def check_settings(cursor: Any) -> Iterator[Finding]:
    """What the server is, and settings of it that a migration trips on."""
    cursor.execute(_SETTINGS)
    version, encoding, zone, replication_role, vacuums, is_safe, locks, relations, limit, shown_limit = (
        cursor.fetchone()
    )
    yield version_finding(version // _PER_VERSION)
    # What is looked at, how it is, whether that is right, what to say if not, and what to do.
    for check, shown, is_right, say, advice in (
        (
            "encoding",
            encoding,
            encoding == "UTF8",
            problem,
            "Make the database anew: createdb --encoding UTF8 --template template0.",
        ),
        (
            "time zone",
            f"{zone} in the session, {settings.TIME_ZONE} in TIME_ZONE",
            zone == settings.TIME_ZONE,
            problem,
            "Something between here and the server changes it (a pooler?): it decides which day CURRENT_DATE is.",
        ),
        (
            "triggers",
            f"session_replication_role is {replication_role}",
            replication_role == "origin",
            problem,
            "ALTER ROLE ... RESET session_replication_role: without triggers nothing is guarded or logged.",
        ),
        (
            "statement_timeout",
            f"{shown_limit} for this login" if limit else "none",
            limit == 0,
            warning,
            "The building of a large index would be cancelled: ALTER ROLE ... SET statement_timeout = 0.",
        ),
        (
            "locks",
            f"room for {locks:,}, {relations:,} tables and indexes",
            relations * _LOCKS_PER_RELATION <= locks,
            warning,
            "A dump locks every table, a look at the whole log every month: raise max_locks_per_transaction.",
        ),
        (
            "autovacuum",
            "on" if vacuums else "off",
            vacuums,
            problem,
            "Switch it on: without it tables grow, and in the end the server takes no more writes.",
        ),
        (
            "crash safety",
            "fsync and full_page_writes are on" if is_safe else "fsync or full_page_writes is off",
            is_safe,
            warning,
            "Switch both on: a loss of power would destroy the database. Off is for tests only.",
        ),
    ):
        yield fine(check, shown) if is_right else say(check, shown, advice)


def version_finding(major: int) -> Finding:
    """What is to be said of a server of this major version."""
    if major < OLDEST:
        return problem(
            "version", f"PostgreSQL {major}", f"Upgrade the server to {OLDEST} or later, {NEWEST} for preference."
        )
    if major > NEWEST:
        return warning(
            "version", f"PostgreSQL {major}", f"Try it on a copy first: this release is tested up to {NEWEST}."
        )
    return fine("version", f"PostgreSQL {major}")


def check_connections(cursor: Any) -> Iterator[Finding]:
    """How many more sessions the server, the database or the login may have."""
    cursor.execute(_CONNECTIONS)
    left, most = cursor.fetchone()
    shown = f"{left:,} left of {most:,}"
    advice = "Stop a program, or raise max_connections: migrate wants one, and verify_schema another."
    if left < _FEWEST_CONNECTIONS:
        yield problem("connections", shown, advice)
    elif left < _FEW_CONNECTIONS:
        yield warning("connections", shown, advice)
    else:
        yield fine("connections", shown)


def check_age(cursor: Any) -> Iterator[Finding]:
    """How far the numbers of transactions are from running out, which autovacuum prevents if it keeps up."""
    cursor.execute(_AGE)
    age, limit = cursor.fetchone()
    yield age_finding(age, limit)


def age_finding(age: int, limit: int) -> Finding:
    """What is to be said where the oldest row is `age` transactions old, and autovacuum forces itself at `limit`."""
    shown = f"oldest row {age:,} transactions, autovacuum acts at {limit:,}"
    advice = "Let it finish before you migrate, or run VACUUM (FREEZE) on the oldest tables; look for what holds it up."
    if age > _NEARLY_WRAPPED:
        return problem("transaction age", shown, advice)
    if age > limit:
        return warning("transaction age", shown, advice)
    return fine("transaction age", shown)
