"""Eight writers and a sealer, killed at random for thirty seconds: the log has each committed change, once."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from audit.chain import split_entries
from audit.history import _typed, history_of_key
from audit.models import AuditSeal
from audit.sealing import seal_log
from audit.verification import verify_log
from core.schema.expectation import our_models
from tests.audit.seals.conftest import ALIAS, reached
from tests.safeguards import oracle
from tests.scratch import ROOT, Scratch, scratch_database

SECONDS = 30
SEED = 20260302

PEOPLE_AND_ROWS = """
INSERT INTO districts (name, code) SELECT 'District ' || d, 'D' || d FROM generate_series(1, 2) AS d;
INSERT INTO schools (district_id, name, code)
    SELECT d.id, 'School ' || d.code || s, d.code || s FROM districts d, generate_series(1, 2) AS s;
INSERT INTO users (email, password, first_name, last_name, role, school_id)
    SELECT lower(role || s.code) || '@example.org', '!', 'A', s.code, role::"UserRole", s.id
    FROM schools s, unnest(ARRAY['NURSE', 'ADMIN', 'SCHOOL_ADMIN']) AS role;
INSERT INTO school_assignments (user_id, school_id)
    SELECT u.id, o.id FROM users u JOIN schools s ON s.id = u.school_id JOIN schools o ON o.district_id = s.district_id
    WHERE u.role = 'NURSE' AND o.id <> s.id;
INSERT INTO students (student_number, first_name, last_name, date_of_birth, enrollment_date, grade, gender, school_id)
    SELECT 'N' || s.code || n, 'John', 'Smith ' || n, '2015-05-17', '2021-08-23', '5', 'MALE', s.id
    FROM schools s, generate_series(1, 40) AS n;
INSERT INTO medications (name) VALUES ('Albuterol');
INSERT INTO system_configurations (key, value, value_type) VALUES ('session.idle_minutes', '15', 'NUMBER')
    ON CONFLICT (key, scope, scope_id) DO NOTHING;
"""

# The tables of what is kept about a student.
_CHILDREN = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND 3 = (
    SELECT count(*) FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attname IN ('student_id', 'school_id', 'deleted_at') AND NOT a.attisdropped)
ORDER BY 1
"""

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("writers")]


@dataclass(frozen=True)
class Aftermath:
    """The database when all is over, the moment since when it was watched, and what the processes said."""

    database: Scratch
    since: str
    counts: dict[str, int]
    outcomes: dict[str, list[int]]
    errors: list[str]
    still_running: int


@pytest.fixture(scope="module")
def aftermath(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Aftermath]:
    with scratch_database() as database:
        database.manage("migrate", "--verbosity", "0")
        since = oracle.install(database)
        database.run("psql", "-q", "-v", "ON_ERROR_STOP=1", text=PEOPLE_AND_ROWS)
        done = subprocess.run(
            [sys.executable, "-m", "tests.safeguards.writers", str(SEED), str(SECONDS)],
            cwd=ROOT,
            env=database.environment,
            text=True,
            capture_output=True,
            timeout=SECONDS + 180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        with reached(database.url.split("/")[3].split("?")[0], django_db_blocker):
            seal_all(database)
            yield Aftermath(database, since, **json.loads(done.stdout))


def seal_all(database: Scratch) -> None:
    """Seal to the end. A transaction of another database on the server keeps back what is younger; it will end."""
    deadline = time.monotonic() + 60
    while True:
        list(seal_log(ALIAS))
        if verify_log(ALIAS).unsealed == 0:
            return
        assert time.monotonic() < deadline, "a transaction on the server stays open"
        database.execute("SELECT pg_sleep(0.2)")


def test_thousands_of_changes_were_made_and_dozens_of_processes_killed(aftermath):
    ((changes, transactions, tables),) = aftermath.database.execute(
        "SELECT count(*), count(DISTINCT transaction_id), count(DISTINCT table_name) FROM oracle.changes"
    )

    assert aftermath.errors == []
    assert aftermath.still_running == 0
    assert changes >= 2000
    assert transactions >= 200
    assert tables >= 11
    counts, outcomes = Counter(aftermath.counts), aftermath.outcomes
    assert counts["SIGKILL"] == counts["writer killed"] + counts["sealer killed"] >= 20
    assert counts["writer terminated"] >= 10
    assert counts["killed in a transaction"] >= 5
    assert counts["terminated in a transaction"] >= 5
    assert counts["sealer killed"] + counts["sealer terminated"] >= 2
    assert len(outcomes["lost"]) >= 3
    assert len(outcomes["undone"]) >= 20
    assert len(outcomes["refused"]) >= 10
    assert len(outcomes["sealed"]) >= 10
    done = aftermath.database.execute("SELECT operation, count(*) FROM oracle.changes GROUP BY 1 ORDER BY 1")
    assert [operation for operation, _ in done] == ["CREATE", "DELETE", "PURGE", "UPDATE"]


def test_every_committed_change_has_one_entry_and_no_entry_is_without_its_change(aftermath):
    found = oracle.differences(aftermath.database.execute, aftermath.since)

    assert [rows for rows in found.values() if rows] == []


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        ("DELETE FROM audit_logs WHERE id = (SELECT id FROM audit_logs WHERE action = 'UPDATE' LIMIT 1)", "changes"),
        ("SELECT 1", None),
        (
            "INSERT INTO audit_logs (transaction_id, user_id, action, entity_type, entity_id, school_id, student_id) "
            "SELECT transaction_id, user_id, action, entity_type, entity_id, school_id, student_id FROM audit_logs "
            "WHERE action = 'CREATE' AND entity_type = 'students' LIMIT 1",
            "entries",
        ),
        (
            "UPDATE allergies SET notes = 'changed past the log' WHERE id = (SELECT id FROM allergies LIMIT 1)",
            "changes",
        ),
    ],
    ids=["an entry removed", "no damage", "an entry twice", "a change without an entry"],
)
def test_the_second_log_tells(aftermath, damage, kind):
    """That the comparison above can fail."""
    with psycopg.connect(aftermath.database.url) as session:
        session.execute("ALTER TABLE allergies DISABLE TRIGGER allergies_audit_update")
        for (partition,) in session.execute(
            "SELECT relid::regclass::text FROM pg_partition_tree('audit_logs')"
        ).fetchall():
            session.execute(f"ALTER TABLE {partition} DISABLE TRIGGER USER".encode())
        session.execute(damage.encode())

        found = oracle.differences(lambda query: session.execute(query.encode()).fetchall(), aftermath.since)

        session.rollback()
    different = [name for name, rows in found.items() if rows]
    assert (
        different == {None: [], "changes": ["changes without an entry"], "entries": ["entries without a change"]}[kind]
    )


