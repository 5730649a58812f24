"""What `preflight` says of databases in the state they come in: empty, half applied, in use, without privileges."""

import datetime
import json
import os
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from core.preflight.disk import estimated_bytes
from core.preflight.findings import Verdict
from core.preflight.pending import NOT_SAID, in_order, lock_of, read_plan
from core.preflight.server import age_finding, version_finding
from core.schema.expectation import our_models
from tests.operations.preflight import ALIAS, asked, finding, findings, reached
from tests.scratch import Scratch

# All that make logins which take the web's roles, or ask which there are, are in one process: the server has them once.
pytestmark = pytest.mark.xdist_group("logins")

STUDENT = (
    "INSERT INTO students (student_number, first_name, last_name, date_of_birth, grade, gender) "
    "VALUES ('1', 'A', 'B', '2015-01-01', '5', 'FEMALE')"
)


@contextmanager
def login(database: Scratch, *grants: str) -> Iterator[Scratch]:
    """The database by a login of its own with these privileges, `{}` standing for its name."""
    name = f"login_{uuid.uuid4().hex[:8]}"
    try:
        database.execute(f"CREATE ROLE {name} LOGIN NOINHERIT PASSWORD 'secret'")
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip("the tests' database user may not create roles")
    user = database.url.split("//")[1].split("@")[0]
    try:
        for grant in grants:
            database.execute(grant.format(name))
        yield Scratch(database.url.replace(f"//{user}@", f"//{name}:secret@"))
    finally:
        # Before PostgreSQL 16, whoever makes a login may not do so yet.
        database.execute(f"GRANT {name} TO CURRENT_USER")
        database.execute(f"DROP OWNED BY {name} CASCADE")
        database.execute(f"DROP ROLE {name}")


def test_an_empty_database_is_fit_and_everything_is_pending(scratch: Scratch):
    answer = asked(scratch)

    assert [line for line in answer["findings"] if line["verdict"] == "problem"] == []
    names = [migration["name"] for migration in answer["pending"]]
    assert names == [f"{app}.{name}" for app, name in in_order(MigrationLoader(None))]
    assert finding(scratch, "backup")["found"] == "none is needed: there is no record in the database"
    assert finding(scratch, "ownership")["found"] == "no table of ours is there"


def test_a_migrated_database_is_fit_and_nothing_is_pending(migrated: Scratch):
    answer = asked(migrated)
    text = migrated.manage("preflight")

    assert answer["pending"] == []
    assert finding(migrated, "history") == {"verdict": "ok", "found": "0 migrations are pending", "advice": ""}
    assert "Fit to migrate: 0 problems" in text.splitlines()[-1]


def test_it_changes_nothing(migrated: Scratch):
    rows = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
    entries = migrated.execute("SELECT count(*) FROM audit_logs")
    before, counted = migrated.catalogue(), migrated.execute(rows)

    migrated.manage("preflight")

    assert migrated.catalogue() == before
    assert migrated.execute(rows) == counted
    assert migrated.execute("SELECT count(*) FROM audit_logs") == entries


def test_the_embedded_server_is_fit(tmp_path: Path):
    embedded = Scratch("", (("DATABASE_URL", ""), ("WHITECROSS_VAR", str(tmp_path))))

    answer = json.loads(embedded.manage("preflight", "--format", "json"))

    found = {line["check"]: line["found"] for line in answer["findings"]}
    assert answer["ok"]
    assert found["encryption"] == "none, and nothing leaves this machine"
    assert found["disk space"].split(" MB free; ")[0].replace(",", "").isdigit()


def test_brief_output_has_only_what_is_to_be_known(migrated: Scratch):
    lines = migrated.manage("preflight", "--verbosity", "0").splitlines()

    assert [line for line in lines if line.startswith("ok ")] == []
    assert lines[-1].startswith("Fit to migrate")


def test_every_migration_of_ours_says_its_lock():
    apps = {model._meta.app_label for model in our_models()}
    loader = MigrationLoader(None)
    silent = [key for key, migration in loader.graph.nodes.items() if key[0] in apps and lock_of(migration) == NOT_SAID]

    assert silent == []
    assert lock_of(loader.graph.nodes["core", "0010_index_finding"]) == "none that blocks readers or writers"


def test_a_pending_migration_is_listed_with_its_lock(migrated: Scratch):
    migrated.manage("migrate", "core", "0010", "--verbosity", "0")

    answer = asked(migrated)
    text = migrated.manage("preflight", "--verbosity", "2")

    listed = {migration["name"]: migration["lock"] for migration in answer["pending"]}
    assert (
        listed["core.0011_saved_filters"]
        == "users against all others, for the moment in which an empty column is added"
    )
    assert [name for name in listed if name not in text] == []


