"""A dump brings the guard along: a restored database is watched, closed and sealed as the one it was made of."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.safeguards.test_writers_and_kills import PEOPLE_AND_ROWS
from tests.scratch import Scratch, scratch_database
from whitecross.embedded_postgres.server import binaries

Restore = Callable[[Scratch, Scratch, Path], None]

# Everything that makes the guard, with what the catalogue of verify_schema leaves out: the partitions and the owners.
_GUARD = r"""
SELECT 'relation', c.oid::regclass::text, c.relkind::text || c.relrowsecurity || c.relispartition,
       pg_get_userbyid(c.relowner)::text || coalesce(pg_get_expr(c.relpartbound, c.oid), '')
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'grant', c.oid::regclass::text, a.privilege_type, pg_get_userbyid(a.grantee)::text
FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
UNION ALL
SELECT 'grant', c.oid::regclass || '.' || t.attname, a.privilege_type, pg_get_userbyid(a.grantee)::text
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'grant', p.oid::regprocedure::text, a.privilege_type,
       CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee)::text END
FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
WHERE p.pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'policy', p.polrelid::regclass::text, p.polname::text || p.polcmd::text,
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_policy p
UNION ALL
SELECT 'trigger', t.tgrelid::regclass::text, t.tgenabled::text, pg_get_triggerdef(t.oid)
FROM pg_trigger t WHERE NOT t.tgisinternal OR t.tgparentid <> 0
UNION ALL
SELECT 'function', p.oid::regprocedure::text, p.prosecdef::text, pg_get_functiondef(p.oid)
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
ORDER BY 1, 2, 3, 4
"""
_ROWS = """
SELECT (SELECT count(*) FROM allergies), (SELECT md5(string_agg(s::text, '' ORDER BY s.id)) FROM students s),
       (SELECT md5(string_agg(a::text, '' ORDER BY a.id)) FROM allergies a),
       (SELECT md5(string_agg(l::text, '' ORDER BY l.id)) FROM audit_logs l),
       (SELECT md5(string_agg(s::text, '' ORDER BY s.number)) FROM audit_seals s)
"""


@pytest.fixture(scope="module")
def source(django_db_setup: None) -> Iterator[Scratch]:
    """A database with people, records, deletions, a month of log beside this one, and seals."""
    with scratch_database() as database:
        database.manage("migrate", "--verbosity", "0")
        database.run("psql", "-q", "-v", "ON_ERROR_STOP=1", text=PEOPLE_AND_ROWS)
        database.execute(
            "INSERT INTO allergies (student_id, allergen) SELECT id, n FROM students, generate_series(1, 99) n"
        )
        database.execute(
            "INSERT INTO audit_logs (created_at, action, entity_type) VALUES ('1999-12-31', 'LIST', 'students')"
        )
        deleting = as_nurse(database, "UPDATE students SET deleted_at = now() WHERE student_number = 'ND1111'", "D11")
        assert deleting.rowcount == 1
        database.manage("seal_audit_log")
        database.execute("UPDATE students SET grade = '6' WHERE student_number = 'ND114'")  # is not sealed yet
        yield database


def as_nurse(database: Scratch, statement: str, school: str) -> Any:
    """Run a statement as the nurse of a school, through the web; returns the cursor."""
    ((nurse,),) = database.execute(f"SELECT id FROM users WHERE email = lower('nurse{school}@example.org')")
    with psycopg.connect(database.url) as session:
        session.execute("SELECT set_config('role', declare_actor(%s, 'web', '', '', '', ''), true)", [nurse])
        cursor = session.execute(statement.encode())
        return cursor if cursor.description is None else cursor.fetchall()


def by_psql(source: Scratch, target: Scratch, folder: Path) -> None:
    # The embedded pg_dump is 18's, and sets a parameter that older servers do not know.
    dump = source.run("pg_dump").replace("SET transaction_timeout = 0;\n", "")
    target.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", text=dump)


def pg_restore(target: Scratch, jobs: int, dump: Path) -> None:
    """Without an error, but for the parameter that servers before 17 do not know: the embedded pg_restore is 18's."""
    done = subprocess.run(
        [binaries() / "pg_restore", "--jobs", str(jobs), "--dbname", target.url, dump],
        text=True,
        capture_output=True,
        check=False,
    )
    errors = [line for line in done.stderr.splitlines() if "ERROR:" in line]
    assert [line for line in errors if '"transaction_timeout"' not in line] == []
    assert errors or done.returncode == 0, done.stderr


def by_two_jobs(source: Scratch, target: Scratch, folder: Path) -> None:
    source.run("pg_dump", "--format", "custom", "--file", str(folder / "dump"))
    pg_restore(target, 2, folder / "dump")


def by_directory(source: Scratch, target: Scratch, folder: Path) -> None:
    source.run("pg_dump", "--format", "directory", "--jobs", "2", "--file", str(folder / "dump"))
    pg_restore(target, 4, folder / "dump")


@pytest.mark.slow
@pytest.mark.parametrize("restore", [by_psql, by_two_jobs, by_directory])
def test_the_guard_survives_a_dump(source: Scratch, scratch: Scratch, restore: Restore, tmp_path: Path):
    restore(source, scratch, tmp_path)

    assert scratch.execute(_ROWS) == source.execute(_ROWS)  # nothing was stamped, filed or written down a second time
    assert scratch.execute(_GUARD) == source.execute(_GUARD)
    assert scratch.catalogue() == source.catalogue()
    assert "The schema is right" in scratch.manage("verify_schema")
    assert "The audit log is what was sealed" in scratch.manage("verify_audit_log")


@pytest.mark.slow
def test_a_restored_database_is_guarded(source: Scratch, scratch: Scratch, tmp_path: Path):
    by_two_jobs(source, scratch, tmp_path)

    seen = as_nurse(scratch, "SELECT DISTINCT left(student_number, 4) FROM students ORDER BY 1", "D11")
    with pytest.raises(psycopg.errors.RestrictViolation, match="cannot be erased"):
        scratch.execute("DELETE FROM students")
    with pytest.raises(psycopg.errors.RestrictViolation, match="only ever added to"):
        scratch.execute("TRUNCATE audit_logs")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_nurse(scratch, "SELECT * FROM audit_logs", "D11")
    before = scratch.execute("SELECT count(*) FROM audit_logs")[0][0]
    as_nurse(scratch, "UPDATE students SET grade = '7' WHERE student_number = 'ND115'", "D11")
    after = scratch.execute("SELECT count(*) FROM audit_logs")[0][0]
    scratch.manage("seal_audit_log")  # the same cluster: nothing is to be recorded

    assert seen == [("ND11",), ("ND12",)]
    assert after == before + 1
    assert "The audit log is what was sealed" in scratch.manage("verify_audit_log")
    scratch.execute("ALTER TABLE audit_logs DISABLE TRIGGER USER")
    scratch.execute("UPDATE audit_logs SET user_id = NULL WHERE action = 'UPDATE'")
    assert "is not what was sealed" in scratch.manage("verify_audit_log", status=1)


def test_rows_alone_are_no_backup(source: Scratch, migrated: Scratch):
    """Into a database with the guard, a dump of rows is a write like any other, and refused."""
    rows = source.run("pg_dump", "--data-only").replace("SET transaction_timeout = 0;\n", "")

    with pytest.raises(AssertionError, match="ERROR"):
        migrated.run("psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", text=rows)

    assert migrated.execute("SELECT count(*) FROM students") == [(0,)]
