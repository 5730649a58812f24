"""Run a management command; say what is wrong with the database in one line instead of a traceback."""

import os
import signal
import sys
from collections.abc import Sequence

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, OperationalError, ProgrammingError, connections

_INSUFFICIENT_PRIVILEGE = "42501"
_LOCK_NOT_AVAILABLE = "55P03"
_DEADLOCK_DETECTED = "40P01"
_QUERY_CANCELED = "57014"

# What the server or the client library says when a connection fails, and what to do about it.
_CONNECTION_ADVICE = {
    "Connection refused": "Is the server running, and are host and port right?",
    "No such file or directory": "Is the server running, and is the socket folder right?",
    "Name or service not known": "Is the host name right?",
    "failed to resolve host": "Is the host name right?",
    "Temporary failure in name resolution": "Is the host name right?",
    "timeout expired": "Is the host reachable, and does its firewall let this machine in?",
    "password authentication failed": "Are user and password right? Special characters must be percent-encoded.",
    "no password supplied": "The server asks for a password: postgres://user:password@host:5432/database",
    "no pg_hba.conf entry": "The server does not let this user in from this machine: see its pg_hba.conf.",
    "does not exist": "Create it on the server, or name one that is there.",
    "too many": "The server has no connection left: raise its max_connections or stop a program.",
    "starting up": "The server is starting: try again in a moment.",
    "shutting down": "The server is shutting down: try again in a moment.",
}


def run(argv: Sequence[str]) -> int:
    """Run the command that `argv` names and return its exit status."""
    signal.signal(signal.SIGTERM, _end)
    # By this name the server knows the sessions, and the audit log the source of what the command changes.
    os.environ.setdefault("PGAPPNAME", " ".join(["manage.py", *argv[1:2]]))
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings now, where a mistake in them is explained
        execute_from_command_line(list(argv))
    except (ImproperlyConfigured, DatabaseError) as error:
        line = explain(error)
        if line is None:
            raise
        sys.stderr.write(f"{line}\n")
        return 1
    return 0


def _end(*_: object) -> None:
    """End by SIGTERM as by any other exit, at which the embedded server stops."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + signal.SIGTERM)


def explain(error: BaseException) -> str | None:
    """One line that says what is wrong with the database or the settings and what to do; None for any other error."""
    if isinstance(error, ImproperlyConfigured):
        return _one_line(error)
    text = str(error)
    if "or later is required" in text:
        found = text.rpartition("found ")[2].rstrip(").")
        return (
            f"This server is PostgreSQL {found}, and White Cross needs 15 or later. "
            "Upgrade it, or set DATABASE_URL to another server."
        )
    told = _server_error(error)
    if told is not None:
        return _refused_statement(told)
    if isinstance(error, OperationalError | ProgrammingError):
        advice = next((advice for sign, advice in _CONNECTION_ADVICE.items() if sign in text), "Is it right?")
        return f"Cannot connect to the database: {_reason(text)}. {advice} DATABASE_URL names the server."
    return None


def _refused_statement(told: psycopg.Error) -> str | None:
    """The line for a statement that the server refused."""
    if told.sqlstate == _INSUFFICIENT_PRIVILEGE:
        user = connections["default"].settings_dict["USER"]
        return (
            f"The database user {user} lacks a privilege: {told.diag.message_primary}. Commands must run as the owner "
            f"of the tables; to make them, the server's administrator can say: "
            f"GRANT CREATE, USAGE ON SCHEMA public TO {user};"
        )
    if told.sqlstate == _LOCK_NOT_AVAILABLE:
        return (
            f"A migration waited {settings.MIGRATION_LOCK_TIMEOUT} for a lock on a table that others are using, and "
            "gave up. What it had begun is undone. Run migrate again, or let it wait longer: MIGRATION_LOCK_TIMEOUT."
        )
    if told.sqlstate == _DEADLOCK_DETECTED:
        return (
            "A migration and somebody else each held a table that the other waited for, and PostgreSQL ended the "
            "migration. What it had begun is undone. Run migrate again."
        )
    if told.sqlstate == _QUERY_CANCELED:
        return (
            f"A statement ran for longer than it may (in a migration {settings.MIGRATION_LOCK_TIMEOUT}), and was given "
            "up. What it had begun is undone. Run it when nobody works, with a longer MIGRATION_LOCK_TIMEOUT."
        )
    return None


def _server_error(error: BaseException | None) -> psycopg.Error | None:
    """The error the server itself gave, which stands under Django's."""
    while error is not None:
        if isinstance(error, psycopg.Error) and error.sqlstate:
            return error
        error = error.__cause__ or error.__context__
    return None


def _reason(text: str) -> str:
    """The server's own word: what stands behind FATAL: or ERROR:, or the first line that says what failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no reason was given"]
    line = next((line for line in lines if "failed:" in line), lines[0]).removeprefix("connection failed: ")
    for mark in ("FATAL:", "ERROR:"):
        line = line.split(mark)[-1]
    return line.strip().rstrip(".")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