def test_what_was_said_to_be_done_is_there_and_what_was_undone_is_not(aftermath):
    """The client's own word: a COMMIT that was answered holds, and a rollback leaves nothing."""
    written = {row[0] for row in aftermath.database.execute("SELECT DISTINCT transaction_id FROM audit_logs")}
    oracles = {row[0] for row in aftermath.database.execute("SELECT DISTINCT transaction_id FROM oracle.changes")}
    done = set(aftermath.outcomes["done"])
    undone = {xid for name in ("undone", "refused") for xid in aftermath.outcomes[name]}

    assert len(done & oracles) >= 100  # some wrote nothing: all they tried was refused, or moved nothing
    assert done & oracles <= written
    assert undone & (written | oracles) == set()


def test_the_history_of_a_row_is_each_of_its_images(aftermath):
    rows = aftermath.database.execute(
        "(SELECT table_name, key FROM oracle.changes GROUP BY 1, 2 HAVING count(*) > 3 "
        "ORDER BY md5(key::text) LIMIT 100)"
        " UNION (SELECT table_name, key FROM oracle.changes WHERE operation = 'DELETE' LIMIT 10)"
        " UNION (SELECT table_name, key FROM oracle.changes GROUP BY 1, 2 ORDER BY md5(key::text) LIMIT 50)"
        # A setting is older than the oracle: migrate brought it.
        " UNION (SELECT table_name, key FROM oracle.changes WHERE table_name = 'system_configurations')"
    )
    ((since,),) = aftermath.database.execute(f"SELECT '{aftermath.since}'::timestamptz")
    models = {model._meta.db_table: model for model in our_models()}
    purged = {row[0] for row in aftermath.database.execute("SELECT key FROM oracle.changes WHERE operation = 'PURGE'")}

    assert len(rows) >= 100
    assert "system_configurations" in {table for table, _ in rows}
    for table, key in rows:
        if key in purged:
            continue  # what was purged has no image left
        versions = history_of_key(models[table], key, using=ALIAS)
        expected = [
            after and _typed(models[table], json.dumps(after))
            for _, after in oracle.images(aftermath.database, table, key)
        ]
        assert [version.values for version in versions if version.when > since] == expected, (table, key)


def test_records_go_and_lie_with_their_student(aftermath):
    children = [row[0] for row in aftermath.database.execute(_CHILDREN)]

    assert len(children) >= 13
    for table in children:
        live, elsewhere = aftermath.database.execute(
            "SELECT count(*) FILTER (WHERE s.deleted_at IS NOT NULL AND r.deleted_at IS NULL), "
            "count(*) FILTER (WHERE r.school_id IS DISTINCT FROM s.school_id) "
            f"FROM {table} r JOIN students s ON s.id = r.student_id"
        )[0]
        assert (live, elsewhere) == (0, 0), table
    assert aftermath.database.execute(
        "SELECT count(*) FROM medication_logs l JOIN student_medications m ON m.id = l.student_medication_id "
        "WHERE (l.student_id, l.school_id) IS DISTINCT FROM (m.student_id, m.school_id) "
        "OR (l.deleted_at IS NULL AND m.deleted_at IS NOT NULL)"
    ) == [(0,)]


def test_rows_name_whoever_changed_them_last(aftermath):
    assert aftermath.database.execute(
        "SELECT count(*) FROM oracle.changes WHERE after ? 'updated_by' AND operation IN ('CREATE', 'UPDATE') "
        "AND (after ->> 'updated_by')::uuid IS DISTINCT FROM actor"
    ) == [(0,)]


def test_all_is_sealed_exactly_once_and_verifies(aftermath):
    sealed = Counter(
        entry.id for seal in AuditSeal.objects.using(ALIAS).all() for entry in split_entries(bytes(seal.entries))
    )
    logged = Counter(row[0] for row in aftermath.database.execute("SELECT id FROM audit_logs"))

    assert sealed == logged
    assert len(sealed) >= 2000
    assert "0 not sealed yet" in aftermath.database.manage("verify_audit_log")
