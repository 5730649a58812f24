"""Run the scripts of deploy/ on a database of a test's own."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from tests.operations.clusters import DEBIANS
from tests.scratch import ROOT, Scratch
from whitecross.embedded_postgres.server import binaries

BASH = shutil.which("bash") or "bash"

_LIBPQ = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def programs_of(database: Scratch) -> Path:
    """psql, pg_dump and their kin as new as the server of this database."""
    ((version,),) = database.execute("SELECT current_setting('server_version_num')::int / 10000")
    return DEBIANS if version == 15 and DEBIANS.is_dir() else binaries()


def libpq_environment(database: Scratch, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """How psql and the scripts find the database, beside an environment."""
    named = {_LIBPQ[key]: str(value) for key, value in conninfo_to_dict(database.url).items() if key in _LIBPQ}
    kept = {name: value for name, value in environment.items() if not name.startswith("PG")}
    return kept | named | {"PATH": f"{programs_of(database)}:{os.environ['PATH']}"}


def script(database: Scratch, name: str, *arguments: object, status: int = 0) -> str:
    """Run a script of deploy/, which must end with `status`; returns what it prints."""
    done = subprocess.run(
        [BASH, str(ROOT / "deploy" / name), *map(str, arguments)],
        env=libpq_environment(database),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=180,
        check=False,
    )
    assert done.returncode == status, done.stdout
    return done.stdout


def counts(backup: Path) -> dict[str, int]:
    """Rows of each table in the snapshot of a backup."""
    lines = (backup / "counts.txt").read_text(encoding="utf-8").splitlines()
    return {table: int(number) for table, _, number in (line.partition(" ") for line in lines)}


def rows(database: Scratch) -> dict[str, int]:
    """Rows of each table now."""
    tables = database.execute(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
        "AND NOT relispartition"
    )
    return {table: database.execute(f'SELECT count(*) FROM "{table}"')[0][0] for (table,) in tables}