@pytest.mark.parametrize(
    ("statement", "check", "name"),
    [
        ("CREATE TABLE students (id serial)", "conflicting tables", "students"),
        ("CREATE VIEW allergies AS SELECT 1 AS one", "conflicting tables", "allergies"),
        ("""CREATE TYPE "Gender" AS ENUM ('M', 'F')""", "conflicting types", "Gender"),
        ("""CREATE DOMAIN "UserRole" AS text""", "conflicting types", "UserRole"),
        ("CREATE FUNCTION stamp_row() RETURNS int RETURN 1", "conflicting functions", "stamp_row"),
    ],
)
def test_a_thing_of_a_name_that_is_needed_is_a_problem(scratch: Scratch, statement: str, check: str, name: str):
    scratch.execute(statement)

    found = finding(scratch, check, status=1)

    assert found["verdict"] == "problem"
    assert found["found"] == f"{name}: there already, and no recorded migration made them"


def test_a_column_that_a_pending_migration_adds_is_a_problem(migrated: Scratch):
    migrated.manage("migrate", "core", "0010", "--verbosity", "0")
    migrated.execute("ALTER TABLE users ADD COLUMN saved_filters text")

    assert finding(migrated, "conflicting columns", status=1)["found"].startswith("users.saved_filters: there already")


def test_a_database_whose_record_of_migrations_was_lost_is_a_problem(migrated: Scratch):
    migrated.execute("DELETE FROM django_migrations WHERE app NOT IN ('contenttypes', 'auth')")

    found = finding(migrated, "conflicting tables", status=1)

    assert "and no recorded migration made them" in found["found"]
    assert "restore them" in found["advice"]


def test_a_plan_that_sequelize_applied_by_half_is_a_problem(scratch: Scratch):
    scratch.execute('CREATE TABLE "SequelizeMeta" (name varchar(255) PRIMARY KEY)')
    scratch.execute("""INSERT INTO "SequelizeMeta" VALUES ('20250103000000-create-base-schema.js')""")
    scratch.execute("""CREATE TYPE enum_students_gender AS ENUM ('MALE', 'FEMALE')""")

    found = finding(scratch, "the original", status=1)

    assert found["found"] == (
        "Sequelize recorded 1 migrations here, the last 20250103000000-create-base-schema.js; "
        "1 of its enum types are left"
    )
    assert "White Cross takes none of its tables over" in found["advice"]


def test_a_migration_that_this_release_does_not_know_is_a_problem(migrated: Scratch):
    migrated.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('core', '9999_of_later', now())")

    found = finding(migrated, "history", status=1)

    assert found["found"] == "this release does not know core.9999_of_later, which the database has"


def test_a_record_with_a_hole_is_a_problem(migrated: Scratch):
    migrated.execute("DELETE FROM django_migrations WHERE app = 'core' AND name = '0001_base_schema'")

    assert "is applied before its dependency core.0001_base_schema" in finding(migrated, "history", status=1)["found"]


def test_an_invalid_index_is_a_problem_with_its_cure(migrated: Scratch):
    migrated.execute(STUDENT)
    migrated.execute(STUDENT.replace("'1'", "'2'"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        migrated.execute("CREATE UNIQUE INDEX CONCURRENTLY idx_broken ON students (last_name)")

    found = finding(migrated, "indexes", status=1)

    assert found["found"] == "idx_broken of students is INVALID"
    assert found["advice"] == "REINDEX INDEX CONCURRENTLY idx_broken;"
    migrated.execute("ALTER INDEX idx_broken RENAME TO idx_students_name_ccnew")
    assert finding(migrated, "indexes", status=1)["advice"] == "DROP INDEX CONCURRENTLY idx_students_name_ccnew;"


def test_an_invalid_index_that_migrate_builds_anew_is_a_warning(migrated: Scratch):
    migrated.manage("migrate", "core", "0009", "--verbosity", "0")
    migrated.execute(STUDENT)
    migrated.execute(STUDENT.replace("'1'", "'2'"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        migrated.execute("CREATE UNIQUE INDEX CONCURRENTLY idx_students_birth ON students (date_of_birth)")

    found = finding(migrated, "indexes")

    assert (found["verdict"], found["advice"]) == ("warning", "migrate drops it and builds it anew.")
    migrated.manage("migrate", "--verbosity", "0")
    assert finding(migrated, "indexes")["found"] == "none is INVALID"


def test_a_long_transaction_is_named_with_how_to_end_it(migrated: Scratch):
    with psycopg.connect(migrated.url, application_name="a report") as session:
        session.execute("SELECT 1")
        time.sleep(0.2)
        quiet = findings(migrated, "long transactions")

        idle = finding(migrated, "long transactions", "--long-transaction", "0.1")
        session.execute("SELECT count(*) FROM students")
        locking = finding(migrated, "long transactions", "--long-transaction", "0.1", status=1)

        assert [line["found"] for line in quiet] == ["none open for longer than 60 s"]
        assert idle["verdict"] == "warning"
        assert "(a report), idle in transaction, open for" in idle["found"]
        assert f"SELECT pg_terminate_backend({session.info.backend_pid});" in idle["advice"]
        assert locking["verdict"] == "problem"
        assert locking["found"].endswith("and holds locks on students")


def test_sessions_that_wait_for_a_lock_are_counted(migrated: Scratch):
    with psycopg.connect(migrated.url) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("LOCK TABLE allergies")
        waiting = pool.submit(migrated.execute, "SELECT count(*) FROM allergies")
        until(migrated, "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 'allergies'::regclass")

        found = finding(migrated, "waiting for locks")

        holder.rollback()
        assert waiting.result() == [(0,)]
        assert (found["verdict"], found["found"][:16]) == ("warning", "1 sessions wait,")
    assert finding(migrated, "waiting for locks")["found"] == "nobody"


def until(database: Scratch, question: str) -> None:
    """Ask until the answer is true."""
    deadline = time.monotonic() + 30
    while database.execute(question) != [(True,)]:
        assert time.monotonic() < deadline, question
        time.sleep(0.05)


def test_a_login_that_may_create_nothing_is_a_problem(scratch: Scratch):
    scratch.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with login(scratch) as poor:
        found = {line["check"]: line for line in asked(poor, status=1)["findings"]}

    name = poor.url.split("//")[1].split(":")[0]
    assert found["schema"]["verdict"] == "problem"
    assert found["schema"]["advice"] == f"GRANT CREATE, USAGE ON SCHEMA public TO {name};"
    assert found["database"]["verdict"] == "warning"
    assert found["login"] == {"check": "login", "verdict": "ok", "found": f"{name}, no superuser", "advice": ""}
    assert found["roles"]["verdict"] == "problem"
    assert "is no member of whitecross_" in found["roles"]["found"]


def test_tables_of_another_owner_are_a_problem(migrated: Scratch):
    with login(migrated, "GRANT CREATE ON SCHEMA public TO {}", "GRANT SELECT ON django_migrations TO {}") as other:
        found = finding(other, "ownership", status=1)

    assert found["verdict"] == "problem"
    assert found["found"].startswith("others own ")
    assert "REASSIGN OWNED BY" in found["advice"]


_WEB = tuple(
    f"GRANT whitecross_{role} TO {{}}"
    for role in ("anonymous", "nurse", "counselor", "school_admin", "viewer", "district_admin", "admin")
)


def _of(database: Scratch, lines: list[dict[str, str]]) -> list[dict[str, str]]:
    """Those lines that speak of this login; others may be on the server as well."""
    name = database.url.split("//")[1].split(":")[0]
    return [line for line in lines if line["found"].startswith(f"{name} ")]


def test_a_web_login_that_can_only_take_the_roles_is_fit(migrated: Scratch):
    with login(migrated, *_WEB) as web:
        (found,) = _of(web, findings(migrated, "web login"))

    assert found["verdict"] == "ok"
    assert found["found"].endswith("owns nothing and can only take the web's roles")


@pytest.mark.parametrize(
    ("grant", "words"),
    [
        ("ALTER ROLE {} CREATEDB", "has CREATEDB"),
        ("ALTER ROLE {} CREATEROLE", "has CREATEROLE"),
        ("GRANT CREATE ON SCHEMA public TO {}", "may create schemas or tables"),
        ("CREATE TABLE of_the_web (); ALTER TABLE of_the_web OWNER TO {}", "owns tables or functions"),
    ],
)
def test_a_web_login_that_can_do_more_is_a_problem(migrated: Scratch, grant: str, words: str):
    with login(migrated, *_WEB) as web:
        name = web.url.split("//")[1].split(":")[0]
        for statement in grant.format(name).split("; "):
            try:
                migrated.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                pytest.skip("the tests' database user may not give that away")
        (found,) = _of(web, findings(migrated, "web login", status=1))

    assert found["verdict"] == "problem"
    assert words in found["found"]


def test_a_statement_timeout_of_the_login_is_a_warning(migrated: Scratch):
    name = migrated.execute("SELECT current_database()")[0][0]
    migrated.execute(f"ALTER DATABASE {name} SET statement_timeout = '5min'")

    assert finding(migrated, "statement_timeout")["found"] == "5min for this login"


def test_a_read_only_database_is_a_problem(migrated: Scratch):
    name = migrated.execute("SELECT current_database()")[0][0]
    migrated.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    assert finding(migrated, "connection", status=1)["found"].endswith("transactions are read-only")


def test_another_schema_is_a_problem(scratch: Scratch):
    name = scratch.execute("SELECT current_database()")[0][0]
    scratch.execute("CREATE SCHEMA elsewhere")
    scratch.execute(f"ALTER DATABASE {name} SET search_path = elsewhere, public")

    assert finding(scratch, "schema", status=1)["found"] == "the session works in the schema elsewhere"


def test_an_encoding_that_cannot_hold_every_name_is_a_problem(scratch: Scratch):
    name = f"latin_{uuid.uuid4().hex[:8]}"
    scratch.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        latin = Scratch(scratch.url.replace(scratch.execute("SELECT current_database()")[0][0], name))

        assert finding(latin, "encoding", status=1)["found"] == "LATIN1"
    finally:
        scratch.execute(f"DROP DATABASE {name}")


def test_a_server_that_does_not_answer_is_a_problem_in_json_too():
    nowhere = Scratch("postgres://nobody:hush@127.0.0.1:5479/none")

    text = nowhere.manage("preflight", "--format", "json", status=1)

    (found,) = json.loads(text)["findings"]
    assert (found["check"], found["verdict"]) == ("connection", "problem")
    assert "hush" not in text


@pytest.mark.parametrize(
    ("major", "verdict"), [(14, Verdict.PROBLEM), (15, Verdict.OK), (18, Verdict.OK), (19, Verdict.WARNING)]
)
def test_a_version_is_judged(major: int, verdict: Verdict):
    assert version_finding(major).verdict is verdict


@pytest.mark.parametrize(
    ("age", "verdict"),
    [(1_000_000, Verdict.OK), (200_000_001, Verdict.WARNING), (1_600_000_000, Verdict.PROBLEM)],
)
def test_the_age_of_transactions_is_judged(age: int, verdict: Verdict):
    assert age_finding(age, 200_000_000).verdict is verdict


def test_the_size_of_indexes_is_estimated_and_never_far_too_small(migrated: Scratch):
    migrated.manage("migrate", "core", "0001", "--verbosity", "0")
    migrated.execute(
        "INSERT INTO students (student_number, first_name, last_name, date_of_birth, grade, gender) "
        "SELECT n, 'Name ' || n % 500, 'Family ' || n % 3000, '2015-01-01', '5', 'FEMALE' "
        "FROM generate_series(1, 100000) AS n"
    )
    migrated.execute("ANALYZE students")
    estimated = _estimates(migrated)

    migrated.manage("migrate", "core", "0002", "--verbosity", "0")

    built = dict(
        migrated.execute(
            "SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index "
            "WHERE indrelid = 'students'::regclass"
        )
    )
    compared = {name: built[name] for name in estimated if name in built}
    assert len(compared) >= 5
    too_small = {name: (estimated[name], size) for name, size in compared.items() if estimated[name] < size * 0.8}
    assert too_small == {}
    assert sum(compared.values()) * 0.9 <= sum(estimated[name] for name in compared) <= sum(compared.values()) * 5


def _estimates(database: Scratch) -> dict[str, int]:
    """What the pending indexes of students would take, by name."""
    with reached(database):
        connection = connections[ALIAS]
        with connection.cursor() as cursor:
            indexes = read_plan(connection).indexes
            return {index.name: estimated_bytes(cursor, index) for index in indexes if index.table == "students"}


def test_the_age_of_the_newest_finished_backup_is_told(migrated: Scratch, tmp_path: Path):
    migrated.execute(
        "INSERT INTO users (email, password, first_name, last_name) VALUES ('a@example.org', '!', 'A', 'B')"
    )
    unknown = finding(migrated, "backup")
    none = finding(migrated, "backup", "--backups", str(tmp_path), status=1)
    (tmp_path / "2026-03-01T020000Z.partial").mkdir()
    for name, hours in (("2026-03-01T010000Z", 48), ("2026-03-02T010000Z", 1)):
        mark = tmp_path / name / "SHA256SUMS"
        mark.parent.mkdir()
        mark.touch()
        moment = datetime.datetime.now(datetime.UTC).timestamp() - hours * 3600
        os.utime(mark, (moment, moment))
    fresh = finding(migrated, "backup", "--backups", str(tmp_path))
    os.utime(tmp_path / "2026-03-02T010000Z" / "SHA256SUMS", (0, 0))
    old = finding(migrated, "backup", "--backups", str(tmp_path))

    assert unknown["verdict"] == "warning"
    assert none["found"] == "no finished one is in the folder"
    assert (fresh["verdict"], fresh["found"]) == ("ok", "2026-03-02T010000Z, 1.0 hours old")
    assert (old["verdict"], old["found"]) == ("warning", "2026-03-01T010000Z, 48.0 hours old")
